/**
 * Stop and Redrive in the Step Functions console: Stop pauses wherever it comes, Redrive goes on as if
 * nothing had been. Children of the Maps are stopped and redriven with their parent, so all three machines
 * are met here.
 */
import { describe, expect, it } from 'vitest';
import { operate, updates } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

/** Two batches with a second look, and 20 ms for every call, so that time passes in every state. */
const STAGED = {
  ...POLICY,
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 5,
  soak_seconds: 60,
};

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({
    hosts: 5,
    policies: [{ ...STAGED, ...policy }],
    latencyMs: () => 20,
    ...options,
  });
}

const GOOD = [
  'Plan rollout',
  'Open batch',
  'Update hosts',
  'Read results',
  'Soak',
  'Check health',
  'Read health',
  'Judge batch',
  'Wait for next batch',
] as const;

const BAD = [
  'Record chunk',
  'Plan rollback',
  'Restore hosts',
  'Read restores',
  'Record restores',
] as const;

/** When the Redrive comes: before anybody noticed the Stop, soon, and after every deadline. */
const PAUSES = [
  { after: 'at once', pauseMs: 0 },
  { after: 'a minute later', pauseMs: 60_000 },
  { after: 'two hours later', pauseMs: 7_200_000 },
];

const CASES = [
  ...GOOD.map((state) => ({ state, isBad: false, ends: 'completed' })),
  ...BAD.map((state) => ({ state, isBad: true, ends: 'rolled_back' })),
].flatMap((one) => PAUSES.map((pause) => ({ ...one, ...pause })));

