/**
 * What a person asks of a rollout whose execution was stopped or failed: resume redrives it, or begins a fresh
 * one where it cannot; an end needs no resume.
 */
import { describe, expect, it } from 'vitest';
import { operate, updates } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = {
  ...POLICY,
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 5,
  soak_seconds: 60,
};
const DAY_MS = 86_400_000;

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({
    hosts: 5,
    policies: [{ ...STAGED, ...policy }],
    latencyMs: () => 20,
    ...options,
  });
}

/** Stopped in this state, and seen to be. */
async function stopped(state: string, policy: Record<string, unknown> = {}) {
  const test = await start(policy);
  const operator = operate(test);
  const v2 = test.push('v2');
  await operator.reach(state);
  const before = await test.newest();
  await operator.stop(before);
  await pass(test, 5_000);
  return { test, operator, v2, before };
}

function pass({ cloud }: TestCloud, ms: number): Promise<void> {
  return cloud.run({ untilMs: cloud.clock.nowMs() + ms });
}

/** Of the rollout's executions, by their run. */
function executions({ cloud }: TestCloud): string[] {
  const arn = cloud.machines.get(`${STACK}-rollout`) ?? '';
  return cloud.stepFunctions.executions(arn).map(({ status }) => String(status));
}

describe('resume after a Stop', () => {
  it.each(['Plan rollout', 'Update hosts', 'Wait for next batch'])(
    'in "%s" redrives the execution, and says in the log who asked',
    async (state) => {
      const { test, operator, v2 } = await stopped(state);
      const { cloud, newest, running, watch } = test;

      const answer = await operator.tell('resume');
      await cloud.settle();

      expect(answer).toMatchObject({ verdict: 'done', status: 'paused' });
      const rollout = await newest();
      expect(rollout).toMatchObject({ status: 'completed', run: 1, redrives_seen: 1, resumes: 1 });
      const resumed = rollout.log.find(({ event }) => event === 'image.rollout_resumed');
      expect(resumed).toMatchObject({ who: 'ada', why: 'I looked at it; redriven (1)' });
      expect(resumed?.request).toContain(`:execution:${STACK}-control:`);
      expect(running()).toEqual({ [v2]: 5 });
      expect(updates(test)).toEqual([1, 1, 1, 1, 1]);
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('works before anybody has seen the Stop', async () => {
    const test = await start();
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    cloud.events.disturb = ({ source }) => (source === 'aws.states' ? [30_000, 900_000] : [0]);
    const v2 = push('v2');
    await operator.reach('Update hosts');
    await operator.stop(await newest());

    const answer = await operator.tell('resume');
    await cloud.settle();

    expect(answer.verdict).toBe('done');
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'completed', redrives_seen: 1 });
    const paused = rollout.log.filter(({ status }) => status === 'paused');
    expect(paused).toHaveLength(1);
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('by two people at once is one Redrive, and the second hears of the first', async () => {
    const { test, operator, v2, before } = await stopped('Update hosts');
    const { cloud, newest, running, watch } = test;
    const asked = { rollout: before.rollout, action: 'resume' };

    const answers = await operator.askTogether([
      { ...asked, by: 'ada' },
      { ...asked, by: 'bob' },
    ]);
    await cloud.settle();

    const reasons = answers.map(({ reason }) => reason).toSorted();
    expect(reasons[0]).toMatch(/^shop-web #1 goes on where it stood/);
    expect(reasons[1]).toMatch(/^shop-web #1 goes on: (ada|bob) resumed it already$/);
    expect(await newest()).toMatchObject({ status: 'completed', resumes: 1, redrives_seen: 1 });
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is asked for anew where the redriven execution was stopped at once', async () => {
    const { test, operator, v2, before } = await stopped('Update hosts');
    const { cloud, newest, running, watch } = test;
    await operator.tell('resume');
    await operator.stop(before);
    await pass(test, 60_000);
    const again = await newest();

    const answer = await operator.tell('resume');
    await cloud.settle();

    expect(again.status).toBe('paused');
    expect(answer.reason).toMatch(/goes on where it stood/);
    expect(await newest()).toMatchObject({ status: 'completed', redrives_seen: 2 });
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('hears of the Redrive in the console that came first', async () => {
    const { test, operator, before } = await stopped('Wait for next batch');
    const { cloud, newest, watch } = test;
    await operator.redrive(before);

    const answer = await operator.tell('resume');
    await cloud.settle();

    expect(answer).toMatchObject({
      verdict: 'done',
      reason: 'shop-web #1 goes on: somebody in the console resumed it already',
    });
    expect(await newest()).toMatchObject({ status: 'completed', resumes: 0, redrives_seen: 1 });
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    { what: 'after 14 days', pauseMs: 15 * DAY_MS, more: {} },
    { what: 'with the definition of today', pauseMs: 60_000, more: { fresh: true } },
  ])('$what starts a fresh execution, which goes on from the store', async ({ pauseMs, more }) => {
    const { test, operator, v2 } = await stopped('Update hosts');
    const { cloud, newest, running, watch } = test;
    cloud.events.pauseSchedules();
    await pass(test, pauseMs);

    const answer = await operator.tell('resume', more);
    await cloud.settle();

    expect(answer.reason).toBe('shop-web #1 is in_progress again, in a fresh execution');
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'completed', run: 2 });
    expect(executions(test)).toEqual(['ABORTED', 'SUCCEEDED']);
    expect(running()).toEqual({ [v2]: 5 });
    expect(updates(test)).toEqual([1, 1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('with the definition of today ends the execution that waits for a person', async () => {
    const test = await start({ on_threshold: 'hold', soak_seconds: 0 });
    const { cloud, roll, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2', true);
    cloud.fleet.images.set(v2, {});

    const answer = await operator.tell('resume', { fresh: true });
    await cloud.settle();

    expect(answer.verdict).toBe('done');
    expect(await newest()).toMatchObject({ status: 'completed_with_failures', run: 2 });
    expect(executions(test)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(running()[v2]).toBe(3);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('resume after a failed execution', () => {
  /** Held because a lambda threw what no machine knows; it is mended. */
  async function failed(lambda: string) {
    const test = await start();
    const { cloud } = test;
    cloud.functions.fault = ({ functionName }) =>
      functionName === `${STACK}-${lambda}`
        ? { kind: 'refused', errorName: 'TypeError' }
        : undefined;
    const v2 = await test.roll('v2');
    cloud.functions.fault = undefined;
    return { test, operator: operate(test), v2 };
  }

  it.each(['plan-rollout', 'judge-batch', 'close-rollout'])('in %s redrives it', async (lambda) => {
    const { test, operator, v2 } = await failed(lambda);
    const { cloud, newest, running, watch } = test;
    const held = await newest();

    await operator.tell('resume');
    await cloud.settle();

    expect(held.hold?.reason).toMatch(/^the execution ended FAILED/);
    expect(await newest()).toMatchObject({ status: 'completed', run: 1 });
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    { action: 'cancel', ends: 'cancelled', runsNew: 2 },
    { action: 'rollback', ends: 'rolled_back', runsNew: 0 },
    { action: 'retry-failed', ends: 'completed', runsNew: 5 },
  ])('is not needed to $action: a fresh execution does', async ({ action, ends, runsNew }) => {
    const { test, operator, v2 } = await failed('judge-batch');
    const { cloud, newest, running, target, watch } = test;

    await operator.tell(action);
    await cloud.settle();

    expect(await newest()).toMatchObject({ status: ends, run: 2 });
    expect(running()[v2] ?? 0).toBe(runsNew);
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an end of a rollout that no execution walks', () => {
  it.each([
    { action: 'cancel', ends: 'cancelled', runsNew: 2 },
    { action: 'rollback', ends: 'rolled_back', runsNew: 0 },
  ])('$action starts a fresh execution, which settles and closes', async (one) => {
    const { test, operator, v2 } = await stopped('Update hosts');
    const { cloud, newest, running, target, watch } = test;

    const answer = await operator.tell(one.action);
    await cloud.settle();

    expect(answer.verdict).toBe('done');
    expect(await newest()).toMatchObject({ status: one.ends, run: 2, settled: true });
    expect(running()[v2] ?? 0).toBe(one.runsNew);
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    { action: 'cancel', ends: 'cancelled', runsNew: 2 },
    { action: 'rollback', ends: 'rolled_back', runsNew: 0 },
  ])('$action does not wait for an execution that sleeps', async ({ action, ends, runsNew }) => {
    const test = await start({ batch_delay_minutes: 1440, soak_seconds: 0 });
    const { push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Wait for next batch');

    await operator.tell(action);
    await pass(test, 3_600_000);
    const soon = await newest();
    await pass(test, 2 * DAY_MS);

    expect(soon).toMatchObject({ status: ends, run: 2 });
    expect(running()[v2] ?? 0).toBe(runsNew);
    expect(executions(test)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await watch.violations()).toEqual([]);
  });
});
