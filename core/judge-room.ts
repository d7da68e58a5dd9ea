/**
 * Whether one more chunk of a batch may begin where the policy bounds how many hosts are away (`max_unavailable`).
 *
 * The machine begins as many chunks as may be at work, and the next when one has ended. A child that fails has ended
 * too, though its hosts may be at work, and nobody has heard what they say: the next chunk sends nothing, and the
 * batch is opened again, which begins with the chunk that was left.
 */
import type { Chunk } from './chunk.ts';
import type { GateVerdict } from './gate.ts';
import { mapConcurrency } from './plan-hosts.ts';
import { isRecorded } from './plan-open-batch.ts';
import type { Rollout } from './rollout.ts';
import type { Tally } from './tally.ts';

/** A chunk that has begun goes on, whatever became of the others; without a bound there is nothing to keep. */
export function isRoomAsked(rollout: Rollout, chunk: Chunk): boolean {
  return rollout.settings.max_unavailable !== undefined && !hasBegun(chunk, rollout);
}

/**
 * The chunks that stand before this one, as many as may be at work at once; none where they are fewer, for then
 * there is room. Chunks begin in order, so those that have begun are the first that are not recorded.
 */
export function chunksBefore(rollout: Rollout, chunk: Chunk, tallies: readonly Tally[]): number[] {
  const first = rollout.plan?.batches[chunk.batch]?.first_chunk ?? 0;
  const recorded = new Set(tallies.filter((one) => isRecorded(one, rollout)).map((t) => t.chunk));
  const before = Array.from({ length: chunk.chunk - first }, (_, index) => first + index).filter(
    (number) => !recorded.has(number),
  );
  const most = mapConcurrency(rollout.settings, rollout.pace.chunk_concurrency);
  return before.length < most ? [] : before.slice(0, most);
}

/** `before`: those of `chunksBefore` that have an item. */
export function judgeRoom(
  rollout: Rollout,
  numbers: readonly number[],
  before: readonly Chunk[],
): GateVerdict {
  const begun = before.filter((chunk) => hasBegun(chunk, rollout));
  if (numbers.length === 0 || begun.length < numbers.length) {
    return { isOpen: true, reason: 'there is room' };
  }
  const names = numbers.map((number) => number + 1).join(', ');
  return { isOpen: false, reason: `chunk ${names} has begun, and is not recorded` };
}

function hasBegun(chunk: Chunk, { round }: Rollout): boolean {
  return chunk.round >= round && chunk.hosts.some(({ attempts }) => attempts > 0);
}
