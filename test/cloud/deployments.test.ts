/**
 * A deployment may die at any of its calls, come twice, or be taken back by CloudFormation: called again,
 * it ends where it would have ended, and every repository gets its look.
 */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { putItem } from '#aws/store.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { deploy, specOf } from './deploy.ts';
import { POLICY, REPOSITORY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const WEB = { ...POLICY, staged_batches: [1] };
const API = { ...WEB, id: 'shop-api', image_pattern: 'shop/api:*', container: 'api' };
const DOCS = { ...WEB, id: 'shop-docs', image_pattern: 'shop/docs:*', container: 'docs' };

/** One is changed, one removed, one new. */
const BEFORE = [WEB, API];
const AFTER = [{ ...WEB, max_hosts: 7 }, DOCS];
const REPOSITORIES = { before: ['shop/api', 'shop/web'], after: ['shop/docs', 'shop/web'] };

/** Each call takes its time, so that a zombie and its retry mingle. */
function start(): Promise<TestCloud> {
  return startCloud({ hosts: 1, policies: BEFORE, latencyMs: () => 10 });
}

/** The policies as they are stored, but for the instants of their writes. */
function specs({ cloud }: TestCloud): unknown[] {
  const Spec = z.object({ item: z.literal('spec'), policy: z.string() }).loose();
  return Object.values(cloud.dynamo.dump())
    .flat()
    .flatMap((item) => Spec.safeParse(item).data ?? [])
    .map((item) => ({ ...item, updated_at_ms: 0 }))
    .toSorted((one, other) => (one.policy < other.policy ? -1 : 1));
}

const Looks = z.object({ Entries: z.array(z.object({ MessageBody: z.string() })) });
const Look = z.object({ look: z.object({ repository: z.string() }) });

/** The repositories that deployments have sent looks at from now on. */
function watchLooks({ cloud }: TestCloud): () => string[] {
  const seen = new Set<string>();
  const before = cloud.wire.onCall;
  cloud.wire.onCall = (call, outcome) => {
    before?.(call, outcome);
    if (call.caller?.functionName !== `${STACK}-apply-policies`) return;
    for (const { MessageBody } of Looks.safeParse(call.input).data?.Entries ?? []) {
      seen.add(Look.parse(JSON.parse(MessageBody)).look.repository);
    }
  };
  return () => [...seen].toSorted();
}

/** Deploys with a fault in it, which its caller sees as an error. */
async function deployAndDie(test: TestCloud, fault: InvocationFault): Promise<void> {
  test.cloud.functions.fault = () => fault;
  await expect(deploy(test, AFTER)).rejects.toThrow();
  test.cloud.functions.fault = undefined;
}

/** Reads of specs, targets; a removal; two writes; looks. */
const CALLS = 6;
const DEATHS = Array.from({ length: CALLS }, (_, index) => index + 1).flatMap(
  (call): InvocationFault[] => [
    { kind: 'die_before', call },
    { kind: 'die_after', call },
  ],
);
const ZOMBIES = Array.from({ length: CALLS }, (_, index) => index + 1).flatMap(
  (call): InvocationFault[] => [
    { kind: 'zombie', call, resumeAfterMs: 15 },
    { kind: 'zombie', call, resumeAfterMs: 35 },
    { kind: 'zombie', call, resumeAfterMs: 20_000 },
  ],
);

describe('a deployment', () => {
  it('makes these calls, and none twice', async () => {
    const test = await start();
    const calls: string[] = [];
    const before = test.cloud.wire.onCall;
    test.cloud.wire.onCall = (call, outcome) => {
      before?.(call, outcome);
      if (call.caller?.functionName === `${STACK}-apply-policies`) calls.push(call.operation);
    };

    await deploy(test, AFTER);

    expect(calls).toEqual([
      'Scan',
      'Query',
      'DeleteItem',
      'PutItem',
      'PutItem',
      'SendMessageBatch',
    ]);
    expect(calls).toHaveLength(CALLS);
    expect(await test.watch.violations()).toEqual([]);
  });

  it.each([...DEATHS, ...ZOMBIES])(
    'that dies is finished when it is called again: %j',
    async (fault) => {
      const whole = await start();
      await deploy(whole, AFTER);
      const test = await start();
      await deployAndDie(test, fault);
      const looks = watchLooks(test);

      await deploy(test, AFTER);
      await test.cloud.settle();

      expect(specs(test)).toEqual(specs(whole));
      expect(looks()).toEqual(REPOSITORIES.after);
      expect(await test.watch.violations()).toEqual([]);
    },
  );

  it.each(DEATHS)('that dies is taken back by the documents before it: %j', async (fault) => {
    const test = await start();
    const before = specs(test);
    await deployAndDie(test, fault);
    const looks = watchLooks(test);

    await deploy(test, BEFORE);
    await test.cloud.settle();

    const versionless = (items: unknown[]) =>
      items.map((item) => ({ ...Object(item), version: 0 }));
    expect(versionless(specs(test))).toEqual(versionless(before));
    expect(looks()).toEqual(REPOSITORIES.before);
  });

  it('that was refused is taken back by the documents before it', async () => {
    const test = await start();
    const before = specs(test);
    await expect(deploy(test, [...AFTER, { ...DOCS, id: 'rival' }])).rejects.toThrow(
      /rival: claims/,
    );

    await deploy(test, BEFORE);

    expect(specs(test)).toEqual(before);
  });

  it('of the same documents writes nothing, and looks again', async () => {
    const test = await start();
    const before = test.cloud.dynamo.dump();
    const looks = watchLooks(test);

    await deploy(test, BEFORE);

    expect(test.cloud.dynamo.dump()).toEqual(before);
    expect(looks()).toEqual(REPOSITORIES.before);
  });

  it.each(['Create', 'Update'] as const)(
    'writes anew what an earlier release stored by other keys: %s',
    async (request) => {
      const test = await start();
      const { store } = test;
      const { container_key, ...item } = (await specOf(test, WEB.id)) ?? {};
      await putItem(store, store.policies, {
        ...item,
        repository_key: '*',
        repository_prefix: '/s',
      });

      await deploy(test, BEFORE, request);

      expect(await specOf(test, WEB.id)).toMatchObject({
        version: 2,
        container_key: '=web',
        repository_key: `=${REPOSITORY}`,
        repository_prefix: `/${REPOSITORY}`,
      });
      expect(container_key).toBe('=web');
      expect(await specOf(test, API.id)).toMatchObject({ version: 1 });
    },
  );

  it('of a stack that goes keeps what is stored, and looks at nothing', async () => {
    const test = await start();
    const before = test.cloud.dynamo.dump();
    const looks = watchLooks(test);

    await deploy(test, BEFORE, 'Delete');

    expect(test.cloud.dynamo.dump()).toEqual(before);
    expect(looks()).toEqual([]);
  });

  it('of a stack over the tables of an earlier one removes what that one left', async () => {
    const test = await start();
    await deploy(test, BEFORE, 'Delete');

    await deploy(test, AFTER, 'Create');

    expect(await specOf(test, API.id)).toBeUndefined();
    expect(await specOf(test, DOCS.id)).toBeDefined();
  });
});
