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
  const hasBegun = chunk.round >= rollout.round && wasTouched(chunk);
  return rollout.settings.max_unavailable !== undefined && !hasBegun;
}

/**
 * The other chunks of its batch that may have begun and are not recorded; none where they are fewer than may be at work at
 * once. Chunks begin in order: until the batch is opened again, none that stands behind this one has begun.
 */
export function chunksBeside(rollout: Rollout, chunk: Chunk, tallies: readonly Tally[]): number[] {
  const { first_chunk: first = 0, chunks = 0 } = rollout.plan?.batches[chunk.batch] ?? {};
  const isFirstTime = rollout.round === 0 && rollout.batch_left === undefined;
  const end = isFirstTime ? chunk.chunk : first + chunks;
  const recorded = new Set(tallies.filter((one) => isRecorded(one, rollout)).map((t) => t.chunk));
  const beside = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  const left = beside.filter((number) => number !== chunk.chunk && !recorded.has(number));
  return left.length < mostAtWork(rollout) ? [] : left;
}

/** `beside`: those of `chunksBeside` that have an item. */
export function judgeRoom(
  rollout: Rollout,
  beside: readonly Chunk[],
  tallies: readonly Tally[],
): GateVerdict {
  const unheard = beside.filter((chunk) => isUnheard(chunk, tallies));
  if (unheard.length < mostAtWork(rollout)) return { isOpen: true, reason: 'there is room' };
  const names = unheard.map(({ chunk }) => chunk + 1).join(', ');
  return { isOpen: false, reason: `chunk ${names} has begun, and is not recorded` };
}

function mostAtWork({ settings, pace }: Rollout): number {
  return mapConcurrency(settings, pace.chunk_concurrency);
}

/**
 * In whichever round it was: a host that was touched may be away until somebody has counted what it says. So a chunk
 * that goes on with what an earlier round sent is counted all the while, and takes nobody's room.
 */
function isUnheard(chunk: Chunk, tallies: readonly Tally[]): boolean {
  const tally = tallies.find((one) => one.chunk === chunk.chunk);
  return wasTouched(chunk) && (tally === undefined || tally.round < chunk.round);
}

function wasTouched({ hosts }: Chunk): boolean {
  return hosts.some(({ attempts }) => attempts > 0);
}
