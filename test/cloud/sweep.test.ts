/**
 * What no event announced, and what died between two writes, is found by asking: every 15 minutes, one item
 * at a time, so that an item that cannot be read is its own misfortune.
 */
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { writeRollout } from '#aws/rollout-store.ts';
import { type Item, putItem } from '#aws/store.ts';
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

const SMALL = { ...POLICY, staged_batches: [0.5, 1] };

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [{ ...SMALL, ...policy }], ...options });
}

async function sweep({ cloud }: TestCloud): Promise<void> {
  await cloud.invoke(`${STACK}-sweep`, {});
  await cloud.settle();
}

const isBy = (call: ApiCall, lambda: string) => call.caller?.functionName === `${STACK}-${lambda}`;
const isOn = (call: ApiCall, table: string) => String(call.input['TableName']).endsWith(table);

function errors({ cloud }: TestCloud): string[] {
  return cloud.logs
    .filter(
      ({ line, functionName }) => line['level'] === 'ERROR' && functionName === `${STACK}-sweep`,
    )
    .map(({ line }) => String(line['message']));
}

describe('the sweep', () => {
  it('runs by itself, and finds a push that no event announced', async () => {
    const test = await start();
    const { cloud, push, newest, running, watch } = test;
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
    const v2 = push('v2');

    await cloud.run({ untilMs: cloud.clock.nowMs() + 45 * 60_000 });

    expect(await newest()).toMatchObject({ status: 'completed', triggered_by: 'sweep' });
    expect(running()).toEqual({ [v2]: 4 });
    expect(cloud.functions.invocations(`${STACK}-sweep`)).toBeGreaterThan(1);
    expect(await watch.violations()).toEqual([]);
  });

  it('ends a hold whose decision was written by somebody who then died', async () => {
    const test = await start({ on_threshold: 'hold' });
    const { roll, newest, watch } = test;
    await roll('v2', true);
    expect((await newest()).status).toBe('held');
    await operate(test).write({ action: 'cancel' });

    await sweep(test);

    expect((await newest()).status).toBe('cancelled');
    expect(await watch.violations()).toEqual([]);
  });

  it('ends a wait for an approval that was written by somebody who then died', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { roll, newest, watch } = test;
    await roll('v2');
    const { plan_hash = '' } = await newest();
    await operate(test).write({ action: 'approve', plan_hash });

    await sweep(test);

    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });

  it('changes nothing where there is nothing to do', async () => {
    const test = await start();
    const { cloud, roll, watch } = test;
    await roll('v2');
    const before = cloud.dynamo.dump();

    await sweep(test);
    await sweep(test);

    expect(cloud.dynamo.dump()).toEqual(before);
    expect(errors(test)).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });

  it('leaves a rollout that runs, is held or is paused as it is', async () => {
    const test = await start({ on_threshold: 'hold' });
    const { cloud, roll, newest, watch } = test;
    const operator = operate(test);
    await roll('v2', true);
    const held = await newest();
    await sweep(test);
    const stillHeld = await newest();
    await operator.stop(held);
    await cloud.settle();
    const paused = await newest();

    await sweep(test);

    expect(stillHeld).toEqual(held);
    expect(await newest()).toEqual(paused);
    expect(cloud.ssm.commands).toHaveLength(1);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a rollout that was decided, but never begun', () => {
  const STEPS: [string, (call: ApiCall) => boolean][] = [
    ['its record', (call) => call.operation === 'PutItem' && isOn(call, 'rollouts')],
    ['its execution', (call) => call.operation === 'StartExecution'],
  ];

  it.each(STEPS)('gets %s from the sweep', async (_, isMissing) => {
    const test = await start();
    const { cloud, roll, target, newest, rollouts, running, watch } = test;
    const mend = refuse(test, (call) => isBy(call, 'consider-image') && isMissing(call));
    const v2 = await roll('v2');
    const decided = await target();
    const sends = cloud.ssm.commands.length;
    mend();

    await sweep(test);

    expect(decided.active?.image.digest).toBe(v2);
    expect(sends).toBe(0);
    expect(cloud.sqs.find(`${STACK}-failed-images`)?.messages).toHaveLength(1);
    expect(await rollouts()).toHaveLength(1);
    expect(await newest()).toMatchObject({ status: 'completed', triggered_by: 'ecr', run: 1 });
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('does not stay behind when the one that it takes over from was not ended', async () => {
    const test = await start();
    const { cloud, push, rollouts, running, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Wait for next batch');
    const mend = refuse(
      test,
      (call) =>
        isBy(call, 'consider-image') && call.operation === 'PutItem' && isOn(call, 'rollouts'),
    );
    const v3 = push('v3');
    await cloud.settle();
    mend();

    await sweep(test);

    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an execution that ended before its rollout', () => {
  /** A rollout that is held, and whose execution somebody let end. */
  async function startHeldWithoutExecution() {
    const test = await start({ on_threshold: 'hold' });
    const { cloud, roll, newest } = test;
    const v2 = await roll('v2', true);
    const { token } = await newest();
    const output = JSON.stringify({ verdict: 'replaced' });
    await new SFNClient(cloud.clientConfig()).send(
      new SendTaskSuccessCommand({ taskToken: token, output }),
    );
    await cloud.settle();
    cloud.fleet.images.set(v2, {});
    return { test, v2 };
  }

  it('is followed by another run, which waits where the first one did', async () => {
    const { test, v2 } = await startHeldWithoutExecution();
    const { newest, running, watch } = test;
    const operator = operate(test);

    await sweep(test);

    const again = await newest();
    expect(again).toMatchObject({ status: 'held', run: 2 });
    await operator.decide({ action: 'retry_failed' });
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is followed by another run also when the sweep died before it started it', async () => {
    const { test, v2 } = await startHeldWithoutExecution();
    const { newest, running, watch } = test;
    const operator = operate(test);
    const mend = refuse(test, (call) => call.operation === 'StartExecution');
    await sweep(test);
    const named = await newest();
    mend();

    await sweep(test);

    expect(named.run).toBe(2);
    await operator.decide({ action: 'retry_failed' });
    expect(await newest()).toMatchObject({ status: 'completed', run: 2 });
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a target whose rollout has ended', () => {
  async function startWithLockedTarget() {
    const test = await start();
    const isFreeing = (call: ApiCall) =>
      isBy(call, 'close-rollout') && call.operation === 'PutItem' && isOn(call, 'policies');
    const mend = refuse(test, isFreeing);
    const v2 = await test.roll('v2');
    const locked = await test.target();
    mend();
    return { test, v2, locked };
  }

  it('is freed by the sweep', async () => {
    const { test, v2, locked } = await startWithLockedTarget();
    const { newest, target, watch } = test;

    await sweep(test);

    expect((await newest()).status).toBe('completed');
    expect(locked.active).toBeDefined();
    const { active, desired } = await target();
    expect({ active, desired: desired.digest }).toEqual({ active: undefined, desired: v2 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is no obstacle to the next push', async () => {
    const { test } = await startWithLockedTarget();
    const { roll, rollouts, running, target, watch } = test;

    const v3 = await roll('v3');

    const [, next] = await rollouts();
    expect(next).toMatchObject({ status: 'completed', image: { digest: v3 } });
    expect(next?.supersedes).toBeUndefined();
    expect(running()).toEqual({ [v3]: 4 });
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a wait that is long over', () => {
  it('is named', async () => {
    const test = await start();
    const { cloud, store, push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Wait for next batch');
    const rollout = await newest();
    await writeRollout(store, {
      ...rollout,
      waits_until_ms: cloud.clock.nowMs() - 15 * 60_000 - 1,
    });

    await sweep(test);

    const named = cloud.logs.find(({ line }) => line['message'] === 'the rollout is overdue');
    expect(named?.line).toMatchObject({ level: 'ERROR', rollout: rollout.rollout });
    expect(await watch.violations()).toEqual([]);
  });

  it('is none of a rollout that a person has stopped', async () => {
    const test = await start();
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reach('Wait for next batch');
    await operator.stop(await newest());
    await cloud.run({ untilMs: cloud.clock.nowMs() + 3_600_000 });

    await sweep(test);

    expect((await newest()).status).toBe('paused');
    expect(errors(test)).toEqual([]);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an item that cannot be read', () => {
  const POISON: { what: string; table: 'policies' | 'rollouts'; item: Item; named: RegExp }[] = [
    {
      what: 'a policy without a document',
      table: 'policies',
      item: { policy: 'a-poison', item: 'spec', version: 1 },
      named: /for a-poison spec$/,
    },
    {
      what: 'a policy whose pattern is none',
      table: 'policies',
      item: { policy: 'a-poison', item: 'spec', document: { image_pattern: '::' } },
      named: /for a-poison spec$/,
    },
    {
      what: 'a target',
      table: 'policies',
      item: { policy: 'a-poison', item: 'target#shop/web', version: 'one' },
      named: /for a-poison target#shop\/web$/,
    },
    {
      what: 'a rollout',
      table: 'rollouts',
      item: { rollout: 'a-poison-000000-g1', item: 'meta', status: 'pending', started_at_ms: 1 },
      named: /for a-poison-000000-g1$/,
    },
  ];

  it.each(POISON)('is named, and stops nothing else: $what', async ({ table, item, named }) => {
    const test = await start();
    const { cloud, store, roll, newest, running, watch } = test;
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
    const v2 = await roll('v2');
    await putItem(store, store[table], item);

    await sweep(test);

    expect(errors(test)).toEqual([expect.stringMatching(named)]);
    expect(running()).toEqual({ [v2]: 4 });
    if (table === 'policies') {
      expect((await newest()).status).toBe('completed');
      expect(await watch.violations()).toEqual([]);
    }
  });

  it('asks nothing of a repository that is not there, and says so', async () => {
    const policy = { ...SMALL, id: 'shop-api', image_pattern: 'shop/api:*', container: 'api' };
    const test = await startCloud({ hosts: 4, policies: [SMALL, policy] });
    const { cloud, roll, newest, watch } = test;
    cloud.events.disturb = ({ source }) => (source === 'aws.ecr' ? [] : [0]);
    await roll('v2');

    await sweep(test);

    const named = cloud.logs.findLast(
      ({ line }) => line['message'] === 'the registry has no such repository',
    );
    expect(named?.line).toMatchObject({ repository: 'shop/api' });
    expect(await newest()).toMatchObject({ policy: POLICY.id, repository: REPOSITORY });
    expect(await watch.violations()).toEqual([]);
  });
});
