/**
 * A way back is a new desired state: one write to the target sets the earlier digest, denies this one and
 * takes the next generation; the rollout stays active and says that it goes back.
 */

import { changeStatus } from './change-status.ts';
import { type Chunk, openCommands } from './chunk.ts';
import { type Rollout, rolloutTitle } from './rollout.ts';
import { nextGeneration } from './rollout-id.ts';
import { isLegalChange } from './status.ts';
import { type Target, turnBack } from './target.ts';

/** Chunks that did not get through are mapped again, so often. */
const WAY_BACK_ATTEMPTS = 3;

/**
 * The target as it turns back; itself where it has done so already. Undefined where nobody decided that, it
 * is another's, or the rollout is paused: that is opened by whoever resumes it.
 */
export function planTurn(rollout: Rollout, target: Target, nowMs: number): Target | undefined {
  if (target.active?.rollout !== rollout.rollout || rollout.status === 'paused') return undefined;
  if (rollout.status === 'rolling_back' || target.rolling_back) return target;
  const { decision } = rollout;
  if (decision?.action !== 'roll_back') return undefined;
  if (!isLegalChange(rollout.status, 'rolling_back')) return undefined;
  return turnBack(target, {
    generation: nextGeneration(target.generation, nowMs),
    reason: decision.why,
    title: rolloutTitle(rollout),
    nowMs,
  });
}

/** The rollout that goes back, once its target has turned. */
export function startWayBack(rollout: Rollout, target: Target, nowMs: number): Rollout {
  if (rollout.status === 'rolling_back') return rollout;
  // One that was held on its way back still goes back for what it turned for.
  const reason = rollout.rollback?.reason ?? rollout.decision?.why ?? 'the target has turned back';
  const by = rollout.rollback?.by ?? rollout.decision?.by ?? 'longshore';
  const { decision, hold, held_from, token, waits_until_ms, ...open } = rollout;
  // One that had ended is under way again.
  const { completed_at_ms, totals, expires_at, ...rest } = open;
  const started = changeStatus(rest, {
    to: 'rolling_back',
    event: 'image.rollback_started',
    who: by,
    why: reason,
    nowMs,
  });
  return {
    ...started,
    gate: 'closed',
    settled: false,
    rollback: { generation: target.generation, reason, by, attempts: 0, opened_at_ms: nowMs },
  };
}

/** The chunks that still have to go back: all that were ever touched, but those that are through. */
export function chooseWayBackChunks(rollout: Rollout, chunks: readonly Chunk[]): Chunk[] {
  if ((rollout.rollback?.attempts ?? 0) >= WAY_BACK_ATTEMPTS) return [];
  return chunks.filter(
    (chunk) => !chunk.rolled_back && chunk.hosts.some((host) => host.attempts > 0),
  );
}

/** Whether every touched host of the chunk has its end on the way back. */
export function isThrough(chunk: Chunk): boolean {
  return (
    openCommands(chunk).length === 0 &&
    chunk.hosts.every(
      (host) =>
        host.attempts === 0 || host.status === 'rolled_back' || host.status === 'rollback_failed',
    )
  );
}
