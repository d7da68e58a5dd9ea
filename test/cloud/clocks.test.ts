/** Lambdas whose clocks differ by some seconds from each other and from the services'. */
import { describe, expect, it } from 'vitest';
import { POLICY, startCloud } from './start-cloud.ts';

const HALF_AN_HOUR_MS = 1_800_000;
const WEB = { ...POLICY, staged_batches: [1], batch_delay_minutes: 0, soak_seconds: 30 };
const API = { ...WEB, id: 'shop-api', image_pattern: 'shop/api:*', container: 'api' };

describe('a clock of five seconds', () => {
  it.each([
    ['ahead', 5_000],
    ['behind', -5_000],
  ])('%s lets every lambda have the turn that it waited for', async (_, aheadMs) => {
    const { cloud, push, rollouts, watch } = await startCloud({
      hosts: 2,
      policies: [WEB, API],
      // A turn every twenty seconds, and two rollouts that want them.
      settings: { chunks_per_second: 0.05 },
      // Who is behind asks again until its own clock has come there: calls take time, as they do.
      latencyMs: () => 50,
      lambdaAheadMs: (name) => (/-(update-hosts|check-health)$/.test(name) ? aheadMs : 0),
      prepare: ({ ecr, fleet }) => {
        ecr.createRepository('shop/api');
        const api = ecr.push('shop/api', { tag: 'v1' });
        for (const { id } of fleet.list) fleet.host(id).byHand.run('api', api);
      },
    });

    push('v2');
    cloud.ecr.push('shop/api', { tag: 'v2' });
    await cloud.run({ untilMs: cloud.clock.nowMs() + HALF_AN_HOUR_MS });

    expect((await rollouts()).map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(watch.found).toEqual([]);
  });
});
