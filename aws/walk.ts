/**
 * The first thing that every step does: read who may walk, in one consistent read, and open what a Redrive
 * of this very execution opens again.
 */

import * as z from 'zod';
import { Attempt } from '#core/attempt.ts';
import { LostRaceError } from '#core/errors.ts';
import { judgeWalk, type Walk, type Walker } from '#core/gate.ts';
import { isEnded, reopen } from '#core/reopen.ts';
import type { Rollout } from '#core/rollout.ts';
import { type Machine, openMachine, readExecution } from './executions.ts';
import { type Bus, openBus, saveRollout } from './publish.ts';
import { type Gate, type GateAddress, readGate } from './read-gate.ts';
import { readRollout } from './rollout-store.ts';
import type { Runtime } from './runtime.ts';
import { openStore, type Store } from './store.ts';

/** What an execution is started with; one of an earlier release names neither policy nor repository. */
export const StepInput = z.strictObject({
  rolloutId: z.string(),
  run: z.int().min(1),
  policy: z.string().optional(),
  repository: z.string().optional(),
  /** With the first step alone: the execution's ARN. */
  execution: z.string().optional(),
});
export const TokenStepInput = StepInput.extend({
  token: z.string().min(1),
  /** Absent where the machine was started by an older release. */
  attempt: Attempt.optional(),
});
export type StepInput = z.infer<typeof StepInput>;

export interface WalkServices {
  store: Store;
  machine: Machine;
  bus: Bus;
}

export function openWalkServices(runtime: Runtime): WalkServices {
  return { store: openStore(runtime), machine: openMachine(runtime), bus: openBus(runtime) };
}

export type Walked =
  | ({ kind: 'walks' } & Gate)
  | (Exclude<Walk, { kind: 'walks' }> & { rollout: Rollout });

/** Reads the gate, and says whether this execution may walk on. */
export async function readWalk(
  services: WalkServices,
  input: StepInput,
  nowMs: number,
): Promise<Walked> {
  const gate = await readGate(services.store, await addressOf(services.store, input));
  return judgeWalked(services, gate, input, nowMs);
}

/** An execution of an earlier release does not say where its target is: its record does. */
async function addressOf(
  store: Store,
  { rolloutId, policy, repository }: StepInput,
): Promise<GateAddress> {
  if (policy !== undefined && repository !== undefined) return { rolloutId, policy, repository };
  const rollout = await readRollout(store, rolloutId);
  if (rollout === undefined) {
    throw new RangeError(`${rolloutId} has no record: an execution was started by hand`);
  }
  return { rolloutId, policy: rollout.policy, repository: rollout.repository };
}

/** The same for a gate that was read already. */
export async function judgeWalked(
  services: WalkServices,
  gate: Gate,
  walker: Walker,
  nowMs: number,
): Promise<Walked> {
  const walk = judgeWalk(gate.rollout, gate.target, walker);
  if (walk.kind !== 'walks') return { ...walk, rollout: gate.rollout };
  const rollout = await openAfterRedrive(services, gate.rollout, nowMs);
  return { kind: 'walks', ...gate, rollout };
}

async function openAfterRedrive(
  services: WalkServices,
  rollout: Rollout,
  nowMs: number,
): Promise<Rollout> {
  if (!isEnded(rollout)) return rollout;
  const arn = rollout.execution_arn;
  const execution = await readExecution(services.machine, arn);
  const opened =
    execution === undefined ? undefined : reopen(rollout, { arn, ...execution }, nowMs);
  if (opened !== undefined) return saveRollout(services.store, services.bus, opened);
  // A step runs, so its execution does: either this invocation outlived a Stop, and nobody hears it, or
  // DescribeExecution is behind. Looking again settles both.
  throw new LostRaceError(`${arn} is not yet seen to run again`);
}
