/** The plan of a large fleet is more than one key of a table takes in a second. */
import { expect, it } from 'vitest';
import { readPlannedHosts } from '#aws/chunk-store.ts';
import { openStore, queryRollout } from '#aws/store.ts';
import { storePlan } from '#aws/store-plan.ts';
import { ThrottledError } from '#core/errors.ts';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { ServiceError } from '#local/service-error.ts';
import type { CallFault } from '#local/wire.ts';
import { RUNTIME } from '#test/aws/runtime.ts';
import { bareCloud } from '#test/local/cloud-rig.ts';
import { POLICY, startCloud } from './start-cloud.ts';

const HOSTS = Array.from({ length: 20_000 }, (_, index) => `i-${String(index).padStart(17, '0')}`);

/** A store that leaves undone what is beyond so many items for each attempt. */
async function storeThatTakes(itemsPerAttempt: number) {
  let left = 0;
  const cloud = bareCloud({ dynamo: { isLeftUndone: () => left-- <= 0 } });
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
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    left = itemsPerAttempt;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      return undefined;
    }
  };
  return { store, attempt };
}

it('is stored in several attempts, each of which goes on where the last one was cut off', async () => {
  const { store, attempt } = await storeThatTakes(15);
  const parsed = parsePolicy(POLICY, parseSettings({}));
  if (!parsed.ok) throw new Error('the policy is not one');
  const rollout = { rollout: 'shop-web-1', settings: parsed.policy };
  const found = { hosts: HOSTS, offline: 0, zoneOf: new Map<string, string>() };
  const plan = () => storePlan(store, rollout, found);

  const attempts = [await attempt(plan), await attempt(plan), await attempt(plan)];

  // 40 items of 500 hosts.
  expect(attempts.map((planned) => planned?.plan.hosts)).toEqual([undefined, undefined, 20_000]);
  expect((await readPlannedHosts(store, rollout.rollout)).flat()).toEqual(HOSTS);
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
