/**
 * The looks of a watch. One costs a GetItem of the rollout, and a Query for each megabyte of the batch that
 * is open (about 50 chunks of 50 hosts); a batch that was judged is not read again while hosts go forward.
 */

import { readChunks } from '#aws/chunk-store.ts';
import type { Operations } from '#aws/operations.ts';
import { readRollout } from '#aws/rollout-store.ts';
import type { Chunk } from '#core/chunk.ts';
import { type Rollout, standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import type { Progress } from '#core/view/rollout-view.ts';
import { BadInputError } from './around.ts';
import { progressOf } from './render-record.ts';

export interface Look {
  progress: Progress;
  nowMs: number;
  /** About how many calls it took to read the hosts; at least 1. */
  pages: number;
}

/** 50 hosts of about 400 bytes each; a page holds a megabyte. */
const CHUNKS_PER_PAGE = 50;

export function openWatch({ store, nowMs }: Operations, id: string): () => Promise<Look> {
  const known = new Map<string, Chunk>();
  let lastBatch: number | undefined;
  return async () => {
    const rollout = await readRollout(store, id);
    if (rollout === undefined) {
      throw new BadInputError(`${id} is gone: records are kept for a time after the end`);
    }
    const batches = batchesToRead(rollout, lastBatch);
    const read = (await Promise.all(batches.map((batch) => readChunks(store, id, batch)))).flat();
    for (const chunk of read) known.set(chunk.item, chunk);
    lastBatch = rollout.batch;
    return {
      progress: progressOf(rollout, [...known.values()]),
      nowMs: nowMs(),
      pages: Math.max(1, Math.ceil(read.length / CHUNKS_PER_PAGE)),
    };
  };
}

/** `undefined` stands for all of them: at first, on the way back, and at the end. */
function batchesToRead(rollout: Rollout, lastBatch: number | undefined): (number | undefined)[] {
  const standing = standingOf(rollout);
  const isForward =
    isOpen(standing) && standing !== 'rolling_back' && rollout.rollback === undefined;
  if (!isForward || lastBatch === undefined) return [undefined];
  const from = Math.max(0, lastBatch);
  return Array.from({ length: rollout.batch - from + 1 }, (_, index) => from + index);
}
