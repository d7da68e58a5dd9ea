/**
 * A policy whose file is gone goes with the next deployment, and what it leaves behind starts nothing. While
 * a rollout of it is under way the deployment is refused as a whole. What the API made is left alone.
 */
import { describe, expect, it } from 'vitest';
import { putItem } from '#aws/store.ts';
import type { ApiCall } from '#local/wire.ts';
import { deploy, specOf, storeElsewhere } from './deploy.ts';
import { operate, refuse } from './operator.ts';
import {
  POLICY,
  REPOSITORY,
  STACK,
  type Start,
  startCloud,
  type TestCloud,
} from './start-cloud.ts';

const WEB = { ...POLICY, staged_batches: [0.5, 1] };
const API = { ...WEB, id: 'shop-api', image_pattern: 'shop/api:*', container: 'api' };
const DOCS = { ...WEB, id: 'shop-docs', image_pattern: 'shop/docs:*', container: 'docs' };

function start(options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [WEB, API], ...options });
}

async function sweep({ cloud }: TestCloud): Promise<unknown> {
  const swept = await cloud.invoke(`${STACK}-sweep`, {});
  await cloud.settle();
  return swept;
}

const isBy = (call: ApiCall, lambda: string) => call.caller?.functionName === `${STACK}-${lambda}`;
const isOn = (call: ApiCall, table: string) => String(call.input['TableName']).endsWith(table);

