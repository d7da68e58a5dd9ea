/** How long a batch may take, so that it is not begun where it could not end. */
import { commandSeconds, type Timed } from './chunk-command.ts';
import { mapConcurrency } from './plan-hosts.ts';

/**
 * The longest that so many chunks can take when nothing is tried again: each from its turn to the deadline
 * of its last command, in waves of as many as may be at work at once.
 *
 * 90 chunks, 40 at once, 5 a second, 1,020 s for an update, no soak: 3 waves of 1,020 s, and 17.8 s until
 * the last one's turn.
 */
export function batchMs(timed: Timed, chunks: number): number {
  return wavesMs(timed, chunks, chunkMs(timed));
}

/** The least: every host answers at once, so that only turns and soaks take their time. */
export function leastBatchMs(timed: Timed, chunks: number): number {
  return wavesMs(timed, chunks, leastChunkMs(timed));
}

function wavesMs(timed: Timed, chunks: number, eachMs: number): number {
  const waves = Math.ceil(chunks / chunksAtOnce(timed));
  return waves * eachMs + ((chunks - 1) * 1000) / timed.pace.chunks_per_second;
}

export function chunksAtOnce({ settings, pace }: Timed): number {
  return mapConcurrency(settings, pace.chunk_concurrency);
}

/** The longest that one chunk can take. */
export function chunkMs(timed: Timed): number {
  const isSoaked = soakSeconds(timed) > 0;
  const lookSeconds = isSoaked ? soakSeconds(timed) + commandSeconds(timed, 'probe') : 0;
  return (commandSeconds(timed, 'update') + lookSeconds) * 1000;
}

export function leastChunkMs(timed: Timed): number {
  return soakSeconds(timed) * 1000;
}

/** Without a health check there is no second look, and so nothing to wait for. */
function soakSeconds({ settings }: Timed): number {
  return settings.health_check_enabled ? settings.soak_seconds : 0;
}
