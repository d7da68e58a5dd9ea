/**
 * A chunk's tally: counts, and the order of finishing (at most 2 KB for 50 hosts, where the chunk's item
 * has 20). Progress for people is the sum of tallies, and thresholds are judged on them, so a decision
 * never reads the hosts of a whole batch.
 */
import * as z from 'zod';
import type { Chunk } from './chunk.ts';
import { tallyItem } from './chunk.ts';

export const Tally = z.strictObject({
  rollout: z.string(),
  item: z.string(),
  chunk: z.int(),
  batch: z.int(),
  round: z.int(),
  completed: z.int(),
  skipped: z.int(),
  failed: z.int(),
  unknown: z.int(),
  /** Of the failed: those that refused because the old container failed the same check. */
  baseline: z.int(),
  /** By SSM's finish time in ms, then host id: `f` failed, `.` healthy (it ends a row of failures). */
  finishes: z.array(z.tuple([z.int(), z.string(), z.enum(['f', '.'])])).max(50),
});
export type Tally = z.infer<typeof Tally>;

/** The tally of a chunk whose hosts all have an outcome; undefined while one has none. */
export function tallyChunk(chunk: Chunk): Tally | undefined {
  const count = (status: string) => chunk.hosts.filter((host) => host.status === status).length;
  const tally = {
    rollout: chunk.rollout,
    item: tallyItem(chunk.batch, chunk.chunk),
    chunk: chunk.chunk,
    batch: chunk.batch,
    round: chunk.round,
    completed: count('completed'),
    skipped: count('skipped'),
    failed: count('failed'),
    unknown: count('unknown'),
    baseline: chunk.hosts.filter((host) => host.status === 'failed' && host.code === 45).length,
    finishes: finishesOf(chunk),
  };
  const counted = tally.completed + tally.skipped + tally.failed + tally.unknown;
  return counted === chunk.hosts.length ? tally : undefined;
}

function finishesOf(chunk: Chunk): Tally['finishes'] {
  const finishes: Tally['finishes'] = [];
  for (const host of chunk.hosts) {
    if (host.status === 'unknown' || host.completed_at_ms === undefined) continue;
    finishes.push([host.completed_at_ms, host.host, host.status === 'failed' ? 'f' : '.']);
  }
  return finishes.toSorted(byFinish);
}

export function byFinish(
  one: readonly [number, string, ...unknown[]],
  other: readonly [number, string, ...unknown[]],
): number {
  return one[0] - other[0] || (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0);
}

export interface Counts {
  completed: number;
  skipped: number;
  failed: number;
  unknown: number;
  baseline: number;
}

export function sumTallies(tallies: readonly Tally[]): Counts {
  const sum: Counts = { completed: 0, skipped: 0, failed: 0, unknown: 0, baseline: 0 };
  for (const tally of tallies) {
    sum.completed += tally.completed;
    sum.skipped += tally.skipped;
    sum.failed += tally.failed;
    sum.unknown += tally.unknown;
    sum.baseline += tally.baseline;
  }
  return sum;
}
