/**
 * Every lambda, by the name of its file in lambdas/. A state's lambda is named as its state; the machine's
 * placeholders, the files and this list are one set, and a test holds them to it.
 */

export interface LambdaShape {
  /** Lambda gives processor time by memory: 256 MB starts in about a third of a second. */
  memoryMb?: number;
  timeoutSeconds?: number;
}

/** A stretch of planning, the closer, the sweep and a deployment read pages for some minutes; the rest takes seconds. */
const LONG: LambdaShape = { memoryMb: 512, timeoutSeconds: 300 };
const SHORT: LambdaShape = {};

export const LAMBDAS = {
  // rollout.asl.json
  'plan-rollout': LONG,
  'await-approval': SHORT,
  'open-batch': SHORT,
  'judge-batch': SHORT,
  'hold-for-operator': SHORT,
  'plan-rollback': SHORT,
  'close-rollout': LONG,
  // chunk.asl.json
  'update-hosts': SHORT,
  'read-results': SHORT,
  'check-health': SHORT,
  'read-health': SHORT,
  'restore-failed-hosts': SHORT,
  'record-chunk': SHORT,
  // rollback.asl.json
  'restore-hosts': SHORT,
  'read-restores': SHORT,
  'record-restores': SHORT,
  // control.asl.json
  'control-rollout': SHORT,
  // triggers
  'consider-image': SHORT,
  'listen-to-executions': SHORT,
  'listen-to-commands': SHORT,
  notify: SHORT,
  sweep: LONG,
  'apply-policies': LONG,
} as const satisfies Record<string, LambdaShape>;

export type LambdaName = keyof typeof LAMBDAS;

export function isLambdaName(name: string): name is LambdaName {
  return name in LAMBDAS;
}

export const LAMBDA_NAMES: readonly LambdaName[] = Object.keys(LAMBDAS).filter(isLambdaName);

export const DEFAULT_TIMEOUT_SECONDS = 60;
export const DEFAULT_MEMORY_MB = 256;
