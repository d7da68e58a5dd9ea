import { DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { queryTargets, scanPolicies, scanSpecs } from '#aws/policy-store.ts';
import { type Item, openStore } from '#aws/store.ts';
import { RUNTIME } from './runtime.ts';

const mock = mockClient(DynamoDBDocumentClient);
const store = openStore(RUNTIME);

async function listed(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

beforeEach(() => {
  mock.reset();
});

// What a deployment decides by must be what holds now: a policy that a replica has not yet shown would be
// overlooked, and a target that it has not would be taken for free.
it('reads what a deployment decides by consistently', async () => {
  mock.on(ScanCommand).resolves({});
  mock.on(QueryCommand).resolves({});

  await listed(scanSpecs(store));
  await listed(queryTargets(store, 'shop-web'));

  expect(mock).toHaveReceivedCommandWith(ScanCommand, { ConsistentRead: true });
  expect(mock).toHaveReceivedCommandWith(QueryCommand, { ConsistentRead: true });
});

it('goes on with the page that follows, until there is none', async () => {
  mock
    .on(ScanCommand)
    .resolvesOnce({ Items: [], LastEvaluatedKey: { policy: 'a', item: 'spec' } })
    .resolvesOnce({ Items: [{ policy: 'b' }], LastEvaluatedKey: { policy: 'b', item: 'spec' } })
    .resolves({ Items: [{ policy: 'c' }] });

  expect(await listed(scanPolicies(store))).toEqual([{ policy: 'b' }, { policy: 'c' }]);
  expect(mock).toHaveReceivedNthCommandWith(ScanCommand, 3, {
    ExclusiveStartKey: { policy: 'b', item: 'spec' },
  });
});
