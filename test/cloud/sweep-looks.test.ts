/**
 * What the sweep looks at: also repositories that only a glob means and that no event announced, and none for
 * a policy that is gone. What befalls one of them is its own misfortune; and whatever else looks at the same
 * time, there is one rollout.
 */
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readTarget } from '#aws/rollout-store.ts';
import { ServiceError } from '#local/service-error.ts';
import type { ApiCall } from '#local/wire.ts';
import { operate, refuse } from './operator.ts';
import {
  POLICY,
  REPOSITORY,
  STACK,
  type Start,
  startCloud,
  type TestCloud,
} from './start-cloud.ts';

const { container: _, ...REST } = POLICY;
const GLOB = { ...REST, id: 'shop-all', image_pattern: 'shop/a*:*', staged_batches: [1] };
const API = 'shop/api';
const ADMIN = 'shop/admin';
const OLD = `sha256:${'0'.repeat(64)}`;

/** A policy for every repository under shop/ with an `a`; each host has a container of two of them. */
async function start(policy: Record<string, unknown> = {}, options: Start = {}) {
  const images: Record<string, string> = {};
  const test = await startCloud({
    hosts: 4,
    policies: [{ ...GLOB, ...policy }],
    host: () => ({ containers: { api: OLD, admin: OLD } }),
    ...options,
    prepare: (cloud) => {
      cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
      for (const name of [API, ADMIN, 'team/api']) {
        cloud.ecr.createRepository(name);
        images[name] = cloud.ecr.push(name, { tag: 'v1' });
      }
      options.prepare?.(cloud);
    },
  });
  return { test, api: images[API] ?? '', admin: images[ADMIN] ?? '' };
}

const targetOf = ({ store }: TestCloud, repository: string) =>
  readTarget(store, GLOB.id, repository);

async function sweep({ cloud }: TestCloud): Promise<void> {
  await cloud.invoke(`${STACK}-sweep`, {});
  await cloud.settle();
}

const callsOf = ({ cloud }: TestCloud, name: string) => cloud.apiCalls.get(name) ?? 0;
const asksFor = (repository: string) => (call: ApiCall) =>
  call.operation === 'DescribeImages' && call.input['repositoryName'] === repository;

/** The sweep's own lines: its errors, and what it counted at its end. */
function said({ cloud }: TestCloud) {
  const lines = cloud.logs
    .filter(({ functionName }) => functionName === `${STACK}-sweep`)
    .map(({ line }) => line);
  return {
    errors: lines.filter(({ level }) => level === 'ERROR').map(({ message }) => message),
    swept: lines.findLast(({ message }) => message === 'swept'),
    undone: lines.flatMap((line) => ('_aws' in line ? [line['SweepUndone']] : [])),
  };
}

