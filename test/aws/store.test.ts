import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import {
  both,
  openStore,
  parseItem,
  putItems,
  putVersioned,
  queryRollout,
  readItem,
  readItems,
} from '#aws/store.ts';
import { LostRaceError, ThrottledError, UnreadableItemError } from '#core/errors.ts';
import { RUNTIME } from './runtime.ts';

const mock = mockClient(DynamoDBDocumentClient);
const store = openStore(RUNTIME);

beforeEach(() => {
  mock.reset();
});

it('waits for both where one fails: what is under way when a lambda answers is cut off with it', async () => {
  const slow = Promise.withResolvers<string>();
  const ends: string[] = [];

  const failing = both(Promise.reject(new Error('lost')), slow.promise).catch(({ message }) => {
    ends.push(message);
  });
  for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
  ends.push('one has failed');
  slow.resolve('read');
  await failing;

  expect(ends).toEqual(['one has failed', 'lost']);
  expect(await both(Promise.resolve(1), Promise.resolve('a'))).toEqual([1, 'a']);
});

it('reads consistently', async () => {
  mock.on(GetCommand).resolves({ Item: { a: 1 } });

  expect(await readItem(store, 'rollouts', { rollout: 'r', item: 'meta' })).toEqual({ a: 1 });
  expect(mock).toHaveReceivedCommandWith(GetCommand, { ConsistentRead: true });
});

it('takes part of an answer for no answer', async () => {
  mock.on(BatchGetCommand).resolves({ Responses: {}, UnprocessedKeys: { rollouts: { Keys: [] } } });

  await expect(readItems(store, { rollouts: [{ rollout: 'r' }] })).rejects.toThrow(ThrottledError);
});

it('writes what was left undone with what comes next', async () => {
  const items = Array.from({ length: 30 }, (_, n) => ({ n }));
  const [first, second, ...others] = items.map((Item) => ({ PutRequest: { Item } }));
  if (first === undefined || second === undefined) throw new Error('there are 30');
  mock
    .on(BatchWriteCommand)
    .resolvesOnce({ UnprocessedItems: { rollouts: [first, second] } })
    .resolvesOnce({ UnprocessedItems: { rollouts: [second] } })
    .resolves({ UnprocessedItems: {} });

  await putItems(store, 'rollouts', items);

  const sent = mock.commandCalls(BatchWriteCommand).map(({ args }) => args[0].input.RequestItems);
  expect(sent).toEqual([
    { rollouts: [first, second, ...others.slice(0, 23)] },
    { rollouts: [first, second, ...others.slice(23)] },
    { rollouts: [second] },
  ]);
});

it('is throttled where the table takes nothing of a write', async () => {
  const left = [{ PutRequest: { Item: { a: 1 } } }];
  mock.on(BatchWriteCommand).resolves({ UnprocessedItems: { rollouts: left } });

  await expect(putItems(store, 'rollouts', [{ a: 1 }])).rejects.toThrow(ThrottledError);
  expect(mock).toHaveReceivedCommandTimes(BatchWriteCommand, 1);
});

it('writes 25 items at once at the most', async () => {
  mock.on(BatchWriteCommand).resolves({});

  await putItems(
    store,
    'rollouts',
    Array.from({ length: 51 }, (_, n) => ({ n })),
  );

  expect(mock).toHaveReceivedCommandTimes(BatchWriteCommand, 3);
});

it('makes a first version only where there is none', async () => {
  mock.on(PutCommand).resolves({});

  expect(await putVersioned(store, 'rollouts', { version: 0 })).toEqual({ version: 1 });
  expect(mock).toHaveReceivedCommandWith(PutCommand, {
    Item: { version: 1 },
    ConditionExpression: 'attribute_not_exists(#version)',
  });
});

it('names the version that it read', async () => {
  mock.on(PutCommand).resolves({});

  await putVersioned(store, 'rollouts', { version: 7 });

  expect(mock).toHaveReceivedCommandWith(PutCommand, {
    Item: { version: 8 },
    ConditionExpression: '#version = :version',
    ExpressionAttributeValues: { ':version': 7 },
  });
});

it('calls a condition that fails a lost race', async () => {
  const lost = new ConditionalCheckFailedException({ $metadata: {}, message: 'no' });
  mock.on(PutCommand).rejects(lost);

  await expect(putVersioned(store, 'rollouts', { version: 1 })).rejects.toThrow(LostRaceError);
});

it('passes every other error on', async () => {
  mock.on(PutCommand).rejects(new Error('the table is gone'));

  await expect(putVersioned(store, 'rollouts', { version: 1 })).rejects.toThrow(
    'the table is gone',
  );
});

it('follows a query to its last page', async () => {
  mock
    .on(QueryCommand)
    .resolvesOnce({ Items: [{ n: 1 }], LastEvaluatedKey: { n: 1 } })
    .resolvesOnce({ Items: [], LastEvaluatedKey: { n: 2 } })
    .resolvesOnce({ Items: [{ n: 3 }] });

  const found: unknown[] = [];
  for await (const item of queryRollout(store, 'r', 'chunk#')) found.push(item);

  expect(found).toEqual([{ n: 1 }, { n: 3 }]);
  expect(mock).toHaveReceivedNthCommandWith(QueryCommand, 2, { ExclusiveStartKey: { n: 1 } });
});

it('names the fields of an item that it cannot read, and none of their values', () => {
  const read = () => parseItem(z.object({ a: z.int() }), { a: 'secret' }, 'the item x');

  expect(read).toThrow(UnreadableItemError);
  expect(read).toThrow(/^the item x cannot be read: a$/);
});
