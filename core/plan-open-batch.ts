/**
 * What "Open batch" does: the one door to a batch, at first, after a wait, after a hold, after a Redrive.
 * A person's decision is taken here; the first intent of a batch follows `advance` for the one before, or
 * that decision.
 */
import { awaitWindow, leaveWindow } from './await-window.ts';
import { changeStatus, logEvent } from './change-status.ts';
import type { Rollout } from './rollout.ts';
import type { Schedule } from './schedule.ts';
import { isOpen } from './status.ts';
import type { Tally } from './tally.ts';

/** A batch is opened again for chunks that were not recorded, so often and then a person is asked. */
export const BATCH_ATTEMPTS = 5;

export type OpenVerdict =
  | { verdict: 'go'; rollout: Rollout; chunks: number[]; reason: string }
  | { verdict: 'await_window'; rollout: Rollout; untilMs: number; reason: string }
  | { verdict: 'again'; untilMs: number; reason: string }
  | { verdict: 'hold'; rollout?: Rollout; reason: string }
  | { verdict: 'roll_back' | 'done'; reason: string };

export function planOpenBatch(
  rollout: Rollout,
  tallies: readonly Tally[],
  schedule: Schedule,
  nowMs: number,
): OpenVerdict {
  const standing = judgeStanding(rollout);
  if (standing !== undefined) return standing;
  const answered = takeDecision(rollout, nowMs);
  if (answered.hold !== undefined) return { verdict: 'hold', reason: answered.hold.reason };
  // A way back that was held goes on back: its target has turned.
  if (answered.rollback !== undefined)
    return { verdict: 'roll_back', reason: 'the rollout goes back' };
  return answered.batch === -1 || answered.batch_judged
    ? openNext(answered, schedule, nowMs)
    : openAgain(answered, tallies, schedule, nowMs);
}

/** What stands in the way of a batch, if anything. */
function judgeStanding(rollout: Rollout): OpenVerdict | undefined {
  if (rollout.status === 'rolling_back')
    return { verdict: 'roll_back', reason: 'the rollout goes back' };
  if (rollout.status === 'paused')
    return { verdict: 'hold', reason: rollout.paused?.cause ?? 'paused' };
  switch (rollout.decision?.action) {
    case 'roll_back':
      return { verdict: 'roll_back', reason: rollout.decision.why };
    case 'cancel':
    case 'reject':
    case 'expire':
      return { verdict: 'done', reason: rollout.decision.why };
    default:
  }
  // Closed while an invocation of this step was late: what it was decided by went with its end.
  if (!isOpen(rollout.status)) {
    return { verdict: 'done', reason: `the rollout is ${rollout.status}` };
  }
  const isManual = rollout.settings.update_strategy === 'manual';
  if (isManual && rollout.approved_plan !== rollout.plan_hash) {
    throw new RangeError(`${rollout.rollout}: a batch is to open, but nobody approved the plan`);
  }
  if (rollout.plan === undefined) return { verdict: 'done', reason: 'there is no plan' };
  return undefined;
}

/** The rollout after `go_on` or `retry_failed`; itself where a hold stands and nobody has decided. */
function takeDecision(rollout: Rollout, nowMs: number): Rollout {
  const { decision } = rollout;
  if (decision?.action === 'approve') {
    const { decision: _stray, ...rest } = rollout;
    return rest;
  }
  if (decision?.action !== 'go_on' && decision?.action !== 'retry_failed') return rollout;
  const isRetry = decision.action === 'retry_failed';
  const { decision: _taken, hold, held_from, crossed, ...rest } = rollout;
  const change = {
    to: rollout.status === 'held' ? ('in_progress' as const) : rollout.status,
    event: 'image.rollout_resumed',
    who: decision.by,
    why: `${isRetry ? 'retry the failed' : 'go on'}: ${decision.why}`,
    nowMs,
  };
  const opened = rollout.status === 'held' ? changeStatus(rest, change) : logEvent(rest, change);
  return {
    ...opened,
    batch_attempts: 0,
    batch_waived: !isRetry,
    round: isRetry ? rollout.round + 1 : rollout.round,
    batch_judged: isRetry ? false : rollout.batch_judged,
  };
}

