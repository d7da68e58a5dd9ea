/**
 * Changes of a rollout's status, each with its entry in the log.
 *
 * Invariant: folding the log gives the status. Changes of status go through `changeStatus` alone.
 */
import type { LogEntry, Rollout } from './rollout.ts';
import { isLegalChange, type RolloutStatus } from './status.ts';

export interface Change {
  to: RolloutStatus;
  event: string;
  who: string;
  why: string;
  nowMs: number;
  request?: string;
}

/** One more entry in the log, with the status that it leaves. Does not touch the version. */
export function logEvent(rollout: Rollout, change: Change): Rollout {
  const seq = (rollout.log.at(-1)?.seq ?? 0) + 1;
  const entry: LogEntry = {
    seq,
    at_ms: change.nowMs,
    event: change.event,
    status: change.to,
    who: change.who,
    why: change.why,
    ...(change.request !== undefined && { request: change.request }),
  };
  return { ...rollout, status: change.to, log: [...rollout.log, entry] };
}

/** The rollout in its next status, with the log entry that says so. Throws on a change that no table allows. */
export function changeStatus(rollout: Rollout, change: Change): Rollout {
  if (!isLegalChange(rollout.status, change.to, rollout.paused?.from)) {
    throw new RangeError(`${rollout.rollout}: ${rollout.status} does not become ${change.to}`);
  }
  return logEvent(rollout, change);
}

/** The rollout as another took its target over. Its execution, or the one that took over, settles its hosts. */
export function supersede(rollout: Rollout, why: string, nowMs: number): Rollout {
  const { paused, hold, held_from, decision, token, token_of, ...rest } = changeStatus(rollout, {
    to: 'superseded',
    event: 'image.rollout_superseded',
    who: 'longshore',
    why,
    nowMs,
  });
  return { ...rest, gate: 'closed', completed_at_ms: nowMs };
}

/** The status that the log tells; `pending` for an empty log. */
export function foldLog(log: readonly LogEntry[]): RolloutStatus {
  let status: RolloutStatus = 'pending';
  let seq = 0;
  for (const entry of log) {
    if (entry.seq <= seq) throw new RangeError(`log entry ${entry.seq} follows ${seq}`);
    ({ seq, status } = entry);
  }
  return status;
}
