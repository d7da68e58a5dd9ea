/**
 * Pause and resume by the control machine, alone and together with Stop and Redrive in the console: whatever
 * comes first, no host is updated twice, and nothing goes out in between.
 */
import { describe, expect, it } from 'vitest';
import { delay, operate, updates } from './operator.ts';
import { POLICY, STACK, type Start, startCloud, type TestCloud } from './start-cloud.ts';

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

function pass({ cloud }: TestCloud, ms: number): Promise<void> {
  return cloud.run({ untilMs: cloud.clock.nowMs() + ms });
}

describe('a pause by a person', () => {
  const GOOD = [
    'Plan rollout',
    'Open batch',
    'Update hosts',
    'Read results',
    'Soak',
    'Check health',
    'Judge batch',
    'Wait for next batch',
  ];
  const BAD = [
    'Record chunk',
    'Plan rollback',
    'Restore hosts',
    'Read restores',
    'Record restores',
  ];
  const CASES = [
    ...GOOD.map((state) => ({ state, isBad: false, ends: 'completed' })),
    ...BAD.map((state) => ({ state, isBad: true, ends: 'rolled_back' })),
  ].flatMap((one) => [
    { ...one, pauseMs: 1_000 },
    { ...one, pauseMs: 7_200_000 },
  ]);

  it.each(CASES)(
    'of $pauseMs ms in "$state" ends $ends',
    async ({ state, isBad, ends, pauseMs }) => {
      const test = await start();
      const { cloud, v1, push, newest, rollouts, running, watch } = test;
      const operator = operate(test);
      const v2 = push('v2', isBad);
      await operator.reach(state);

      const paused = await operator.tell('pause');
      // What had read its gate before may still go out.
      await pass(test, 1_000);
      const sends = operator.sends();
      await pass(test, pauseMs);
      const standing = await newest();
      const sendsLater = operator.sends();
      const resumed = await operator.tell('resume');
      await cloud.settle();

      expect([paused.verdict, resumed.verdict]).toEqual(['done', 'done']);
      expect(standing).toMatchObject({
        status: 'paused',
        paused: { cause: 'I looked at it', by: 'ada' },
      });
      const looks = cloud.ssm.commands.slice(sends, sendsLater).map(({ comment }) => comment);
      expect(looks.filter((comment) => !comment.endsWith('probe'))).toEqual([]);
      expect(await newest()).toMatchObject({ status: ends, run: 1 });
      expect(await rollouts()).toHaveLength(1);
      expect(running()).toEqual({ [isBad ? v1 : v2]: 5 });
      expect(updates(test)).toEqual(isBad ? [1, 1] : [1, 1, 1, 1, 1]);
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('as often as there are attempts of a batch costs none of them', async () => {
    const test = await start(
      { staged_batches: [1], max_unavailable: 1, soak_seconds: 0 },
      { hosts: 9, settings: { chunks_per_second: 0.05 } },
    );
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');

    for (const count of [1, 2, 3, 4, 5, 6]) {
      await operator.reachCommands(count);
      await operator.tell('pause');
      await pass(test, 3_600_000);
      await operator.tell('resume');
    }
    await cloud.settle();

    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 9 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is not opened by a Stop and a Redrive in the console', async () => {
    const test = await start();
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Update hosts');
    await operator.tell('pause');
    await operator.stop(await newest());
    await pass(test, 5_000);
    await operator.redrive(await newest());
    await cloud.settle();
    const later = await newest();

    await operator.tell('resume');
    await cloud.settle();

    expect(later).toMatchObject({ status: 'paused', paused: { by: 'ada' } });
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('is opened by resume also where its execution was stopped meanwhile', async () => {
    const test = await start();
    const { cloud, push, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    await operator.reach('Update hosts');
    await operator.tell('pause');
    await operator.stop(await newest());
    await cloud.settle();

    const answer = await operator.tell('resume');
    await cloud.settle();

    expect(answer.reason).toBe('shop-web #1 goes on where it stood: its execution is redriven');
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'completed', run: 1, resumes: 1 });
    expect(rollout.log.find(({ event }) => event.endsWith('resumed'))).toMatchObject({
      who: 'ada',
      why: 'I looked at it; redriven (1)',
    });
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('keeps what the rollout was held for', async () => {
    const test = await start({ on_threshold: 'hold', soak_seconds: 0 });
    const { cloud, roll, newest, watch } = test;
    const operator = operate(test);
    await roll('v2', true);
    const held = await newest();
    await operator.tell('pause');
    await cloud.settle();

    const answer = await operator.tell('resume');
    await cloud.settle();

    expect(answer.reason).toBe(
      `shop-web #1 is held again; it stays held: ${held.hold?.reason}; resume goes on without the failed hosts, retry-failed tries them again, rollback takes every touched host back, cancel leaves them as they are`,
    );
    expect(await newest()).toMatchObject({ status: 'held', hold: held.hold });
    expect(operator.sends()).toBe(1);
    expect(await watch.violations()).toEqual([]);
  });

  it.each(['Plan rollout', 'Await approval'])(
    'in "%s" waits with its approval, which is asked for after it',
    async (state) => {
      const test = await start({ update_strategy: 'manual' });
      const { cloud, push, newest, running, watch } = test;
      const operator = operate(test);
      delay(test, 'plan-rollout');
      const v2 = push('v2');
      await operator.reach(state);
      await operator.tell('pause');
      await cloud.settle();
      const paused = await newest();
      const history = cloud.stepFunctions.history(paused.execution_arn).length;
      const early = await operator.tell('approve');
      await operator.tell('resume');
      await cloud.settle();
      const waiting = await newest();

      await operator.tell('approve');
      await cloud.settle();

      expect(paused.status).toBe('paused');
      expect(history).toBeLessThan(50);
      expect(cloud.logs.filter(({ line }) => line['level'] === 'ERROR')).toEqual([]);
      expect(early.reason).toBe('shop-web #1 is paused: it does not await an approval');
      expect(waiting.status).toBe('awaiting_approval');
      expect((await newest()).status).toBe('completed');
      expect(running()).toEqual({ [v2]: 5 });
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('that comes just after an approval keeps it', async () => {
    const test = await start({ update_strategy: 'manual' });
    const { cloud, roll, newest, running, watch } = test;
    const operator = operate(test);
    const v2 = await roll('v2');
    await operator.write({ action: 'approve', plan_hash: (await newest()).plan_hash ?? '' });
    await operator.tell('pause');
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    const paused = await newest();

    await operator.tell('resume');
    await cloud.settle();

    expect(paused).toMatchObject({ status: 'paused', decision: { action: 'approve' } });
    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 5 });
    expect(await watch.violations()).toEqual([]);
  });
});
