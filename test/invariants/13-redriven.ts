/**
 * What the end of an execution has closed, its own Redrive opens: the execution that walks, once it has been redriven
 * since, and then within a sweep and its work: into a long wait there is no step that would. Whether it was, and whether
 * it runs, is asked of the executions themselves.
 */

import type { Ended } from '#core/reopen.ts';
import type { Rollout } from '#core/rollout.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';
import { isRecord } from './wire-item.ts';

export const openedByRedrive: Check = {
  name: '13, 12',
  begin: (context) => {
    /** By rollout: when a sweep first met it closed, though its execution runs again. */
    const metAtMs = new Map<string, number>();
    return {
      onCall: ({ caller, atMs }) => {
        if (!caller?.functionName.endsWith('-sweep')) return;
        for (const rollout of context.mirror.rollouts.values()) {
          judgeStill(context, rollout, atMs, metAtMs);
        }
      },
      onWrite: (write) => judgeWrite(context, write),
    };
  },
};

function judgeStill(
  { cloud, limits, report }: Context,
  rollout: Rollout,
  atMs: number,
  metAtMs: Map<string, number>,
): void {
  const { rollout: id, status } = rollout;
  const ended = closedBy(rollout);
  if (ended === undefined || !isRedriven(cloud, ended, 'RUNNING')) {
    metAtMs.delete(id);
    return;
  }
  const sinceMs = metAtMs.get(id) ?? atMs;
  metAtMs.set(id, sinceMs);
  if (atMs - sinceMs < limits.overdueMs) return;
  metAtMs.delete(id);
  report(`${id} is redriven, and stays ${status}`);
}

function judgeWrite({ cloud, report }: Context, { kind, before, after, call }: Write): void {
  if (kind !== 'meta' || after === undefined) return;
  const [was, is] = [closedBy(before), closedBy(after)];
  const isSame = was?.execution_arn === is?.execution_arn;
  if (is !== undefined && !isSame && is.execution_arn !== after.execution_arn) {
    report(`${after.rollout} is closed by an execution that does not walk it`);
  }
  const payload = call.caller?.payload;
  const isStep = isRecord(payload) && typeof payload['run'] === 'number';
  if (!isStep || was === undefined) return;
  const isOwn = payload['rolloutId'] === after.rollout && call.operation === 'PutItem';
  if (isOwn && isSame && after.status === before?.status) {
    report(`${after.rollout} took a step, and stays ${after.status}`);
  }
  if (is === undefined && !isRedriven(cloud, was)) {
    report(`${after.rollout} was opened, and its execution was not redriven`);
  }
}

function closedBy(rollout: Rollout | undefined): Ended | undefined {
  const { paused, hold } = rollout ?? {};
  return paused === undefined ? hold?.ended : paused.ended;
}

/** Since it ended as it is noted; and whether it is in this state now, where that is asked. */
function isRedriven(
  { stepFunctions }: LocalCloud,
  { execution_arn: arn, redrive_count: noted }: Ended,
  status?: string,
): boolean {
  const machineArn = arn.slice(0, arn.lastIndexOf(':')).replace(':execution:', ':stateMachine:');
  const execution = stepFunctions
    .executions(machineArn)
    .find(({ executionArn }) => executionArn === arn);
  if (status !== undefined && execution?.['status'] !== status) return false;
  return Number(execution?.['redriveCount'] ?? 0) > noted;
}