describe('a policy whose file is gone', () => {
  it('is removed, and neither a push nor the sweep starts anything for it', async () => {
    const test = await start();
    const { cloud, roll, rollouts, target, reasons, watch } = test;
    await roll('v2');
    const before = await target();

    await deploy(test, [API]);
    await roll('v3');
    const swept = await sweep(test);

    expect(await specOf(test, WEB.id)).toBeUndefined();
    expect(await specOf(test, API.id)).toMatchObject({ document: API });
    expect(await target()).toEqual(before);
    expect(reasons('no policy wants this repository')).toHaveLength(1);
    expect(swept).toMatchObject({ looks: 1 });
    expect(await rollouts()).toHaveLength(1);
    expect(cloud.logs.filter(({ line }) => line['level'] === 'ERROR')).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('starts nothing where the index still proposes it', async () => {
    let held = 0;
    const test = await start({ dynamo: { staleIndexReads: () => held } });
    const { cloud, roll, rollouts, running, reasons, v1, watch } = test;

    await deploy(test, [API]);
    held = 1;
    await roll('v2');

    expect(await rollouts()).toEqual([]);
    expect(reasons('no policy wants this repository')).toEqual([]);
    expect(cloud.logs.filter(({ line }) => line['level'] === 'ERROR')).toEqual([]);
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('comes back with all that its target remembers', async () => {
    const test = await start();
    const { cloud, roll, rollouts, target, running, reasons, watch } = test;
    const v2 = await roll('v2', true);
    const { denied, generation } = await target();

    await deploy(test, [API]);
    await deploy(test, [WEB, API]);
    cloud.ecr.push(REPOSITORY, { tag: 'v2-again', digest: v2 });
    await cloud.settle();
    const last = reasons('image considered').at(-1);
    const v3 = await roll('v3');

    expect(denied).toHaveLength(1);
    expect(last).toMatch(/denied/);
    const [, second, ...others] = await rollouts();
    expect(others).toEqual([]);
    expect(second).toMatchObject({ status: 'completed', number: 2, image: { digest: v3 } });
    expect(second?.generation).toBeGreaterThan(generation);
    expect((await target()).denied).toEqual(denied);
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('rolls out what was pushed meanwhile when it comes back', async () => {
    const test = await start();
    const { cloud, roll, rollouts, running, watch } = test;
    await roll('v2');
    await deploy(test, [API]);
    const v3 = await roll('v3');
    const meanwhile = (await rollouts()).length;

    await deploy(test, [WEB, API]);
    await cloud.settle();

    expect(meanwhile).toBe(1);
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is still the owner to the hosts that it updated: another id is refused by them', async () => {
    const test = await start();
    const { cloud, roll, running, newest, hostRecords, watch } = test;
    const v2 = await roll('v2');
    await deploy(test, [{ ...WEB, id: 'renamed' }, API]);
    await cloud.settle();

    await roll('v3');

    const rollout = await newest();
    expect(rollout).toMatchObject({ policy: 'renamed', status: 'held' });
    expect((await hostRecords(rollout))[0]?.error).toMatch(/foreign_owner: Longshore\/shop-web/);
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is removed although its target still names a rollout that has ended', async () => {
    const test = await start();
    const isFreeing = (call: ApiCall) =>
      isBy(call, 'close-rollout') && call.operation === 'PutItem' && isOn(call, 'policies');
    const mend = refuse(test, isFreeing);
    await test.roll('v2');
    mend();

    await deploy(test, [API]);

    expect((await test.target()).active).toBeDefined();
    expect(await specOf(test, WEB.id)).toBeUndefined();
    await sweep(test);
    expect((await test.target()).active).toBeUndefined();
  });

  it('goes with all others where no file is left', async () => {
    const test = await start();

    await deploy(test, []);

    expect([await specOf(test, WEB.id), await specOf(test, API.id)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('a deployment is refused, and writes nothing', () => {
  type Reach = (test: TestCloud) => Promise<unknown>;
  const OPEN: [status: string, policy: Record<string, unknown>, reach: Reach][] = [
    ['in_progress', WEB, (test) => operate(test).reach('Wait for next batch')],
    ['awaiting_approval', { ...WEB, update_strategy: 'manual' }, ({ cloud }) => cloud.settle()],
    ['paused', WEB, pause],
    [
      'awaiting_window',
      {
        ...WEB,
        maintenance_window_start: '02:00',
        maintenance_window_end: '05:00',
        maintenance_window_zone: 'UTC',
      },
      (test) => operate(test).reach('Wait for window'),
    ],
  ];

  async function pause(test: TestCloud): Promise<void> {
    await operate(test).reach('Wait for next batch');
    await operate(test).stop(await test.newest());
    await test.cloud.settle();
  }

  it.each(OPEN)('while a rollout is %s whose policy has no file', async (status, policy, reach) => {
    const test = await start({ policies: [policy, API] });
    test.push('v2');
    await reach(test);
    const before = test.cloud.dynamo.dump();
    const { rollout } = await test.newest();

    const deployed = deploy(test, [{ ...API, max_hosts: 7 }, DOCS]);

    await expect(deployed).rejects.toThrow(
      `shop-web: its file is gone, but shop-web #1 (${rollout}) is ${status}; wait for its end, or end it, then deploy again; or put the file back`,
    );
    expect(test.cloud.dynamo.dump()).toEqual(before);
  });

  it('while a rollout was decided, and its record is still to be made', async () => {
    const test = await start();
    const isRecord = (call: ApiCall) =>
      isBy(call, 'consider-image') && call.operation === 'PutItem' && isOn(call, 'rollouts');
    const mend = refuse(test, isRecord);
    await test.roll('v2');
    mend();

    await expect(deploy(test, [API])).rejects.toThrow(/shop-web #1 .* is pending/);
    expect(await test.rollouts()).toEqual([]);
    expect(await specOf(test, WEB.id)).toBeDefined();
  });

  it('once, and goes through when the rollout has ended', async () => {
    const test = await start();
    test.push('v2');
    await operate(test).reachCommands(1);
    await expect(deploy(test, [API])).rejects.toThrow(/is in_progress/);
    await test.cloud.settle();

    await deploy(test, [API]);

    expect((await test.newest()).status).toBe('completed');
    expect(await specOf(test, WEB.id)).toBeUndefined();
  });

  it('where nobody can say whether a rollout is under way', async () => {
    const test = await start();
    const { store } = test;
    await putItem(store, store.policies, {
      policy: WEB.id,
      item: `target#${REPOSITORY}`,
      version: 'one',
    });

    await expect(deploy(test, [API])).rejects.toThrow(
      /shop-web: its file is gone, but nobody can say .* target#shop\/web of shop-web cannot be read: /,
    );
    expect(await specOf(test, WEB.id)).toBeDefined();
  });

  it('where the API made a policy of the same id, or one that claims the same, both named', async () => {
    const test = await start();
    await storeElsewhere(test, DOCS);
    await storeElsewhere(test, {
      ...API,
      id: 'by-hand',
      image_pattern: 'team/up:*',
      container: 'up',
    });
    const before = test.cloud.dynamo.dump();
    const rival = { ...API, id: 'shop-up', image_pattern: 'shop/up:*', container: undefined };

    const deployed = deploy(test, [{ ...WEB, max_hosts: 9 }, { ...DOCS, max_hosts: 9 }, rival]);

    await expect(deployed).rejects.toThrow(
      /nothing was written:.*shop-docs: a policy of this id was made elsewhere.*shop-up: claims the container up on hosts that by-hand may claim too/,
    );
    expect(test.cloud.dynamo.dump()).toEqual(before);
  });
});

describe('a policy that the API made', () => {
  it('is left alone by deployments with other files, with none, and by two of them that clash', async () => {
    const test = await start();
    await storeElsewhere(test, DOCS);
    await storeElsewhere(test, { ...DOCS, id: 'rival' });
    const stored = [await specOf(test, 'shop-docs'), await specOf(test, 'rival')];

    await deploy(test, [WEB]);
    await deploy(test, []);

    expect([await specOf(test, 'shop-docs'), await specOf(test, 'rival')]).toEqual(stored);
  });

  it('that cannot be used is named, and claims nothing', async () => {
    const test = await start();
    const { store } = test;
    await storeElsewhere(test, DOCS);
    const item = await specOf(test, DOCS.id);
    const document = { ...DOCS, batches: 3 };
    await putItem(store, store.policies, { ...item, policy: 'poison', document });
    await putItem(store, store.policies, { policy: 'worse', item: 'spec', version: 'one' });

    await deploy(test, [WEB, { ...DOCS, id: 'docs', fleet_id: 'elsewhere' }]);

    const named = test.cloud.logs.filter(
      ({ line }) => line['message'] === 'the policy cannot be used',
    );
    expect(named.map(({ line }) => line['policy'])).toEqual(['poison', 'worse']);
    expect(await specOf(test, 'poison')).toBeDefined();
    expect(await specOf(test, 'worse')).toBeDefined();
  });
});

/** The removal has been decided, and comes in half a minute. */
async function startRemoval(test: TestCloud): Promise<void> {
  test.cloud.functions.fault = ({ functionName }) =>
    functionName === `${STACK}-apply-policies`
      ? { kind: 'zombie', call: 3, resumeAfterMs: 30_000 }
      : undefined;
  await expect(deploy(test, [API])).rejects.toThrow();
  expect(await specOf(test, WEB.id)).toBeDefined();
}

it('removes what it has read, and nothing that another wrote meanwhile', async () => {
  const test = await start();
  const { cloud, store } = test;
  await startRemoval(test);
  const item = await specOf(test, WEB.id);
  await putItem(store, store.policies, { ...item, source: 'api', version: 2 });

  await cloud.settle();

  expect(await specOf(test, WEB.id)).toMatchObject({ source: 'api', version: 2 });
});

describe('a rollout that begins while its policy is removed', () => {
  it('goes on by the settings that it froze, once it was planned', async () => {
    const test = await start();
    const { cloud, newest, push, running, watch } = test;
    await startRemoval(test);
    const v2 = push('v2');
    await operate(test).reachCommands(1);
    const early = await specOf(test, WEB.id);

    await cloud.settle();

    expect(early).toBeDefined();
    expect(await specOf(test, WEB.id)).toBeUndefined();
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('fails where it was not planned by then: no host hears of it', async () => {
    const test = await start();
    const { cloud, newest, push, running, target, v1, watch } = test;
    await startRemoval(test);
    const removing = cloud.functions.fault;
    const busyUntilMs = cloud.clock.nowMs() + 40_000;
    cloud.functions.fault = (request) =>
      request.functionName === `${STACK}-plan-rollout` && cloud.clock.nowMs() < busyUntilMs
        ? { kind: 'refused', errorName: 'Lambda.TooManyRequestsException' }
        : removing?.(request);
    push('v2');

    await cloud.settle();

    expect(await newest()).toMatchObject({
      status: 'failed',
      error_message: 'policy shop-web is gone: what it began, and no host has heard of, ends here',
    });
    expect(cloud.ssm.commands).toEqual([]);
    expect(running()).toEqual({ [v1]: 4 });
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });
});
