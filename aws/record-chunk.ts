/**
 * The record of a chunk that needs nothing more: its tally, on which thresholds are judged. Without a failed host
 * there is nothing to judge, so the step that read the last answer puts it, and "Record chunk" is left out; so it
 * is where the chunk has no tally yet, for it waits until its batch is opened again.
 *
 * Whoever dies before the tally is put does it at the next try: the answers are stored by then, and no command is open.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { StepVerdict } from '#core/choose-chunk-verdict.ts';
import type { Chunk } from '#core/chunk.ts';
import { type ChunkRecord, planRecord } from '#core/plan-record.ts';
import type { Rollout } from '#core/rollout.ts';
import { putTally } from './chunk-store.ts';
import { expectedOf } from './chunk-walk.ts';
import type { Store } from './store.ts';

/** With `isOver` nothing is left for "Record chunk"; a machine of 0.1.0 does not know it, and goes there. */
type ReadVerdict = StepVerdict & { isOver?: true };

/** For a step that has read answers, where its verdict is `record`: does that here if no host has failed. */
export async function recordUntroubled(
  store: Store,
  log: Logger,
  rollout: Rollout,
  chunk: Chunk,
  verdict: StepVerdict,
): Promise<ReadVerdict> {
  if (verdict.verdict !== 'record') return verdict;
  const record = planRecord(chunk, rollout, expectedOf(rollout));
  if (record.isTroubled) return verdict;
  await putRecord(store, log, record, chunk);
  return { ...verdict, isOver: true };
}

export async function putRecord(
  store: Store,
  log: Logger,
  { tally, reason }: ChunkRecord,
  { chunk }: Chunk,
): Promise<void> {
  if (tally === undefined) log.info('the chunk is not recorded', { chunk, reason });
  else await putTally(store, tally);
}
