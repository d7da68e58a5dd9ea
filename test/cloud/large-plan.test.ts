/** The plan of a large fleet is more than one key of a table takes in a second. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { readPlannedHosts } from '#aws/chunk-store.ts';
import { openStore, queryRollout } from '#aws/store.ts';
import { storePlan } from '#aws/store-plan.ts';
import { ThrottledError } from '#core/errors.ts';
import { parsePolicy } from '#core/policy.ts';
import type { Rollout } from '#core/rollout.ts';
import { parseSettings } from '#core/settings.ts';
import type { BatchedRequest } from '#local/dynamodb/batch-actions.ts';
import { ServiceError } from '#local/service-error.ts';
import type { CallFault } from '#local/wire.ts';
import { RUNTIME } from '#test/aws/runtime.ts';
import { meterRollout } from '#test/bench/rollout-meter.ts';
import { bareCloud } from '#test/local/cloud-rig.ts';
import { POLICY, startCloud } from './start-cloud.ts';

const HOSTS = Array.from({ length: 100_000 }, (_, index) => `i-${String(index).padStart(17, '0')}`);

const Row = z.object({ rollout: z.string(), item: z.string() });

/** What DynamoDB gives to one key. */
const UNITS_PER_SECOND = 1_000;

/** A bare table of rollouts, and a plan to be stored in it. */
async function storeFor(isLeftUndone: (write: BatchedRequest) => boolean = () => false) {
  const cloud = bareCloud({ dynamo: { isLeftUndone } });
  await cloud.dynamo.apply('CreateTable', {
    TableName: 'rollouts',
    AttributeDefinitions: ['rollout', 'item'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'rollout', KeyType: 'HASH' },
      { AttributeName: 'item', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
  const store = openStore({ ...RUNTIME, clientConfig: cloud.clientConfig() });
  const parsed = parsePolicy(POLICY, parseSettings({}));
  if (!parsed.ok) throw new Error('the policy is not one');
  const rollout = { rollout: 'shop-web-1a2b3c-g17', settings: parsed.policy };
  const found = { hosts: HOSTS, offline: 0, zoneOf: new Map<string, string>() };
  return {
    cloud,
    plan: () => storePlan(store, rollout, found),
    planned: async (plan: Rollout['plan']) =>
      (await readPlannedHosts(store, { ...rollout, plan })).flat(),
  };
}

it('is stored in a second, and no key takes more than it may', async () => {
  const { cloud, plan, planned } = await storeFor();
  const meter = meterRollout(cloud);

  const stored = await plan();

  const { mostWrites } = meter.cost();
  expect(mostWrites.units).toBeGreaterThan(0);
  expect(mostWrites.units).toBeLessThanOrEqual(UNITS_PER_SECOND);
  expect(await planned(stored.plan)).toEqual(HOSTS);
});

it('is stored in one attempt, however little the table takes at once', async () => {
  const { plan, planned } = await storeFor(
    ({ action, position }) => action === 'BatchWriteItem' && position >= 3,
  );

  const stored = await plan();

  expect(await planned(stored.plan)).toEqual(HOSTS);
});

it('is the same by an attempt after one that was cut off', async () => {
  let left = 60;
  const { plan, planned } = await storeFor(() => left-- <= 0);
  await expect(plan()).rejects.toThrow(ThrottledError);
  left = Number.POSITIVE_INFINITY;

  const stored = await plan();

  expect(await planned(stored.plan)).toEqual(HOSTS);
});

it('is in no index', async () => {
  const { cloud, store, roll, newest } = await startCloud();

  await roll('v2');

  const { rollout } = await newest();
  const keys = cloud.dynamo.dump()[store.rollouts]?.map((row) => Row.parse(row));
  expect(keys).toContainEqual({ rollout: `${rollout}#plan#00000`, item: 'plan#00000' });
  for (const IndexName of ['byStatus', 'byPolicy']) {
    const { Items } = await store.client.send(
      new ScanCommand({ TableName: store.rollouts, IndexName }),
    );
    expect(Items?.map((row) => Row.parse(row))).toEqual([{ rollout, item: 'meta' }]);
  }
});

it('begins as another chain where SSM has forgotten how far its list was read', async () => {
  const test = await startCloud({ hosts: 120, policies: [{ ...POLICY, staged_batches: [1] }] });
  const { cloud, roll, newest, running, store, watch } = test;
  let pages = 0;
  cloud.wire.fault = ({ operation, input }) => {
    if (operation !== 'DescribeInstanceInformation') return undefined;
    pages += 1;
    // The second page, and each time that the SDK asks for it again: the turn ends there.
    if (pages >= 2 && pages <= 4) return refused('ThrottlingException');
    return pages === 5 && input['NextToken'] !== undefined
      ? refused('InvalidNextToken')
      : undefined;
  };

  const v2 = await roll('v2');

  const { rollout, status, plan_attempt, plan } = await newest();
  expect({ status, plan_attempt, hosts: plan?.hosts }).toEqual({
    status: 'completed',
    plan_attempt: 2,
    hosts: 120,
  });
  expect(running()).toEqual({ [v2]: 120 });
  const items: unknown[] = [];
  for await (const { item } of queryRollout(store, rollout, 'hosts#')) items.push(item);
  expect(items).toEqual(['hosts#001#00000', 'hosts#002#00000']);
  expect(await watch.violations()).toEqual([]);
});

function refused(name: string): CallFault {
  return { kind: 'refused', error: new ServiceError(name, 'later') };
}
