/**
 * Two policies that could claim the same container of a host never both change it: who has come in by
 * another way than a deployment is found when a rollout is planned, before any host is touched.
 */
import { describe, expect, it } from 'vitest';
import { deleteVersioned, putItem, putItems } from '#aws/store.ts';
import { madeElsewhere, specOf, storeElsewhere } from './deploy.ts';
import {
  POLICY,
  REPOSITORY,
  STACK,
  type Start,
  startCloud,
  type TestCloud,
} from './start-cloud.ts';

const WEB = { ...POLICY, staged_batches: [1] };
/** Of another repository, which nobody pushes to. */
const RIVAL = { ...WEB, id: 'by-hand', image_pattern: 'team/web:*' };
const CLAIM = (rival: string) =>
  `shop-web claims the container web on hosts that ${rival} may claim too; give one of them another fleet_id, a device tag with another value, or another container`;

function start(options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [WEB], ...options });
}

describe('a rollout whose container another policy may claim', () => {
  it.each([
    ['under the same name', RIVAL],
    ['named after its repository', { ...RIVAL, container: undefined }],
    [
      'named after one of many repositories',
      { ...RIVAL, image_pattern: 'team/*:*', container: undefined },
    ],
    ['on hosts of any fleet', { ...RIVAL, fleet_id: undefined, all_hosts: true }],
  ])('is refused before a host is touched, with both names: %s', async (_, rival) => {
    const test = await start();
    const { cloud, roll, newest, running, target, v1, watch } = test;
    await storeElsewhere(test, JSON.parse(JSON.stringify(rival)));

    await roll('v2');

    const { status, error_message, log } = await newest();
    expect({ status, error_message }).toEqual({
      status: 'failed',
      error_message: CLAIM('by-hand'),
    });
    expect(log.at(-1)?.why).toBe(CLAIM('by-hand'));
    expect(cloud.ssm.commands).toEqual([]);
    expect(running()).toEqual({ [v1]: 4 });
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });

  it('is refused on both sides where one push concerns both', async () => {
    const test = await start();
    const { cloud, roll, rollouts, watch } = test;
    await storeElsewhere(test, { ...WEB, id: 'twin' });

    await roll('v2');

    expect(
      (await rollouts()).map(({ policy, status }) => `${policy} ${status}`).toSorted(),
    ).toEqual(['shop-web failed', 'twin failed']);
    expect(cloud.ssm.commands).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('goes through when that one is gone: what is removed claims nothing', async () => {
    const test = await start();
    const { store, roll, newest, running, watch } = test;
    await storeElsewhere(test, RIVAL);
    await roll('v2');
    const refused = await newest();
    await deleteVersioned(store, store.policies, { policy: RIVAL.id, item: 'spec' }, 1);

    const v3 = await roll('v3');

    expect(refused.status).toBe('failed');
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('goes through where only the index still knows that one', async () => {
    let held = 0;
    const test = await start({ dynamo: { staleIndexReads: () => held } });
    const { store, roll, newest, watch } = test;
    await storeElsewhere(test, RIVAL);
    await test.cloud.invoke(`${STACK}-sweep`, {});
    await test.cloud.settle();
    await deleteVersioned(store, store.policies, { policy: RIVAL.id, item: 'spec' }, 1);
    held = 1;

    await roll('v2');

    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a rollout goes through where another policy', () => {
  it.each([
    ['has other hosts', { ...RIVAL, fleet_id: 'staging' }],
    ['has other hosts by a tag', { ...RIVAL, device_tags: ['role:batch'] }],
    ['has another container', { ...RIVAL, container: 'api' }],
  ])('%s', async (_, rival) => {
    const test = await start({
      policies: [{ ...WEB, device_tags: ['role:web'] }],
      host: () => ({
        tags: { 'longshore:enabled': 'true', 'longshore:fleet': 'production', role: 'web' },
      }),
    });
    await storeElsewhere(test, rival);

    await test.roll('v2');

    expect((await test.newest()).status).toBe('completed');
    expect(await test.watch.violations()).toEqual([]);
  });

  it('cannot be used: it is named, and passed over', async () => {
    const test = await start();
    const { store, cloud, roll, newest, watch } = test;
    const item = madeElsewhere(RIVAL);
    const document = { ...RIVAL, batches: 3 };
    await putItem(store, store.policies, { ...item, version: 1, policy: 'poison', document });
    await putItem(store, store.policies, { ...item, version: 'one', policy: 'worse' });

    await roll('v2');

    const named = cloud.logs.filter(({ line }) => line['message'] === 'the policy cannot be used');
    expect(named.map(({ line }) => [line['policy'], line['reason']])).toEqual([
      ['poison', expect.stringMatching(/batches/)],
      ['worse', expect.stringMatching(/worse cannot be read: version/)],
    ]);
    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });
});

describe('the calls of planning', () => {
  const MANY = 10_000;

  /** All that "Plan rollout" called for one rollout, by name. */
  async function plannedCalls(documents: readonly Record<string, unknown>[]) {
    const test = await start();
    const { cloud, store } = test;
    const template = madeElsewhere(RIVAL);
    const items = documents.map((document) => ({
      ...template,
      version: 1,
      policy: document['id'],
      container_key: document['container'] === undefined ? '*' : `=${document['container']}`,
      repository_key: `=${document['image_pattern']}`,
      document,
    }));
    await putItems(store, store.policies, items);
    const calls: Record<string, number> = {};
    const before = cloud.wire.onCall;
    cloud.wire.onCall = (call, outcome) => {
      before?.(call, outcome);
      if (call.caller?.functionName !== `${STACK}-plan-rollout`) return;
      const name = `${call.operation} ${String(call.input['IndexName'] ?? '')}`.trim();
      calls[name] = (calls[name] ?? 0) + 1;
    };
    await test.roll('v2');
    expect((await test.newest()).status).toBe('completed');
    return calls;
  }

  const each = (fields: (n: number) => Record<string, unknown>) =>
    Array.from({ length: MANY }, (_, n) => ({ ...RIVAL, id: `p-${n}`, ...fields(n) }));

  it('are the same beside 10,000 policies, and two Queries find who may claim the same', async () => {
    const alone = await plannedCalls([]);

    const beside = await plannedCalls(
      each((n) => ({ image_pattern: `team/app-${n}:*`, container: `app-${n}` })),
    );

    expect(alone).toMatchObject({ 'Query byContainer': 2, BatchGetItem: 1 });
    expect(beside).toEqual(alone);
  });

  it('grow with pages of the index alone where all share a container on fleets of their own', async () => {
    const alone = await plannedCalls([]);

    const beside = await plannedCalls(each((n) => ({ fleet_id: `tenant-${n}` })));

    const { 'Query byContainer': pages, ...others } = beside;
    expect(others).toEqual({ ...alone, 'Query byContainer': undefined });
    expect(pages).toBeLessThan(12);
  });
});

it('keeps both keys of a policy in the index, whoever wrote it', async () => {
  const test = await start();

  expect(await specOf(test, WEB.id)).toMatchObject({
    container_key: '=web',
    repository_key: `=${REPOSITORY}`,
  });
});
