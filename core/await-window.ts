/**
 * Whether a batch may begin now, or is to wait for its window. A batch that could end inside a window
 * begins only where it still can: the last start is the window's end less the batch's longest time. One
 * that is longer than any window begins where one of its chunks can end, parks at the window's end, and
 * goes on in the next with the chunks that are left. Under `update_strategy: scheduled` the first batch waits for a
 * window that begins after the rollout was made.
 */
import { batchMs } from './batch-time.ts';
import { changeStatus, logEvent } from './change-status.ts';
import { commandSeconds } from './chunk-command.ts';
import { findBeginning, judgeSchedule } from './judge-schedule.ts';
import type { Rollout } from './rollout.ts';
import type { Schedule } from './schedule.ts';

export type WindowVerdict = { reason: string } & (
  | { verdict: 'open' }
  | { verdict: 'await_window'; rollout: Rollout; untilMs: number }
  | { verdict: 'hold'; rollout: Rollout }
);

/** For a batch of which so many chunks are left. The rollout is the very same where nothing is to be written. */
export function awaitWindow(
  rollout: Rollout,
  chunks: number,
  schedule: Schedule,
  nowMs: number,
): WindowVerdict {
  const beginningMs = beginningOf(rollout, schedule);
  const whole = judgeSchedule(schedule, batchMs(rollout, chunks), nowMs, beginningMs);
  if (whole.isOpen) return { verdict: 'open', reason: '' };
  if (whole.opensAtMs !== undefined) return park(rollout, whole.reason, whole.opensAtMs, nowMs);
  const chunkMs = commandSeconds(rollout, 'update') * 1000;
  const chunk = judgeSchedule(schedule, chunkMs, nowMs, beginningMs);
  if (chunk.isOpen) {
    return { verdict: 'open', reason: '; what one window is too short for goes on in the next' };
  }
  return chunk.opensAtMs === undefined
    ? hold(rollout, chunk.reason, nowMs)
    : park(rollout, chunk.reason, chunk.opensAtMs, nowMs);
}

/** The window with which the rollout begins; undefined where it waits for no beginning. */
function beginningOf(rollout: Rollout, schedule: Schedule): number | undefined {
  const waits = rollout.batch === -1 && rollout.settings.update_strategy === 'scheduled';
  return waits ? findBeginning(schedule, rollout.created_at_ms) : undefined;
}

function park(rollout: Rollout, reason: string, untilMs: number, nowMs: number): WindowVerdict {
  const isParked = rollout.status === 'awaiting_window';
  if (isParked && rollout.waits_until_ms === untilMs) {
    return { verdict: 'await_window', rollout, untilMs, reason };
  }
  const change = {
    to: 'awaiting_window',
    event: 'image.rollout_awaiting_window',
    who: 'longshore',
    why: reason,
    nowMs,
  } as const;
  const parked = isParked ? logEvent(rollout, change) : changeStatus(rollout, change);
  return {
    verdict: 'await_window',
    rollout: { ...parked, waits_until_ms: untilMs },
    untilMs,
    reason,
  };
}

/** Nothing but a person can mend this: it is not waited for in silence. */
function hold(rollout: Rollout, reason: string, nowMs: number): WindowVerdict {
  const held = changeStatus(rollout, {
    to: 'held',
    event: 'image.rollout_held',
    who: 'longshore',
    why: reason,
    nowMs,
  });
  const { waits_until_ms, ...rest } = held;
  return {
    verdict: 'hold',
    reason,
    rollout: {
      ...rest,
      gate: 'closed',
      held_from: rollout.status,
      hold: { reason, batch: rollout.batch, since_ms: nowMs },
    },
  };
}

/** Who wakes so soon is not worth another run. */
const SOON_MS = 60_000;

/** Whether its machine waits for an instant that is far: no token wakes it, only a fresh run goes on before. */
export function isAsleep({ waits_until_ms = 0 }: Rollout, nowMs: number): boolean {
  return waits_until_ms - nowMs > SOON_MS;
}

/** The rollout as its window has opened again. */
export function leaveWindow(rollout: Rollout, nowMs: number): Rollout {
  if (rollout.status !== 'awaiting_window') return rollout;
  const { waits_until_ms, ...rest } = rollout;
  return changeStatus(rest, {
    to: 'in_progress',
    event: 'image.rollout_resumed',
    who: 'longshore',
    why: 'hosts may be changed again',
    nowMs,
  });
}