describe('a repository that only a glob means', () => {
  it('is recorded when the sweep meets it first, and nothing starts', async () => {
    const { test, api, admin } = await start();

    await sweep(test);

    expect(await targetOf(test, API)).toMatchObject({ seen: { digest: api } });
    expect(await targetOf(test, ADMIN)).toMatchObject({ seen: { digest: admin } });
    expect(await targetOf(test, REPOSITORY)).toBeUndefined();
    expect(await test.rollouts()).toEqual([]);
    expect(said(test)).toMatchObject({ errors: [], swept: { looks: 2, undone: 0 }, undone: [] });
    expect(await test.watch.violations()).toEqual([]);
  });

  it('rolls out at once where the policy says so', async () => {
    const { test, api, admin } = await start({ on_create: 'rollout' });

    await sweep(test);

    expect((await test.rollouts()).map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(test.running('api')).toEqual({ [api]: 4 });
    expect(test.running('admin')).toEqual({ [admin]: 4 });
    expect(await test.watch.violations()).toEqual([]);
  });

  it('rolls out what came after it was met, though no event told', async () => {
    const { test } = await start();
    await sweep(test);
    const v2 = test.cloud.ecr.push(API, { tag: 'v2' });

    await sweep(test);

    expect(await test.newest()).toMatchObject({
      repository: API,
      status: 'completed',
      triggered_by: 'sweep',
    });
    expect(test.running('api')).toEqual({ [v2]: 4 });
    expect(await test.watch.violations()).toEqual([]);
  });

  it('is found under a name that looks like a registry', async () => {
    const { test } = await start({ image_pattern: 'g*/web:*' });
    test.cloud.ecr.createRepository('ghcr.io/web');
    const digest = test.cloud.ecr.push('ghcr.io/web', { tag: 'v1' });

    await sweep(test);

    expect((await targetOf(test, '/ghcr.io/web'))?.seen.digest).toBe(digest);
    expect(await test.watch.violations()).toEqual([]);
  });
});

describe('a policy that is gone', () => {
  async function remove({ store }: TestCloud, policy: string): Promise<void> {
    const Key = { policy, item: 'spec' };
    await store.client.send(new DeleteCommand({ TableName: store.policies, Key }));
  }

  it('asks for no look, and its target stays', async () => {
    const { test } = await start();
    await sweep(test);
    const before = await targetOf(test, API);
    await remove(test, GLOB.id);
    const listings = callsOf(test, 'ecr:DescribeImages');

    await sweep(test);

    expect(said(test).swept).toMatchObject({ looks: 0 });
    expect(callsOf(test, 'ecr:DescribeImages')).toBe(listings);
    expect(before).toBeDefined();
    expect(await targetOf(test, API)).toEqual(before);
  });

  it('has nothing asked of the registry by a look that the index still led to it', async () => {
    let isStale = false;
    const staleIndexReads = ({ pending }: { pending: number }) => (isStale ? pending : 0);
    const { test } = await start({}, { dynamo: { staleIndexReads } });
    await sweep(test);
    isStale = true;
    await remove(test, GLOB.id);
    const listings = callsOf(test, 'ecr:DescribeImages');
    const queue = test.cloud.sqs.queue(`${STACK}-images`);
    queue.send(JSON.stringify({ look: { repository: API, because: 'sweep' } }));

    await test.cloud.settle();

    expect(test.reasons()).toContain('every policy that wanted this repository is gone');
    expect(callsOf(test, 'ecr:DescribeImages')).toBe(listings);
  });

  it('leaves a rollout that has begun to its end, and the sweep frees its target', async () => {
    const { test } = await start();
    await sweep(test);
    const isFreeing = (call: ApiCall) =>
      call.caller?.functionName === `${STACK}-close-rollout` &&
      call.operation === 'PutItem' &&
      String(call.input['TableName']).endsWith('policies');
    const mend = refuse(test, isFreeing);
    const v2 = test.cloud.ecr.push(API, { tag: 'v2' });
    await sweep(test);
    await remove(test, GLOB.id);
    mend();
    const locked = await targetOf(test, API);

    await sweep(test);

    expect(locked?.active).toBeDefined();
    expect(await targetOf(test, API)).not.toHaveProperty('active');
    expect(test.running('api')).toEqual({ [v2]: 4 });
    expect(await test.watch.violations()).toEqual([]);
  });
});

describe('the misfortune of one', () => {
  it('a registry that throttles for one repository keeps the others from nothing', async () => {
    const { test, api, admin } = await start({ on_create: 'rollout' });
    const mend = refuse(test, asksFor(ADMIN));
    await test.cloud.invoke(`${STACK}-sweep`, {});
    await test.cloud.run({ untilMs: test.cloud.clock.nowMs() + 300_000 });
    const first = await test.rollouts();
    mend();

    await test.cloud.settle();

    expect(first.map(({ repository }) => repository)).toEqual([API]);
    expect(test.running('api')).toEqual({ [api]: 4 });
    expect(test.running('admin')).toEqual({ [admin]: 4 });
    expect(await test.watch.violations()).toEqual([]);
  });

  it('a registry that lists no repositories is named, and what policies name is looked at', async () => {
    const { test } = await start(
      {},
      { policies: [GLOB, { ...POLICY, image_pattern: 'team/api' }] },
    );
    const mend = refuse(test, ({ operation }) => operation === 'DescribeRepositories');

    await sweep(test);

    expect(said(test)).toMatchObject({
      errors: ['the sweep could not do its duty for the globs of policies'],
      swept: { looks: 1, undone: 1 },
      undone: [1],
    });
    expect(await readTarget(test.store, POLICY.id, 'team/api')).toBeDefined();
    mend();
    await sweep(test);
    expect(await targetOf(test, API)).toBeDefined();
    expect(await test.watch.violations()).toEqual([]);
  });

  it('ten looks that the queue does not take are named, and the others are sent', async () => {
    const { test } = await start(
      {},
      {
        prepare: ({ ecr }) => {
          for (let n = 10; n < 35; n += 1) {
            ecr.createRepository(`shop/app-${n}`);
            ecr.push(`shop/app-${n}`, { tag: 'v1' });
          }
        },
      },
    );
    const isHit = (call: ApiCall) => JSON.stringify(call.input).includes('shop/app-20');
    const error = new ServiceError('InternalError', 'try again later');
    test.cloud.wire.fault = (call) =>
      call.operation === 'SendMessageBatch' && isHit(call) ? { kind: 'refused', error } : undefined;

    await sweep(test);

    const { errors, swept } = said(test);
    expect(errors).toEqual([
      expect.stringMatching(/for a look at one of shop\/app-18, .*shop\/app-27$/),
    ]);
    expect(swept).toMatchObject({ looks: 27, undone: 1 });
    const met = await Promise.all([17, 18, 27, 28].map((n) => targetOf(test, `shop/app-${n}`)));
    expect(met.map((target) => target !== undefined)).toEqual([true, false, false, true]);
  });
});

describe('at the same time', () => {
  /** Each call of a lambda takes its own time, so that what runs at once is interleaved in many ways. */
  const latencies = (seed: number): Start => {
    let drawn = seed;
    return {
      seed,
      latencyMs: () => {
        drawn = (drawn * 48_271) % 2_147_483_647;
        return 1 + (drawn % 700);
      },
    };
  };
  const push = JSON.stringify({
    source: 'aws.ecr',
    'detail-type': 'ECR Image Action',
    account: '111122223333',
    region: 'eu-west-1',
    detail: {
      'action-type': 'PUSH',
      result: 'SUCCESS',
      'repository-name': REPOSITORY,
      'image-tag': 'v2',
    },
  });
  const look = JSON.stringify({ look: { repository: REPOSITORY, because: 'sweep' } });
  const recordOf = (body: string) => ({
    Records: [{ messageId: '1', body, attributes: { ApproximateReceiveCount: '1' } }],
  });

  async function startAt(seed: number) {
    const policies = [{ ...POLICY, staged_batches: [1] }];
    const test = await startCloud({ hosts: 2, policies, ...latencies(seed) });
    test.cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
    const v2 = test.push('v2');
    const sends = test.cloud.ssm.commands.length;
    /** What was made of v2; the policy may have met v1 by its push, and rolled it out. */
    const ofV2 = async () =>
      (await test.rollouts())
        .filter(({ image }) => image.digest === v2)
        .map(({ status }) => status);
    return { test, v2, ofV2, sends };
  }

  it.each([
    ['the event first', [push, look]],
    ['the sweep first', [look, push]],
    ['the event twice, the sweep between', [push, look, push]],
  ])('an event and a sweep start one rollout: %s', async (_name, bodies) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { test, v2, ofV2, sends } = await startAt(seed);
      const { clock, functions } = test.cloud;
      // Half a second apart, so that they decide at different seconds, and would make different rollouts.
      for (const [index, body] of bodies.entries()) {
        clock.schedule(clock.nowMs() + index * 500, () =>
          functions.invokeAsync(`${STACK}-consider-image`, recordOf(body)),
        );
      }

      await test.cloud.settle();

      expect(await ofV2()).toEqual(['completed']);
      expect(test.cloud.ssm.commands).toHaveLength(sends + 1);
      expect(test.running()).toEqual({ [v2]: 2 });
      expect(await test.watch.violations()).toEqual([]);
    }
  });

  it('two sweeps start one rollout, and what has begun is left alone by a third', async () => {
    const { test, v2, ofV2, sends } = await startAt(3);
    for (let n = 0; n < 2; n += 1) test.cloud.functions.invokeAsync(`${STACK}-sweep`, {});
    await operate(test).reachCommands(sends + 1);

    await test.cloud.invoke(`${STACK}-sweep`, {});
    await test.cloud.settle();

    expect(await ofV2()).toEqual(['completed']);
    expect(test.cloud.ssm.commands).toHaveLength(sends + 1);
    expect(test.running()).toEqual({ [v2]: 2 });
    expect(await test.watch.violations()).toEqual([]);
  });
});
