/** How long a batch may take, so that it is not begun where it could not end. */
import { commandSeconds } from './chunk-command.ts';
import { mapConcurrency } from './plan-hosts.ts';
import type { Rollout } from './rollout.ts';

/**
 * The longest that so many chunks can take when nothing is tried again: each from its turn to the deadline
 * of its last command, in waves of as many as may be at work at once.
 *
 * 90 chunks, 40 at once, 5 a second, 1,020 s for an update, no soak: 3 waves of 1,020 s, and 17.8 s until
 * the last one's turn.
 */
export function batchMs(rollout: Rollout, chunks: number): number {
  const { settings, pace } = rollout;
  const waves = Math.ceil(chunks / mapConcurrency(settings, pace.chunk_concurrency));
  const lastTurnMs = ((chunks - 1) * 1000) / pace.chunks_per_second;
  return waves * chunkSeconds(rollout) * 1000 + lastTurnMs;
}

function chunkSeconds(rollout: Rollout): number {
  const { health_check_enabled, soak_seconds } = rollout.settings;
  const isSoaked = health_check_enabled && soak_seconds > 0;
  const lookSeconds = isSoaked ? soak_seconds + commandSeconds(rollout, 'probe') : 0;
  return commandSeconds(rollout, 'update') + lookSeconds;
}
