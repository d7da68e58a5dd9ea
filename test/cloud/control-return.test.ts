/** The way back of a rollout that has ended, asked for by the control machine. */
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { writeRollout } from '#aws/rollout-store.ts';
import { operate } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], batch_delay_minutes: 5 };

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [{ ...STAGED, ...policy }], ...options });
}

async function completed(policy: Record<string, unknown> = {}) {
  const test = await start(policy);
  const v2 = await test.roll('v2');
  return { test, operator: operate(test), v2 };
}

describe('rollback of the last rollout', () => {
  it('takes every host back, denies the image, and stays so until something new arrives', async () => {
    const { test, operator, v2 } = await completed();
    const { cloud, v1, roll, newest, rollouts, running, target, hostRecords, watch } = test;

    const answer = await operator.tell('rollback');
    await cloud.settle();
    const back = await newest();
    const [runs, wanted, records] = [running(), await target(), await hostRecords(back)];
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    const after = (await rollouts()).length;
    const v3 = await roll('v3');

    expect(answer).toMatchObject({
      verdict: 'done',
      reason: 'shop-web #1 goes back, with every host that it touched',
    });
    expect(back).toMatchObject({ status: 'rolled_back', run: 2, totals: { rolled_back: 4 } });
    expect(back.log.filter(({ who }) => who === 'ada').map(({ event }) => event)).toEqual([
      'image.rollout_decided',
      'image.rollback_started',
    ]);
    expect(runs).toEqual({ [v1]: 4 });
    expect(wanted).toMatchObject({ desired: { digest: v1 }, rolling_back: false });
    expect(wanted.active).toBeUndefined();
    expect(wanted.denied).toMatchObject([{ digest: v2, reason: 'I looked at it' }]);
    expect(records.map(({ status }) => status)).toEqual(Array(4).fill('rolled_back'));
    expect(after).toBe(1);
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('takes back what a cancelled one left on the new image', async () => {
    const test = await start();
    const { cloud, v1, push, newest, running, target, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Wait for next batch');
    await operator.tell('cancel');
    await cloud.settle();
    const cancelled = { ...(await newest()), runs: running() };

    await operator.tell('rollback');
    await cloud.settle();

    expect(cancelled).toMatchObject({ status: 'cancelled', runs: { [v1]: 2, [v2]: 2 } });
    expect(await newest()).toMatchObject({ status: 'rolled_back', totals: { rolled_back: 2 } });
    expect(running()).toEqual({ [v1]: 4 });
    expect((await target()).denied).toMatchObject([{ digest: v2 }]);
    expect(await watch.violations()).toEqual([]);
  });

  it('names the hosts that did not go back', async () => {
    const { test, operator } = await completed();
    const { cloud, newest, watch } = test;
    const [silent] = cloud.fleet.list;
    if (silent === undefined) throw new Error('there is no host');
    silent.faults = { silent: 'before_work' };

    await operator.tell('rollback');
    await cloud.settle();

    const { status, totals, log } = await newest();
    expect({ status, totals }).toEqual({
      status: 'rollback_failed',
      totals: { rolled_back: 3, rollback_failed: 1 },
    });
    expect(log.at(-1)?.why).toContain(`${silent.id} did not go back`);
    expect(await watch.violations()).toEqual([]);
  });

  it('may be paused and resumed, stopped and redriven', async () => {
    const { test, operator } = await completed();
    const { cloud, v1, newest, running, watch } = test;
    await operator.tell('rollback');
    await operator.reach('Restore hosts');
    await operator.tell('pause');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 7_200_000 });
    const paused = await newest();
    await operator.tell('resume');
    await cloud.settle();

    expect(paused).toMatchObject({ status: 'paused', paused: { from: 'rolling_back' } });
    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is asked for twice, and made once', async () => {
    const { test, operator } = await completed();
    const { cloud, newest, watch } = test;
    const { rollout } = await newest();

    const answers = await operator.askTogether([
      { rollout, action: 'rollback', by: 'ada' },
      { rollout, action: 'rollback', by: 'bob' },
    ]);
    await cloud.settle();

    expect(answers.map(({ reason }) => reason).toSorted()).toEqual([
      'shop-web #1 goes back, with every host that it touched',
      expect.stringMatching(
        /^shop-web #1(: (ada|bob) decided to roll it back already| goes back already)$/,
      ),
    ]);
    expect(await newest()).toMatchObject({ status: 'rolled_back', run: 2 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a way back that was decided, by a lambda that died for good', () => {
  /** It dies after so many of its calls, and nobody redrives its execution. */
  async function died(call: number) {
    const { test, operator, v2 } = await completed();
    const { cloud } = test;
    cloud.functions.fault = ({ functionName, earlier }) => {
      if (functionName !== `${STACK}-control-rollout`) return undefined;
      return earlier === 0
        ? { kind: 'die_after', call }
        : { kind: 'refused', errorName: 'TypeError' };
    };
    await expect(operator.tell('rollback')).rejects.toThrow('the control execution failed');
    cloud.functions.fault = undefined;
    return { test, operator, v2 };
  }

  /** Reads of rollout, execution and target; the write, what it publishes; the target; the start. */
  const TARGET_WRITTEN = 7;

  it('is begun by the sweep', async () => {
    const { test } = await died(TARGET_WRITTEN);
    const { cloud, v1, newest, running, target, watch } = test;

    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();

    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 4 });
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });

  it('is begun by the look at what is pushed meanwhile, which waits', async () => {
    const { test } = await died(TARGET_WRITTEN);
    const { cloud, push, rollouts, newest, running, watch } = test;
    const decided = await newest();
    const v3 = push('v3');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 5_000 });
    const early = (await rollouts()).length;
    await cloud.settle();

    expect(decided).toMatchObject({ status: 'completed', decision: { action: 'roll_back' } });
    expect(early).toBe(1);
    expect((await rollouts()).map(({ status }) => status)).toEqual(['rolled_back', 'completed']);
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is begun by whoever triggers an image meanwhile, which is to wait', async () => {
    const { test, operator } = await died(TARGET_WRITTEN);
    const { cloud, v1, newest, rollouts, running, watch } = test;
    const policy = 'shop-web';

    const answer = await operator.ask({ action: 'trigger', policy, image: `shop/web@${v1}` });
    await cloud.settle();

    expect(answer.verdict).toBe('refused');
    expect(answer.reason).toMatch(/waits: shop-web #1 goes back: ask again then$/);
    expect(await rollouts()).toHaveLength(1);
    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('locks nothing before its target has taken it up, and is made by asking again', async () => {
    const { test, operator } = await died(TARGET_WRITTEN - 3);
    const { cloud, v1, newest, running, target, watch } = test;
    const decided = await newest();
    const { active } = await target();
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    const swept = await newest();

    const answer = await operator.tell('rollback', { by: 'bob' });
    await cloud.settle();

    expect([decided.status, swept.status]).toEqual(['completed', 'completed']);
    expect(active).toBeUndefined();
    expect(answer.reason).toBe('shop-web #1: ada decided to roll it back already');
    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });
});

it('is not walked into by an execution whose target has not taken it up', async () => {
  const { test } = await completed();
  const { cloud, v1, store, newest, running } = test;
  const rollout = await newest();
  const decision = { action: 'roll_back', by: 'ada', why: 'noon', at_ms: 1 } as const;
  await writeRollout(store, { ...rollout, decision, run: 2 });
  const stateMachineArn = cloud.machines.get(`${STACK}-rollout`);
  const input = JSON.stringify({ rolloutId: rollout.rollout, run: 2 });
  const sfn = new SFNClient(cloud.clientConfig());
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));

  await cloud.settle();

  const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  expect(status).toBe('SUCCEEDED');
  expect((await newest()).status).toBe('completed');
  expect(running()[v1]).toBeUndefined();
});

describe('rollback is refused', () => {
  it('while a later rollout is under way, which is named', async () => {
    const { test, operator } = await completed();
    const { push, rollouts } = test;
    const [{ rollout } = { rollout: '' }] = await rollouts();
    push('v3');
    await operator.reach('Update hosts');

    const answer = await operator.ask({ rollout, action: 'rollback' });

    expect(answer.verdict).toBe('refused');
    expect(answer.reason).toBe(
      'shop-web #1 is completed, and shop-web #2 is in_progress; cancel that one or roll it back',
    );
  });

  it('after a later rollout has ended, whichever way', async () => {
    const { test, operator } = await completed();
    const { roll, rollouts, running } = test;
    const [{ rollout } = { rollout: '' }] = await rollouts();
    const v3 = await roll('v3');

    const answer = await operator.ask({ rollout, action: 'rollback' });

    expect(answer.reason).toBe(
      'shop-web #1 is completed, and shop-web #2 came after it; roll that one back',
    );
    expect(running()).toEqual({ [v3]: 4 });
  });

  it('for one that went back already', async () => {
    const { test, operator } = await completed();
    await operator.tell('rollback');
    await test.cloud.settle();

    const answer = await operator.tell('rollback');

    expect(answer.reason).toBe(
      'shop-web #1 is rolled_back: it has ended, and there is no way back from that',
    );
  });
});
