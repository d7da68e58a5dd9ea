/**
 * The tables. Every read that decides is consistent; every write names the version that it read, and
 * one that comes too late throws LostRaceError: the caller reads and decides again.
 */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { LostRaceError, ThrottledError, UnreadableItemError } from '#core/errors.ts';
import { readEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

export type Item = Record<string, unknown>;
export type Key = Record<string, string>;

export interface Store {
  client: DynamoDBDocumentClient;
  policies: string;
  rollouts: string;
  hosts: string;
}

export function openStore(runtime: Runtime): Store {
  const env = readEnvironment(runtime);
  return openTables(runtime, {
    policies: env.POLICIES_TABLE,
    rollouts: env.ROLLOUTS_TABLE,
    hosts: env.HOSTS_TABLE,
  });
}

/** For whoever has the name of a stack and not its environment: the tables carry it. */
export function openStackTables(runtime: Runtime, stack: string): Store {
  return openTables(runtime, {
    policies: `${stack}-policies`,
    rollouts: `${stack}-rollouts`,
    hosts: `${stack}-hosts`,
  });
}

function openTables(runtime: Runtime, names: Omit<Store, 'client'>): Store {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(runtime.clientConfig), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return { client, ...names };
}

/** Parses a stored item. Throws UnreadableItemError naming the fields, never their values. */
export function parseItem<S extends z.ZodType>(
  Schema: S,
  item: unknown,
  what: string,
): z.output<S> {
  const parsed = Schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'the item');
  throw new UnreadableItemError(`${what} cannot be read: ${[...new Set(fields)].join(', ')}`);
}

/** The item, or those of its attributes that are asked for. Consistent. */
export async function readItem(
  store: Store,
  table: string,
  key: Key,
  attributes: readonly string[] = [],
): Promise<Item | undefined> {
  const names = attributes.map((name) => [`#${name}`, name]);
  const answer = await store.client.send(
    new GetCommand({
      TableName: table,
      Key: key,
      ConsistentRead: true,
      ...(names.length > 0 && {
        ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
        ExpressionAttributeNames: Object.fromEntries(names),
      }),
    }),
  );
  return answer.Item;
}

/** Several items of several tables in one consistent read; those that are not there are left out. */
export async function readItems(
  store: Store,
  wanted: Readonly<Record<string, readonly Key[]>>,
): Promise<Record<string, Item[]>> {
  const requests = Object.entries(wanted).map(([table, keys]) => [
    table,
    { Keys: [...keys], ConsistentRead: true },
  ]);
  const answer = await store.client.send(
    new BatchGetCommand({ RequestItems: Object.fromEntries(requests) }),
  );
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
    throw new ThrottledError('the table did not answer for every item');
  }
  return answer.Responses ?? {};
}

/** BatchGetItem takes no more keys at once. */
const MOST_KEYS = 100;

/** Of however many keys of one table the items that are there, in no order; each page of them is read consistently. */
export async function readAll(store: Store, table: string, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let first = 0; first < keys.length; first += MOST_KEYS) {
    const page = await readItems(store, { [table]: keys.slice(first, first + MOST_KEYS) });
    items.push(...(page[table] ?? []));
  }
  return items;
}

/** Every item that a query finds, page by page. */
export async function* queryItems(store: Store, input: QueryCommandInput): AsyncGenerator<Item> {
  let next: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page: QueryCommandOutput = await store.client.send(
      new QueryCommand({ ...input, ...(next !== undefined && { ExclusiveStartKey: next }) }),
    );
    yield* page.Items ?? [];
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}

/** The items of one rollout whose sort key begins so, in order. Consistent. */
export function queryRollout(store: Store, rollout: string, prefix: string): AsyncGenerator<Item> {
  return queryItems(store, {
    TableName: store.rollouts,
    ConsistentRead: true,
    KeyConditionExpression: '#rollout = :rollout AND begins_with(#item, :prefix)',
    ExpressionAttributeNames: { '#rollout': 'rollout', '#item': 'item' },
    ExpressionAttributeValues: { ':rollout': rollout, ':prefix': prefix },
  });
}

/**
 * Puts an item on condition of the version that was read (0: there is none yet) and gives it back with
 * the next version.
 */
export async function putVersioned<I extends { version: number }>(
  store: Store,
  table: string,
  item: I,
): Promise<I> {
  const next = { ...item, version: item.version + 1 };
  await onCondition(
    store.client.send(
      new PutCommand({
        TableName: table,
        Item: next,
        ...(item.version === 0
          ? {
              ConditionExpression: 'attribute_not_exists(#version)',
              ExpressionAttributeNames: { '#version': 'version' },
            }
          : {
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': item.version },
            }),
      }),
    ),
  );
  return next;
}

/** Deletes an item on condition of the version that was read. */
export async function deleteVersioned(
  store: Store,
  table: string,
  key: Key,
  version: number,
): Promise<void> {
  await onCondition(
    store.client.send(
      new DeleteCommand({
        TableName: table,
        Key: key,
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      }),
    ),
  );
}

/** Puts an item that is the same whoever writes it, or whose last writer may win. */
export async function putItem(store: Store, table: string, item: Item): Promise<void> {
  await store.client.send(new PutCommand({ TableName: table, Item: item }));
}

/** Puts an item where there is none; LostRaceError where there is one. */
export async function putNewItem(store: Store, table: string, item: Item): Promise<void> {
  await onCondition(
    store.client.send(
      new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#item)',
        ExpressionAttributeNames: { '#item': 'item' },
      }),
    ),
  );
}

/** BatchWriteItem takes 25. */
const ITEMS_PER_WRITE = 25;
type WriteRequests = NonNullable<BatchWriteCommandInput['RequestItems']>[string];

/**
 * Puts many items that are the same whoever writes them. What a table that is short of capacity leaves undone goes
 * with the next ones, as long as it takes any: another attempt would begin at the first item, and might come no
 * further. Where it takes none, DynamoDB refuses the call, and the client waits before it asks again.
 */
export async function putItems(store: Store, table: string, items: readonly Item[]): Promise<void> {
  const requests = items.map((Item) => ({ PutRequest: { Item } }));
  let undone: WriteRequests = [];
  for (let next = 0; next < requests.length || undone.length > 0; ) {
    const more = requests.slice(next, next + ITEMS_PER_WRITE - undone.length);
    const sent = [...undone, ...more];
    next += more.length;
    const answer = await store.client.send(
      new BatchWriteCommand({ RequestItems: { [table]: sent } }),
    );
    undone = answer.UnprocessedItems?.[table] ?? [];
    if (undone.length === sent.length) throw new ThrottledError(`the table ${table} takes no item`);
  }
}

/** A condition that fails is a race that was lost; every other error is the caller's. */
export async function onCondition<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      throw new LostRaceError('another writer was first', { cause: error });
    }
    throw error;
  }
}

/** Both, also where one fails: what is still under way when a lambda answers is cut off with it. */
export async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

/** Tries again what lost a race, reading anew each time; the last loss is the caller's. */
export async function withRaces<T>(attempts: number, attempt: () => Promise<T>): Promise<T> {
  for (let left = attempts; left > 1; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LostRaceError)) throw error;
    }
  }
  return attempt();
}
