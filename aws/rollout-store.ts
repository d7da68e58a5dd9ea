/** Rollouts, the targets that they belong to, and what people were told of them: reads and conditional writes. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Rollout } from '#core/rollout.ts';
import { Target, targetItem } from '#core/target.ts';
import { Told } from '#core/told.ts';
import { type Item, onCondition, parseItem, putVersioned, readItem, type Store } from './store.ts';

export async function readRollout(store: Store, rollout: string): Promise<Rollout | undefined> {
  const item = await readItem(store, store.rollouts, { rollout, item: 'meta' });
  return item === undefined ? undefined : parseItem(Rollout, item, `rollout ${rollout}`);
}

export function writeRollout(store: Store, rollout: Rollout): Promise<Rollout> {
  return putVersioned(store, store.rollouts, rollout);
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

export function writeTarget(store: Store, target: Target): Promise<Target> {
  return putVersioned(store, store.policies, target);
}

/** What people were told of the rollout. */
export async function readTold(store: Store, rollout: string): Promise<Told | undefined> {
  const item = await readItem(store, store.rollouts, { rollout, item: 'told' });
  return item === undefined ? undefined : parseItem(Told, item, `what was told of ${rollout}`);
}

export function writeTold(store: Store, told: Told): Promise<Told> {
  return putVersioned(store, store.rollouts, told);
}
