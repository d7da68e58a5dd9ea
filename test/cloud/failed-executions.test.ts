/**
 * A lambda that throws what no machine knows: its execution ends FAILED, the rollout is held with the error
 * as its reason, and a Redrive goes on where it failed. In a chunk it is the chunk's alone: the batch is
 * opened again for it, five times, and then a person is asked.
 */
import { describe, expect, it } from 'vitest';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { operate, updates } from './operator.ts';
import { POLICY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = {
  ...POLICY,
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 5,
  soak_seconds: 60,
};

function start(policy: Record<string, unknown> = {}): Promise<TestCloud> {
  return startCloud({
    hosts: 5,
    policies: [{ ...STAGED, ...policy }],
    latencyMs: () => 20,
  });
}

describe('an execution that fails', () => {
  const THROWN: InvocationFault = { kind: 'refused', errorName: 'TypeError' };

  /** Every invocation of the function fails, until it is mended. */
  function breakFunction({ cloud }: TestCloud, name: string): () => void {
    cloud.functions.fault = ({ functionName }) =>
      functionName === `${STACK}-${name}` ? THROWN : undefined;
    return () => {
      cloud.functions.fault = undefined;
    };
  }

  const LAMBDAS = [
    { lambda: 'plan-rollout', isBad: false, from: 'pending', ends: 'completed' },
    { lambda: 'open-batch', isBad: false, from: 'pending', ends: 'completed' },
    { lambda: 'judge-batch', isBad: false, from: 'in_progress', ends: 'completed' },
    { lambda: 'close-rollout', isBad: false, from: 'in_progress', ends: 'completed' },
    { lambda: 'plan-rollback', isBad: true, from: 'in_progress', ends: 'rolled_back' },
  ];

  it.each(LAMBDAS)(
    'in $lambda is held with the error as reason, and mended by a Redrive',
    async ({ lambda, isBad, from, ends }) => {
      const test = await start();
      const { cloud, v1, roll, newest, running, target, watch } = test;
      const operator = operate(test);
      const mend = breakFunction(test, lambda);
      const v2 = await roll('v2', isBad);
      const held = await newest();
      mend();

      await operator.redrive(held);
      await cloud.settle();

      expect(held).toMatchObject({ status: 'held', held_from: from });
      expect(held.hold?.reason).toMatch(/^the execution ended FAILED \(TypeError: /);
      expect((await newest()).status).toBe(ends);
      expect(running()).toEqual({ [isBad ? v1 : v2]: 5 });
      expect((await target()).active).toBeUndefined();
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('is held after the throttles that its machine takes in its stride', async () => {
    const test = await start();
    const { cloud, roll, newest, watch } = test;
    let refusals = 0;
    cloud.functions.fault = ({ functionName }) =>
      functionName === `${STACK}-judge-batch` && refusals++ < 5
        ? { kind: 'refused', errorName: 'Lambda.TooManyRequestsException' }
        : undefined;

    await roll('v2');

    expect((await newest()).status).toBe('completed');
    expect(refusals).toBeGreaterThan(5);
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    { lambda: 'update-hosts', touched: 0 },
    { lambda: 'read-results', touched: 2 },
  ])(
    'in a chunk ($lambda) is tried five times, and then a person is asked',
    async ({ lambda, touched }) => {
      const test = await start({ soak_seconds: 0 });
      const { cloud, roll, newest, running, watch } = test;
      const operator = operate(test);
      const mend = breakFunction(test, lambda);
      const v2 = await roll('v2');
      const held = await newest();
      const reached = running()[v2] ?? 0;
      mend();

      await operator.decide({ action: 'go_on' });

      expect(held.status).toBe('held');
      expect(held.hold?.reason).toBe(
        'batch 1: 1 of 1 chunks of batch 1 are not recorded after 5 attempts',
      );
      expect(reached).toBe(touched);
      expect((await newest()).status).toBe('completed');
      expect(running()).toEqual({ [v2]: 5 });
      expect(updates(test)).toEqual([1, 1, 1, 1, 1]);
      expect(cloud.ssm.commands).toHaveLength(2);
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('in a chunk lets the way back read first what its command came to', async () => {
    const test = await start({ soak_seconds: 0 });
    const { cloud, v1, push, newest, running, watch } = test;
    const operator = operate(test);
    const mend = breakFunction(test, 'read-results');
    push('v2');
    await operator.reach('Hold for operator');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 1_000 });
    const before = (await test.hostRecords(await newest())).map(({ status }) => status);
    mend();

    await operator.decide({ action: 'roll_back' });

    expect(before).toEqual(['updating', 'updating']);
    const words = cloud.ssm.commands.map(({ comment }) => comment.split(' ').at(-1));
    expect(words).toEqual(['update', 'restore']);
    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 5 });
    expect(await watch.violations()).toEqual([]);
  });

  it('on the way back is held, goes on with the way back, and is not taken over meanwhile', async () => {
    const test = await start({ soak_seconds: 0 });
    const { cloud, push, roll, newest, rollouts, running, target, watch } = test;
    const operator = operate(test);
    push('v2', true);
    await operator.reach('Restore hosts');
    const mend = breakFunction(test, 'plan-rollback');
    await cloud.settle();
    const held = await newest();
    const v3 = await roll('v3');
    const waiting = await rollouts();
    mend();

    await operator.redrive(held);
    await cloud.settle();

    expect(held).toMatchObject({ status: 'held', held_from: 'rolling_back' });
    expect(waiting).toHaveLength(1);
    expect((await rollouts()).map(({ status }) => status)).toEqual(['rolled_back', 'completed']);
    expect(running()).toEqual({ [v3]: 5 });
    expect((await target()).waiting_digest).toBe('');
    expect(await watch.violations()).toEqual([]);
  });
});
