/** Rollouts, their chunks and tallies, and the targets that they belong to: reads and conditional writes. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { Chunk, chunkItem } from '#core/chunk.ts';
import { chunkFromPlan, planItem } from '#core/plan-hosts.ts';
import { Rollout } from '#core/rollout.ts';
import { chooseSchedule, type Schedule } from '#core/schedule.ts';
import { Tally } from '#core/tally.ts';
import { Target, targetItem } from '#core/target.ts';
import {
  type Item,
  onCondition,
  parseItem,
  putVersioned,
  queryRollout,
  readItem,
  readItems,
  type Store,
} from './store.ts';

const PlanItem = z.object({ first_chunk: z.int(), chunks: z.array(z.array(z.string())) });

export async function readRollout(store: Store, rollout: string): Promise<Rollout | undefined> {
  const item = await readItem(store, store.rollouts, { rollout, item: 'meta' });
  return item === undefined ? undefined : parseItem(Rollout, item, `rollout ${rollout}`);
}

export async function readTarget(
  store: Store,
  policy: string,
  repository: string,
): Promise<Target | undefined> {
  const item = await readItem(store, store.policies, { policy, item: targetItem(repository) });
  return item === undefined ? undefined : parseTarget(item);
}

export function parseTarget(item: Item): Target {
  return parseItem(Target, item, `target ${String(item['item'])} of ${String(item['policy'])}`);
}

export function writeRollout(store: Store, rollout: Rollout): Promise<Rollout> {
  return putVersioned(store, store.rollouts, rollout);
}

export function writeTarget(store: Store, target: Target): Promise<Target> {
  return putVersioned(store, store.policies, target);
}

export function writeChunk(store: Store, chunk: Chunk): Promise<Chunk> {
  return putVersioned(store, store.rollouts, chunk);
}

export interface ChunkAddress {
  rolloutId: string;
  policy: string;
  repository: string;
  batch: number;
  chunk: number;
}

interface ChunkGate {
  rollout: Rollout;
  target: Target | undefined;
  chunk: Chunk | undefined;
  schedule: Schedule;
}

/**
 * The gate and the chunk in one consistent read: `meta`, the target, the policy's window and freezes, the
 * chunk or the plan it comes from.
 */
export async function readChunkGate(store: Store, at: ChunkAddress): Promise<ChunkGate> {
  const rolloutKey = (item: string) => ({ rollout: at.rolloutId, item });
  const answers = await readItems(store, {
    [store.rollouts]: [
      rolloutKey('meta'),
      rolloutKey(chunkItem(at.batch, at.chunk)),
      rolloutKey(planItem(at.chunk)),
    ],
    [store.policies]: [
      { policy: at.policy, item: targetItem(at.repository) },
      { policy: at.policy, item: 'spec' },
    ],
  });
  const items = Object.values(answers).flat();
  const found = (prefix: string) => items.find((item) => String(item['item']).startsWith(prefix));
  const rollout = parseItem(Rollout, found('meta'), `rollout ${at.rolloutId}`);
  const targetFound = found('target#');
  const stored = found('chunk#');
  const planned = found('plan#');
  const chunk = stored === undefined ? undefined : parseItem(Chunk, stored, `chunk ${at.chunk}`);
  return {
    rollout,
    target: targetFound === undefined ? undefined : parseTarget(targetFound),
    chunk:
      // What does not match the plan's hash does not exist.
      chunk?.plan_hash === rollout.plan_hash
        ? chunk
        : chunkFromPlan(
            rollout,
            planned === undefined ? undefined : parseItem(PlanItem, planned, 'plan'),
            at.chunk,
          ),
    schedule: chooseSchedule(rollout.settings, found('spec')),
  };
}

/** When a rollout may change hosts, by what its policy says now. */
export async function readSchedule(store: Store, rollout: Rollout): Promise<Schedule> {
  const item = await readItem(store, store.policies, { policy: rollout.policy, item: 'spec' });
  return chooseSchedule(rollout.settings, item);
}

export async function readChunk(
  store: Store,
  rollout: string,
  batch: number,
  chunk: number,
): Promise<Chunk | undefined> {
  const item = await readItem(store, store.rollouts, { rollout, item: chunkItem(batch, chunk) });
  return item === undefined ? undefined : parseItem(Chunk, item, `chunk ${chunk} of ${rollout}`);
}

/** Every chunk for which an update was ever intended: of one batch, or of all. */
export async function readChunks(store: Store, rollout: string, batch?: number): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const prefix = batch === undefined ? 'chunk#' : `chunk#${chunkItem(batch, 0).split('#')[1]}#`;
  for await (const item of queryRollout(store, rollout, prefix)) {
    chunks.push(parseItem(Chunk, item, `a chunk of ${rollout}`));
  }
  return chunks;
}

export async function readTallies(store: Store, rollout: string, batch: number): Promise<Tally[]> {
  const tallies: Tally[] = [];
  const prefix = `tally#${chunkItem(batch, 0).split('#')[1]}#`;
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
export async function readPlannedHosts(store: Store, rollout: string): Promise<string[][]> {
  const chunks: string[][] = [];
  for await (const item of queryRollout(store, rollout, 'plan#')) {
    chunks.push(...parseItem(PlanItem, item, `the plan of ${rollout}`).chunks);
  }
  return chunks;
}

/** What was published, noted beside the log; it only grows, and takes no version. */
export async function notePublished(store: Store, rollout: string, seq: number): Promise<void> {
  await onCondition(
    store.client.send(
      new UpdateCommand({
        TableName: store.rollouts,
        Key: { rollout, item: 'meta' },
        UpdateExpression: 'SET #seq = :seq',
        ConditionExpression: '#seq < :seq',
        ExpressionAttributeNames: { '#seq': 'published_seq' },
        ExpressionAttributeValues: { ':seq': seq },
      }),
    ),
  );
}