describe('Stop, and Redrive', () => {
  it.each(CASES)('$after, in "$state": ends $ends', async ({ state, isBad, ends, pauseMs }) => {
    const test = await start();
    const { cloud, v1, push, newest, rollouts, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2', isBad);
    await operator.reach(state);

    const before = await newest();
    await operator.stop(before);
    await cloud.run({ untilMs: cloud.clock.nowMs() + Math.min(pauseMs, 5_000) });
    const stopped = await newest();
    const sends = operator.sends();
    await cloud.run({ untilMs: cloud.clock.nowMs() + Math.max(0, pauseMs - 5_000) });
    const sendsLater = operator.sends();
    await operator.redrive(before);
    await cloud.settle();

    if (pauseMs > 0) {
      expect(stopped).toMatchObject({ status: 'paused', paused: { cause: 'let me look' } });
    }
    expect(sendsLater).toBe(sends);
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: ends, run: 1 });
    expect(await rollouts()).toHaveLength(1);
    expect(running()).toEqual({ [isBad ? v1 : v2]: 5 });
    expect(updates(test)).toEqual(isBad ? [1, 1] : [1, 1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('pauses with hosts at work, which come to their end by themselves', async () => {
    const test = await start();
    const { cloud, v1, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reachCommands(1);
    const whenStopped = running();
    await operator.stop(await newest(), 'the database is slow');

    await cloud.settle();

    const { status, paused, gate, log } = await newest();
    expect({ status, gate }).toEqual({ status: 'paused', gate: 'open' });
    expect(paused).toMatchObject({ from: 'in_progress', cause: 'the database is slow' });
    expect(log.at(-1)).toMatchObject({ status: 'paused', who: 'operator' });
    expect(operator.sends()).toBe(1);
    expect(whenStopped).toEqual({ [v1]: 5 });
    expect(running()).toEqual({ [v1]: 3, [v2]: 2 });
    expect(await watch.violations()).toEqual([]);
  });

  it('keeps the chunks of a batch whose turn had not come', async () => {
    const test = await start(
      { staged_batches: [1], max_unavailable: 1, soak_seconds: 0 },
      { settings: { chunks_per_second: 0.05 } },
    );
    const { push, newest, cloud, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reachCommands(2);
    await operator.stop(await newest());
    await cloud.run({ untilMs: cloud.clock.nowMs() + 3_600_000 });
    const paused = running()[v2];

    await operator.redrive(await newest());
    await cloud.settle();

    expect(paused).toBe(2);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 5 });
    expect(updates(test)).toEqual([1, 1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('may come again and again', async () => {
    const test = await start();
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');

    for (const state of ['Update hosts', 'Check health', 'Wait for next batch', 'Update hosts']) {
      await operator.reach(state);
      await operator.stop(await newest());
      await cloud.run({ untilMs: cloud.clock.nowMs() + 10_000 });
      await operator.redrive(await newest());
    }
    await cloud.settle();

    expect(await newest()).toMatchObject({ status: 'completed', redrives_seen: 4 });
    expect(running()).toEqual({ [v2]: 5 });
    expect(updates(test)).toEqual([1, 1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('holds the second look back, and restores after the Redrive what then fails it', async () => {
    const test = await start({ on_threshold: 'hold', soak_seconds: 120 });
    const { cloud, v1, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    cloud.fleet.images.set(v2, { diesAfterMs: 90_000 });
    await operator.reach('Restore failed hosts');
    await operator.stop(await newest());
    await cloud.run({ untilMs: cloud.clock.nowMs() + 7_200_000 });

    await operator.redrive(await newest());
    await cloud.settle();

    expect((await newest()).status).toBe('held');
    expect(running()).toEqual({ [v1]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('leaves a rollout alone that a newer one waits for', async () => {
    const test = await start();
    const { cloud, push, rollouts, newest, running, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reachCommands(1);
    const v3 = push('v3');
    await operator.reach('Wait before next look');
    await operator.stop(await newest());
    await cloud.run({ untilMs: cloud.clock.nowMs() + 3_600_000 });

    await operator.redrive(await newest());
    await cloud.settle();

    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 5 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a Stop around a send', () => {
  /** The first "Update hosts" reads the gate, takes a turn, stores its intent, sends, and stores the command's id. */
  const SEND = 4;

  /** The lambda dies around its send, and the operator stops the execution before it is tried again. */
  async function stopAroundSend(kind: 'die_before' | 'die_after', pauseMs: number) {
    const test = await start({ soak_seconds: 0, staged_batches: ['2 hosts', 1] });
    const { cloud, push, newest } = test;
    const operator = operate(test);
    cloud.functions.fault = ({ functionName, earlier }) =>
      functionName === `${STACK}-update-hosts` && earlier === 0 ? { kind, call: SEND } : undefined;
    const v2 = push('v2');
    const hasDied = () => cloud.logs.some(({ line }) => line['level'] === 'PLATFORM');
    await cloud.run({ until: hasDied });
    await operator.stop(await newest());
    await cloud.run({ untilMs: cloud.clock.nowMs() + pauseMs });
    return { test, operator, v2 };
  }

  const CASES = [
    { kind: 'die_before', what: 'sends what was only intended', pauseMs: 60_000, sends: 1 },
    { kind: 'die_before', what: 'plans a lost intent again', pauseMs: 7_200_000, sends: 1 },
    { kind: 'die_after', what: 'finds what was sent', pauseMs: 60_000, sends: 1 },
    { kind: 'die_after', what: 'asks again after the deadline', pauseMs: 7_200_000, sends: 2 },
  ] as const;

  it.each(CASES)('$what ($kind, $pauseMs ms)', async ({ kind, pauseMs, sends }) => {
    const { test, operator, v2 } = await stopAroundSend(kind, pauseMs);
    const { cloud, newest, running, watch } = test;

    await operator.redrive(await newest());
    await cloud.settle();

    const first = cloud.ssm.commands.filter(({ comment }) => comment.includes(' c0 '));
    expect(first).toHaveLength(sends);
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 5 });
    expect(updates(test)).toEqual([1, 1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('does not forget what a host ran before, so that it can go back', async () => {
    const { test, operator, v2 } = await stopAroundSend('die_after', 7_200_000);
    const { cloud, v1, newest, running, watch } = test;
    await operator.redrive(await newest());
    await operator.reach('Wait for next batch');

    cloud.fleet.images.set(v2, { unhealthyShare: 1 });
    await cloud.settle();

    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 5 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a Stop while a person is asked', () => {
  it('keeps the hold, and takes after the Redrive what was decided meanwhile', async () => {
    const test = await start({ on_threshold: 'hold', soak_seconds: 0 });
    const { cloud, roll, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2', true);
    await operator.stop(await newest());
    await cloud.settle();
    const paused = await newest();
    cloud.fleet.images.set(v2, {});
    await operator.write({ action: 'retry_failed' });
    await cloud.settle();
    const decided = await newest();

    await operator.redrive(paused);
    await cloud.settle();

    expect(paused).toMatchObject({ status: 'paused', paused: { from: 'held' } });
    expect(paused.hold).toBeDefined();
    expect(decided.status).toBe('paused');
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('keeps the hold where nobody decided', async () => {
    const test = await start({ on_threshold: 'hold', soak_seconds: 0 });
    const { cloud, roll, newest, watch } = test;
    const operator = operate(test);
    await roll('v2', true);
    const held = await newest();
    await operator.stop(held);
    await cloud.settle();

    await operator.redrive(held);
    await cloud.settle();

    const again = await newest();
    expect(again).toMatchObject({ status: 'held', hold: held.hold });
    expect(again.token).not.toBe(held.token);
    expect(operator.sends()).toBe(1);
    expect(await watch.violations()).toEqual([]);
  });

  it('keeps the approval, which works also when it was given meanwhile', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { cloud, roll, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2');
    const waiting = await newest();
    await operator.stop(waiting);
    await cloud.settle();
    const paused = await newest();
    const { plan_hash } = waiting;
    await operator.write({ action: 'approve', ...(plan_hash !== undefined && { plan_hash }) });

    await operator.redrive(waiting);
    await cloud.settle();

    expect(paused).toMatchObject({ status: 'paused', paused: { from: 'awaiting_approval' } });
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a Stop that no event announces', () => {
  it.each(['Plan rollout', 'Update hosts', 'Wait for next batch'])(
    'is found by the sweep, in "%s"',
    async (state) => {
      const test = await start();
      const { cloud, push, newest, running, watch } = test;
      const operator = operate(test);
      cloud.events.disturb = ({ source }) => (source === 'aws.states' ? [] : [0]);
      const v2 = push('v2');
      await operator.reach(state);
      await operator.stop(await newest());
      await cloud.settle();
      const unseen = await newest();

      await cloud.invoke(`${STACK}-sweep`, {});
      await cloud.settle();
      const found = await newest();
      await operator.redrive(found);
      await cloud.settle();

      expect(unseen.status).not.toBe('paused');
      expect(found).toMatchObject({ status: 'paused', paused: { cause: 'let me look' } });
      expect((await newest()).status).toBe('completed');
      expect(running()).toEqual({ [v2]: 5 });
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('is believed from DescribeExecution, not from an event that comes late', async () => {
    const test = await start();
    const { cloud, push, newest, watch } = test;
    const operator = operate(test);
    cloud.events.disturb = ({ source }) => (source === 'aws.states' ? [30_000, 900_000] : [0]);
    push('v2');
    await operator.reach('Update hosts');
    await operator.stop(await newest());
    await operator.redrive(await newest());

    await cloud.settle();

    const rollout = await newest();
    expect(rollout.status).toBe('completed');
    expect(rollout.log.map(({ status }) => status)).not.toContain('paused');
    expect(await watch.violations()).toEqual([]);
  });
});
