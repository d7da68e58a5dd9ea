/** The second look: an image that passes its first check and dies before the policy's soak is over. */
import { describe, expect, it } from 'vitest';
import { operate } from './operator.ts';
import { POLICY, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = {
  ...POLICY,
  staged_batches: ['2 hosts', 1],
  batch_delay_minutes: 1,
  on_threshold: 'hold',
};

function start(policy: Record<string, unknown>): Promise<TestCloud> {
  return startCloud({ hosts: 6, policies: [{ ...STAGED, ...policy }] });
}

describe('an image that dies during its soak', () => {
  const SOAKED = { ...STAGED, soak_seconds: 120 };
  const DIES = { diesAfterMs: 90_000 };

  it.each([
    ['hold', 'held'],
    ['rollback', 'rolled_back'],
  ])(
    'fails the second look and is taken back at once (on_threshold: %s)',
    async (on_threshold, ends) => {
      const { cloud, v1, push, newest, running, hostRecords, watch } = await start({
        ...SOAKED,
        on_threshold,
      });
      const v2 = push('v2');
      cloud.fleet.images.set(v2, DIES);

      await cloud.settle();

      const rollout = await newest();
      expect(rollout.status).toBe(ends);
      const words = cloud.ssm.commands.map(({ comment }) => comment.split(' ').at(-1));
      expect(words.slice(0, 3)).toEqual(['update', 'probe', 'restore']);
      const [, probe, restore] = cloud.ssm.commands;
      const probed = probe?.invocations.map(({ finishedAtMs = 0 }) => finishedAtMs) ?? [];
      expect((restore?.requestedAtMs ?? 0) - Math.max(...probed)).toBeLessThan(5_000);
      expect(running()).toEqual({ [v1]: 6 });
      const touched = (await hostRecords(rollout)).filter(({ attempts }) => attempts > 0);
      expect(touched).toHaveLength(2);
      expect(touched[0]).toMatchObject({
        status: ends === 'held' ? 'failed' : 'rolled_back',
        probe: { passed: false },
        digest_after: v1,
      });
      expect(await watch.violations()).toEqual([]);
    },
  );

  it('stays where the policy does not take hosts back by itself, until a person decides', async () => {
    const test = await start({ ...SOAKED, auto_rollback: false });
    const { cloud, v1, push, running, newest, watch } = test;
    const operator = operate(test);
    const v2 = push('v2');
    cloud.fleet.images.set(v2, DIES);
    await cloud.settle();
    const before = running();

    await operator.decide({ action: 'roll_back' });

    expect(before).toEqual({ [v1]: 4, [v2]: 2 });
    expect((await newest()).status).toBe('rolled_back');
    expect(running()).toEqual({ [v1]: 6 });
    expect(await watch.violations()).toEqual([]);
  });

  it('lets an image that lives through its soak pass', async () => {
    const { cloud, roll, newest, running, watch } = await start(SOAKED);

    const v2 = await roll('v2');

    expect((await newest()).status).toBe('completed');
    expect(running()).toEqual({ [v2]: 6 });
    const words = cloud.ssm.commands.map(({ comment }) => comment.split(' ').at(-1));
    expect(words).toEqual(['update', 'probe', 'update', 'probe']);
    expect(await watch.violations()).toEqual([]);
  });
});
