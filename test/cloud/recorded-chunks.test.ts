/** Which step records a chunk: who reads its last answers, and "Record chunk" where a threshold may be crossed. */
import { describe, expect, it } from 'vitest';
import { readTallies } from '#aws/chunk-store.ts';
import { operate } from './operator.ts';
import { POLICY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const ONE_BATCH = { ...POLICY, staged_batches: [1], soak_seconds: 60 };

function start(policy: Record<string, unknown> = {}): Promise<TestCloud> {
  return startCloud({ hosts: 2, policies: [{ ...ONE_BATCH, ...policy }], latencyMs: () => 20 });
}

async function recordedBy({ cloud, store, newest }: TestCloud) {
  const { rollout } = await newest();
  const tallies = await readTallies(store, rollout);
  const calls = cloud.functions.invocations(`${STACK}-record-chunk`);
  return { tallies: tallies.map(({ completed, failed }) => ({ completed, failed })), calls };
}

describe('a chunk', () => {
  it.each([
    { looks: 'at once', soak_seconds: 0 },
    { looks: 'twice', soak_seconds: 60 },
  ])('that is healthy, looked at $looks, is recorded by who looked', async ({ soak_seconds }) => {
    const test = await start({ soak_seconds });

    await test.roll('v2');

    expect(await recordedBy(test)).toEqual({ tallies: [{ completed: 2, failed: 0 }], calls: 0 });
  });

  it('with a failed host is recorded where thresholds are judged', async () => {
    const test = await start();

    await test.roll('v2', true);

    expect(await recordedBy(test)).toEqual({ tallies: [{ completed: 0, failed: 2 }], calls: 1 });
    expect((await test.newest()).status).toBe('rolled_back');
  });

  it('that waits for a person ends without a record, and is taken up where it was', async () => {
    const test = await start();
    const { cloud, push, newest } = test;
    const operator = operate(test);
    cloud.fleet.images.set(push('v2'), { diesAfterMs: 75_000 });
    await operator.reach('Check health');

    await operator.tell('pause');
    await cloud.settle();

    expect((await newest()).status).toBe('paused');
    expect(await recordedBy(test)).toEqual({ tallies: [], calls: 0 });

    await operator.tell('resume');
    await cloud.settle();

    expect((await newest()).status).toBe('rolled_back');
    expect(await recordedBy(test)).toEqual({ tallies: [{ completed: 0, failed: 2 }], calls: 1 });
    expect(await test.watch.violations()).toEqual([]);
  });
});
