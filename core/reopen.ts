/**
 * Stop, Redrive and faults of an execution, as changes of the rollout. An event is never believed: these
 * functions take what DescribeExecution said.
 *
 * Invariant: what a Stop or a fault has closed is opened by the Redrive of that very execution (RUNNING
 * with a higher redriveCount than the one noted), and by nothing else here.
 */
import { changeStatus } from './change-status.ts';
import type { Rollout } from './rollout.ts';
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
  if (execution.status === 'ABORTED') return pauseForStop(rollout, execution, nowMs);
  const isFault = execution.status === 'FAILED' || execution.status === 'TIMED_OUT';
  return isFault && rollout.hold === undefined
    ? holdForFault(rollout, execution, nowMs)
    : undefined;
}

function pauseForStop(rollout: Rollout, execution: ExecutionFact, nowMs: number): Rollout {
  const cause = whyEnded(execution) || 'stopped in the Step Functions console';
  const by = 'operator';
  return {
    ...changeStatus(rollout, {
      to: 'paused',
      event: 'image.rollout_paused',
      who: by,
      why: cause,
      nowMs,
    }),
    redrives_seen: execution.redriveCount,
    paused: { from: rollout.status, cause, since_ms: nowMs, by, ended: toEnded(execution) },
  };
}

function holdForFault(rollout: Rollout, execution: ExecutionFact, nowMs: number): Rollout {
  const why = whyEnded(execution);
  const reason = `the execution ended ${execution.status}${why === '' ? '' : ` (${why})`}`;
  return {
    ...changeStatus(rollout, {
      to: 'held',
      event: 'image.rollout_held',
      who: 'longshore',
      why: reason,
      nowMs,
    }),
    redrives_seen: execution.redriveCount,
    held_from: rollout.status,
    hold: { reason, batch: rollout.batch, since_ms: nowMs, ended: toEnded(execution) },
  };
}

function whyEnded({ error, cause }: ExecutionFact): string {
  return [error, cause]
    .filter((text) => text !== '')
    .join(': ')
    .slice(0, 500);
}

function toEnded({ arn, redriveCount }: ExecutionFact): Ended {
  return { execution_arn: arn, redrive_count: redriveCount };
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

/**
 * The rollout after whatever has become of its execution; undefined where nothing changes. A step opens what it
 * finds redriven; where the Redrive comes in the middle of a wait, no step runs for hours, and people would read
 * "paused" all the while.
 */
export function noteExecution(
  rollout: Rollout,
  execution: ExecutionFact,
  nowMs: number,
): Rollout | undefined {
  return recordEnd(rollout, execution, nowMs) ?? reopen(rollout, execution, nowMs);
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
