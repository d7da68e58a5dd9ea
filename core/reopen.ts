/**
 * Stop, Redrive and faults of an execution, as changes of the rollout. An event is never believed: these
 * functions take what DescribeExecution said.
 *
 * Invariant: what a Stop or a fault has closed is opened by the Redrive of that very execution (RUNNING
 * with a higher redriveCount than the one noted), and by nothing else here.
 */
import { changeStatus, type Rollout } from './rollout.ts';
import { isOpen } from './status.ts';

export interface ExecutionFact {
  arn: string;
  status: string;
  redriveCount: number;
  error: string;
  cause: string;
}

/** The rollout after its execution has ended without finishing it; undefined where nothing changes. */
export function recordEnd(
  rollout: Rollout,
  execution: ExecutionFact,
  nowMs: number,
): Rollout | undefined {
  const isNamed = execution.arn === rollout.execution_arn;
  if (!isNamed || !isOpen(rollout.status) || rollout.paused !== undefined) return undefined;
  if (execution.redriveCount < rollout.redrives_seen) return undefined;
  const ended = { execution_arn: execution.arn, redrive_count: execution.redriveCount };
  const redrives_seen = execution.redriveCount;
  const why = [execution.error, execution.cause]
    .filter((text) => text !== '')
    .join(': ')
    .slice(0, 500);
  if (execution.status === 'ABORTED') {
    const cause = why || 'stopped in the Step Functions console';
    const change = {
      to: 'paused',
      event: 'image.rollout_paused',
      who: 'operator',
      why: cause,
      nowMs,
    } as const;
    return {
      ...changeStatus(rollout, change),
      redrives_seen,
      paused: { from: rollout.status, cause, since_ms: nowMs, by: 'operator', ended },
    };
  }
  if (
    (execution.status === 'FAILED' || execution.status === 'TIMED_OUT') &&
    rollout.hold === undefined
  ) {
    const reason = `the execution ended ${execution.status}${why === '' ? '' : ` (${why})`}`;
    const change = {
      to: 'held',
      event: 'image.rollout_held',
      who: 'longshore',
      why: reason,
      nowMs,
    } as const;
    return {
      ...changeStatus(rollout, change),
      redrives_seen,
      held_from: rollout.status,
      hold: { reason, batch: rollout.batch, since_ms: nowMs, ended },
    };
  }
  return undefined;
}

export type Ended = NonNullable<NonNullable<Rollout['hold']>['ended']>;

/**
 * The end of an execution that keeps the rollout closed, if one does. A pause by a person stands before
 * whatever ended under it: no Redrive opens that.
 */
export function endedOf({ paused, hold }: Rollout): Ended | undefined {
  return paused === undefined ? hold?.ended : paused.ended;
}

/** Whether only the state of its execution can say if this rollout goes on. */
export function isEnded(rollout: Rollout): boolean {
  return endedOf(rollout) !== undefined;
}

/** The rollout as its redriven execution finds it again; undefined where that execution does not run. */
export function reopen(
  rollout: Rollout,
  execution: ExecutionFact,
  nowMs: number,
): Rollout | undefined {
  const ended = endedOf(rollout);
  if (ended === undefined || execution.arn !== ended.execution_arn) return undefined;
  if (execution.status !== 'RUNNING' || execution.redriveCount <= ended.redrive_count)
    return undefined;
  const to = rollout.paused?.from ?? rollout.held_from ?? 'in_progress';
  const { by: who = 'operator', why: asked, request } = ended.resume ?? {};
  const redriven = `redriven (${execution.redriveCount})`;
  const why = asked === undefined ? redriven : `${asked}; ${redriven}`;
  const change = {
    ...{ to, event: 'image.rollout_resumed', who, why, nowMs },
    ...(request !== undefined && { request }),
  };
  const opened = { ...changeStatus(rollout, change), redrives_seen: execution.redriveCount };
  if (rollout.paused !== undefined) {
    const { paused, ...rest } = opened;
    return rest;
  }
  const { hold, held_from, ...rest } = opened;
  return rest;
}

/** For a fresh execution: what the last one's end has closed waits for a person now, not for its Redrive. */
export function forgetEnded(rollout: Rollout): Rollout {
  const { paused, hold, ...rest } = rollout;
  const withoutEnd = <T extends { ended?: unknown }>({ ended, ...kept }: T) => kept;
  return {
    ...rest,
    ...(paused !== undefined && { paused: withoutEnd(paused) }),
    ...(hold !== undefined && { hold: withoutEnd(hold) }),
  };
}
