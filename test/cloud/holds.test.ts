/**
 * A rollout that waits for a person, why it does, and what each answer comes to. The answer is written
 * first; the token that is completed then only says "look".
 */
import { describe, expect, it } from 'vitest';
import type { HostFaults } from '#local/hosts/host-state.ts';
import { operate } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = {
  ...POLICY,
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 1,
  on_threshold: 'hold',
};

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 6, policies: [{ ...STAGED, ...policy }], ...options });
}

/** A rollout of v2 that is held in its second batch: two hosts run v2, of four it was taken back. */
async function holdInSecondBatch(policy: Record<string, unknown> = {}) {
  const test = await start(policy);
  const { cloud, push } = test;
  const operator = operate(test);
  const v2 = push('v2');
  await operator.reach('Wait for next batch');
  cloud.fleet.images.set(v2, { unhealthyShare: 1 });
  await cloud.settle();
  const heal = () => cloud.fleet.images.set(v2, {});
  return { test, operator, v2, heal };
}

describe('a threshold', () => {
  it('holds the rollout, closes the gate, and says which it was', async () => {
    const { test } = await holdInSecondBatch();
    const { newest, hostRecords, watch } = test;

    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'held', gate: 'closed', held_from: 'in_progress' });
    expect(rollout.hold?.reason).toBe(
      'batch 2: High failure rate detected: 4 hosts in a row failed, the limit is 3',
    );
    const statuses = (await hostRecords(rollout)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([
      'completed',
      'completed',
      'failed',
      'failed',
      'failed',
      'failed',
    ]);
    expect(await watch.violations()).toEqual([]);
  });

  it('lets no further chunk of the batch send', async () => {
    const test = await start({ staged_batches: [1], max_unavailable: 1 }, { hosts: 12 });
    const { cloud, roll, newest, watch } = test;

    await roll('v2', true);

    const { status, hold } = await newest();
    expect(status).toBe('held');
    expect(hold?.reason).toMatch(/3 hosts in a row failed/);
    expect(cloud.ssm.commands).toHaveLength(3);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a held rollout', () => {
  it('goes on without the failed hosts', async () => {
    const test = await start();
    const { cloud, v1, roll, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2', true);
    cloud.fleet.images.set(v2, {});

    await operator.decide({ action: 'go_on' });

    const rollout = await newest();
    expect(rollout).toMatchObject({
      status: 'completed_with_failures',
      totals: { completed: 4, failed: 2 },
    });
    expect(rollout.hold).toBeUndefined();
    expect(rollout.log.find(({ who }) => who === 'ada')?.why).toBe('go on: I looked at it');
    expect(running()).toEqual({ [v1]: 2, [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is held again where the next batch crosses the threshold too', async () => {
    const test = await start();
    const { roll, newest, watch } = test;
    const operator = operate(test);
    await roll('v2', true);

    await operator.decide({ action: 'go_on' });

    const { status, hold, batch } = await newest();
    expect({ status, batch }).toEqual({ status: 'held', batch: 1 });
    expect(hold?.reason).toMatch(/^batch 2: /);
    expect(await watch.violations()).toEqual([]);
  });

  it('tries the failed hosts again, and no other', async () => {
    const { test, operator, v2, heal } = await holdInSecondBatch();
    const { cloud, newest, running, target, watch } = test;
    heal();

    await operator.decide({ action: 'retry_failed' });

    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 6 });
    expect(cloud.ssm.commands.map(({ invocations }) => invocations.length)).toEqual([2, 4, 4]);
    expect((await target()).desired.digest).toBe(v2);
    expect(await watch.violations()).toEqual([]);
  });

  it('tries hosts again that gave no answer', async () => {
    const test = await start({ staged_batches: [1] });
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    for (const host of cloud.fleet.list.slice(0, 3)) host.faults = { silent: 'before_work' };
    const v2 = push('v2');
    await cloud.settle();
    const { hold } = await newest();
    for (const host of cloud.fleet.list) host.faults = {};

    await operator.decide({ action: 'retry_failed' });

    expect(hold?.reason).toMatch(/3 of 6 hosts gave no answer/);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  it('goes back, with every host that was ever touched', async () => {
    const { test, operator, v2 } = await holdInSecondBatch();
    const { v1, newest, running, target, watch } = test;

    await operator.decide({ action: 'roll_back' });

    expect(await newest()).toMatchObject({ status: 'rolled_back', totals: { rolled_back: 6 } });
    expect(running()).toEqual({ [v1]: 6 });
    const { denied, desired, active } = await target();
    expect({ desired: desired.digest, active }).toEqual({ desired: v1, active: undefined });
    expect(denied).toMatchObject([{ digest: v2, reason: 'I looked at it' }]);
    expect(await watch.violations()).toEqual([]);
  });

  it('goes back with hosts that are unknown, but run the new image', async () => {
    const test = await start({ staged_batches: [1] });
    const { cloud, v1, roll, newest, running, watch } = test;
    const operator = operate(test);
    for (const host of cloud.fleet.list.slice(0, 3)) host.faults = { silent: 'after_work' };
    const v2 = await roll('v2');
    const before = running();
    for (const host of cloud.fleet.list) host.faults = {};

    await operator.decide({ action: 'roll_back' });

    expect(before).toEqual({ [v2]: 6 });
    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  it('names the hosts that did not go back', async () => {
    const { test, operator } = await holdInSecondBatch();
    const { cloud, newest, watch } = test;
    const [silent] = cloud.fleet.list;
    if (silent === undefined) throw new Error('there is no host');
    silent.faults = { silent: 'before_work' };

    await operator.decide({ action: 'roll_back' });

    const rollout = await newest();
    expect(rollout.status).toBe('rollback_failed');
    expect(rollout.totals).toEqual({ rolled_back: 5, rollback_failed: 1 });
    expect(rollout.log.at(-1)?.why).toBe(`I looked at it: ${silent.id} did not go back`);
    expect(await watch.violations()).toEqual([]);
  });

  it('is cancelled: hosts stay as they are, and the former image is desired again', async () => {
    const { test, operator, v2 } = await holdInSecondBatch();
    const { cloud, v1, newest, running, target, watch } = test;

    await operator.decide({ action: 'cancel' });

    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'cancelled', totals: { completed: 2, failed: 4 } });
    expect(rollout.log.at(-1)).toMatchObject({ who: 'ada', why: 'I looked at it' });
    expect(running()).toEqual({ [v1]: 4, [v2]: 2 });
    expect(cloud.ssm.commands).toHaveLength(2);
    const { desired, active, denied } = await target();
    expect({ desired: desired.digest, active, denied }).toEqual({
      desired: v1,
      active: undefined,
      denied: [],
    });
    expect(await watch.violations()).toEqual([]);
  });

  it('stays cancelled until something new arrives', async () => {
    const { test, operator, heal } = await holdInSecondBatch();
    const { cloud, roll, rollouts, running, watch } = test;
    await operator.decide({ action: 'cancel' });
    heal();
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    const after = (await rollouts()).length;

    const v3 = await roll('v3');

    expect(after).toBe(1);
    expect((await rollouts()).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
    expect(running()).toEqual({ [v3]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  it('looks again after a year, and waits on', async () => {
    const { test, operator, heal } = await holdInSecondBatch();
    const { cloud, newest, watch } = test;
    const held = await newest();
    cloud.events.pauseSchedules();
    await cloud.run({ untilMs: cloud.clock.nowMs() + 31_449_601_000 });
    const later = await newest();
    heal();

    await operator.decide({ action: 'retry_failed' });

    const history = cloud.stepFunctions.history(held.execution_arn);
    expect(history.filter(({ type }) => type === 'TaskTimedOut')).toHaveLength(1);
    expect(later).toMatchObject({ status: 'held', hold: held.hold });
    expect(later.token).not.toBe(held.token);
    expect((await newest()).status).toBe('completed');
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a health check that the old containers fail too', () => {
  it.each(['hold', 'rollback'])(
    'holds the rollout, nothing is swapped (on_threshold: %s)',
    async (on_threshold) => {
      const faults: HostFaults = { failsEveryCheck: true };
      const { v1, roll, newest, running, hostRecords, target, watch } = await start(
        { on_threshold, staged_batches: [0.5, 1] },
        { host: () => ({ faults }) },
      );

      await roll('v2');

      const rollout = await newest();
      expect(rollout.status).toBe('held');
      expect(rollout.hold?.reason).toBe(
        'batch 1: the health check itself looks wrong: on 3 hosts the old container fails it too',
      );
      expect((await hostRecords(rollout)).map(({ code }) => code)).toEqual([45, 45, 45]);
      expect(running()).toEqual({ [v1]: 6 });
      expect((await target()).denied).toEqual([]);
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('is one failed host where it is only one', async () => {
    const { roll, newest, watch } = await start(
      { staged_batches: [1] },
      { host: (index) => ({ faults: { failsEveryCheck: index === 0 } }) },
    );

    await roll('v2');

    expect(await newest()).toMatchObject({
      status: 'completed_with_failures',
      totals: { completed: 5, failed: 1 },
    });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a policy that asks for approval', () => {
  it('sends nothing before a person approves the plan', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { v1, roll, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2');
    const waiting = await newest();
    const before = running();

    await operator.decide({ action: 'approve', plan_hash: waiting.plan_hash });

    expect(waiting.status).toBe('awaiting_approval');
    expect(waiting.log.at(-1)?.why).toBe('6 hosts are planned; a person has to approve the plan');
    expect(before).toEqual({ [v1]: 6 });
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'completed', approved_plan: waiting.plan_hash });
    expect(rollout.log.find(({ event }) => event === 'image.rollout_approved')?.who).toBe('ada');
    expect(running()).toEqual({ [v2]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  const STRAY = [
    { what: 'an approval of another plan', action: 'approve', plan_hash: 'f'.repeat(64) },
    { what: 'an approval of no plan', action: 'approve' },
    { what: 'what answers a hold', action: 'go_on' },
  ] as const;

  it.each(STRAY)('does not take $what, and goes on waiting', async ({ what: _, ...decision }) => {
    const test = await start({ update_strategy: 'manual' });
    const { cloud, v1, roll, newest, running, watch } = test;
    const operator = operate(test);
    await roll('v2');
    const waiting = await newest();

    await operator.decide(decision);
    const later = await newest();
    const sends = operator.sends();
    await operator.decide({ action: 'approve', plan_hash: waiting.plan_hash });

    expect(later.status).toBe('awaiting_approval');
    expect(later.decision).toBeUndefined();
    expect(later.log.at(-1)).toMatchObject({
      who: 'ada',
      why: expect.stringMatching(/^(approved another plan|go_on): not an answer to this plan/),
    });
    expect(sends).toBe(0);
    expect(cloud.stepFunctions.history(waiting.execution_arn).length).toBeLessThan(100);
    expect((await newest()).status).toBe('completed');
    expect(running()[v1]).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });

  it('ends rejected where a person rejects it', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { v1, roll, newest, running, target, watch } = test;
    const operator = operate(test);
    await roll('v2');

    await operator.decide({ action: 'reject' });

    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'rejected', totals: { untouched: 6 } });
    expect(rollout.log.at(-1)).toMatchObject({ who: 'ada', why: 'I looked at it' });
    expect(operator.sends()).toBe(0);
    expect(running()).toEqual({ [v1]: 6 });
    expect(await target()).toMatchObject({ desired: { digest: v1 } });
    expect(await watch.violations()).toEqual([]);
  });

  it('asks again after a year without an answer', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { cloud, roll, newest, watch } = test;
    await roll('v2');
    const waiting = await newest();
    cloud.events.pauseSchedules();

    await cloud.run({ untilMs: cloud.clock.nowMs() + 31_449_601_000 });

    const later = await newest();
    expect(later.status).toBe('awaiting_approval');
    expect(later.token).not.toBe(waiting.token);
    expect(await watch.violations()).toEqual([]);
  });
});
