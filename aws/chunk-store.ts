/** The chunks of a rollout, their tallies, and the plan that they come from: reads and conditional writes. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { Chunk, chunkItem, type HostRecord, pad } from '#core/chunk.ts';
import { isTroubled } from '#core/describe-notice.ts';
import { PlanItem, planKeys } from '#core/plan-hosts.ts';
import type { Rollout } from '#core/rollout.ts';
import { Tally } from '#core/tally.ts';
import {
  onCondition,
  parseItem,
  putVersioned,
  queryRollout,
  readAll,
  readItem,
  type Store,
} from './store.ts';

export function writeChunk(store: Store, chunk: Chunk): Promise<Chunk> {
  return putVersioned(store, store.rollouts, chunk);
}

/** Of an item that its hosts make large: the commands, and the token that waits for them. */
const WaitingChunk = Chunk.pick({ commands: true, token: true });
type WaitingChunk = z.infer<typeof WaitingChunk>;

export async function readWaitingChunk(
  store: Store,
  rollout: string,
  batch: number,
  chunk: number,
): Promise<WaitingChunk | undefined> {
  const key = { rollout, item: chunkItem(batch, chunk) };
  const item = await readItem(store, store.rollouts, key, ['commands', 'token']);
  return item === undefined
    ? undefined
    : parseItem(WaitingChunk, item, `chunk ${chunk} of ${rollout}`);
}

/**
 * Hosts of the plan that need attention, in its order and no more than so many; of one batch, or of all.
 * Chunks are read only until there are enough.
 */
export async function readTroubledHosts(
  store: Store,
  rollout: Rollout,
  most: number,
  batch?: number,
): Promise<HostRecord[]> {
  const hosts: HostRecord[] = [];
  for await (const item of queryRollout(store, rollout.rollout, chunksOf(batch))) {
    const chunk = parseItem(Chunk, item, `a chunk of ${rollout.rollout}`);
    if (chunk.plan_hash === rollout.plan_hash) hosts.push(...chunk.hosts.filter(isTroubled));
    if (hosts.length >= most) break;
  }
  return hosts.slice(0, most);
}

/** Every chunk for which an update was ever intended: of one batch, or of all. */
export async function readChunks(store: Store, rollout: string, batch?: number): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const item of queryRollout(store, rollout, chunksOf(batch))) {
    chunks.push(parseItem(Chunk, item, `a chunk of ${rollout}`));
  }
  return chunks;
}

/** Of these chunks those that have an item. */
export async function readChunksAt(
  store: Store,
  { rollout }: Rollout,
  batch: number,
  numbers: readonly number[],
): Promise<Chunk[]> {
  const keys = numbers.map((number) => ({ rollout, item: chunkItem(batch, number) }));
  const items = await readAll(store, store.rollouts, keys);
  return items.map((item) => parseItem(Chunk, item, `a chunk of ${rollout}`));
}

function chunksOf(batch?: number): string {
  return batch === undefined ? 'chunk#' : `chunk#${pad(batch, 3)}#`;
}

/** Of one batch, or of all. */
export async function readTallies(store: Store, rollout: string, batch?: number): Promise<Tally[]> {
  const tallies: Tally[] = [];
  const prefix = batch === undefined ? 'tally#' : `tally#${pad(batch, 3)}#`;
  for await (const item of queryRollout(store, rollout, prefix)) {
    tallies.push(parseItem(Tally, item, `a tally of ${rollout}`));
  }
  return tallies;
}

/** Puts a chunk's tally; one of a later round, or the same again, may replace it. */
export async function putTally(store: Store, tally: Tally): Promise<void> {
  await onCondition(
    store.client.send(
      new PutCommand({
        TableName: store.rollouts,
        Item: tally,
        ConditionExpression: 'attribute_not_exists(#item) OR #round <= :round',
        ExpressionAttributeNames: { '#item': 'item', '#round': 'round' },
        ExpressionAttributeValues: { ':round': tally.round },
      }),
    ),
  );
}

/** All planned hosts by chunk, in order, from the plan's items. */
export async function readPlannedHosts(
  store: Store,
  rollout: Pick<Rollout, 'rollout' | 'plan'>,
): Promise<string[][]> {
  const items = await readAll(store, store.rollouts, planKeys(rollout));
  if (items.length === 0) {
    // As 0.1.0 stored them (read-gate.ts): under the rollout's own key.
    for await (const item of queryRollout(store, rollout.rollout, 'plan#')) items.push(item);
  }
  return items
    .map((item) => parseItem(PlanItem, item, `the plan of ${rollout.rollout}`))
    .toSorted((one, other) => one.first_chunk - other.first_chunk)
    .flatMap(({ chunks }) => chunks);
}