function openNext(rollout: Rollout, schedule: Schedule, nowMs: number): OpenVerdict {
  const batch = rollout.batch + 1;
  const planned = rollout.plan?.batches[batch];
  if (planned === undefined) return { verdict: 'done', reason: 'every batch was judged' };
  const fromMs = rollout.next_batch_at_ms ?? 0;
  if (fromMs > nowMs) return { verdict: 'again', untilMs: fromMs, reason: 'the next batch waits' };
  const window = awaitWindow(rollout, planned.chunks, schedule, nowMs);
  if (window.verdict !== 'open') return window;
  const reason = `batch ${batch + 1} of ${rollout.plan?.batches.length} opens: ${planned.hosts} hosts${window.reason}`;
  const { waits_until_ms, batch_left, ...rest } = rollout;
  const opened: Rollout = {
    ...rest,
    batch,
    batch_opened_at_ms: nowMs,
    batch_attempts: 1,
    batch_judged: false,
    batch_waived: false,
    gate: 'open',
  };
  const started = batch === 0 ? startLog(opened, nowMs) : leaveWindow(opened, nowMs);
  return {
    verdict: 'go',
    rollout: logEvent(started, {
      to: 'in_progress',
      event: 'image.rollout_batch_started',
      who: 'longshore',
      why: reason,
      nowMs,
    }),
    chunks: range(planned.first_chunk, planned.chunks),
    reason,
  };
}

function startLog(rollout: Rollout, nowMs: number): Rollout {
  if (rollout.status === 'in_progress') return rollout;
  const offline = rollout.plan?.offline;
  const leftOut = offline === undefined ? '' : `; ${offline} offline and left out`;
  return changeStatus(rollout, {
    to: 'in_progress',
    event: 'image.rollout_started',
    who: rollout.triggered_by,
    why: `${rollout.image.tag} goes to ${rollout.plan?.hosts} hosts${leftOut}`,
    nowMs,
  });
}

function openAgain(
  rollout: Rollout,
  tallies: readonly Tally[],
  schedule: Schedule,
  nowMs: number,
): OpenVerdict {
  const planned = rollout.plan?.batches[rollout.batch];
  if (planned === undefined) return { verdict: 'done', reason: 'every batch was judged' };
  // "Judge batch" has still to say what was crossed: nothing more goes out until then.
  if (rollout.crossed !== undefined) {
    return { verdict: 'go', rollout, chunks: [], reason: rollout.crossed.reason };
  }
  const done = new Set(tallies.filter((tally) => isRecorded(tally, rollout)).map((t) => t.chunk));
  const chunks = range(planned.first_chunk, planned.chunks).filter((chunk) => !done.has(chunk));
  // With nothing left to send, the batch is only to be judged.
  const isLeft = chunks.length > 0;
  const window = isLeft ? awaitWindow(rollout, chunks.length, schedule, nowMs) : undefined;
  if (window !== undefined && window.verdict !== 'open') return window;
  // No failed attempt, as long as each brings the batch on: a window's end has cut it off, or a chunk's machine
  // has failed, and those after it were not begun.
  const isBroughtOn = chunks.length < (rollout.batch_left ?? planned.chunks);
  return {
    verdict: 'go',
    rollout: {
      ...leaveWindow(rollout, nowMs),
      gate: 'open',
      batch_opened_at_ms: nowMs,
      batch_attempts: isBroughtOn ? 1 : rollout.batch_attempts + 1,
      batch_left: chunks.length,
    },
    chunks,
    reason: `batch ${rollout.batch + 1} goes on with ${chunks.length} chunks${window?.reason ?? ''}`,
  };
}

/** A tally with failures of an earlier round is to be made again. */
export function isRecorded(tally: Tally, rollout: Rollout): boolean {
  return tally.round >= rollout.round || tally.failed + tally.unknown === 0;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
