import { describe, expect, it } from 'vitest';
import { batchMs } from '#core/batch-time.ts';
import { aPolicy, aRollout } from './fixtures.ts';

const DEFAULTS = { health_check_timeout_seconds: 300 };

describe('a batch takes at most', () => {
  // An update: 120 s to be delivered, 600 s of work, 300 s of its health check; 40 at once, 5 a second.
  it.each([
    ['one chunk', {}, 1, 1020],
    ['one wave', {}, 40, 1020 + 7.8],
    ['a chunk more', {}, 41, 2 * 1020 + 8],
    ['three waves', {}, 90, 3 * 1020 + 17.8],
    ['without a health check', { health_check_enabled: false, soak_seconds: 60 }, 1, 720],
    // The second look: 60 s, then 120 s to be delivered, 60 s of work, 300 s of its health check.
    ['with a soak', { soak_seconds: 60 }, 1, 1020 + 60 + 480],
    ['with 20 hosts at once', { max_unavailable: 20 }, 3, 3 * 1020 + 0.4],
    ['with 100 hosts at once', { max_unavailable: 100 }, 4, 2 * 1020 + 0.6],
  ])('%s: %j, %d chunks, %d seconds', (_, policy, chunks, seconds) => {
    const rollout = aRollout({ settings: aPolicy({ ...DEFAULTS, ...policy }) });

    expect(batchMs(rollout, chunks)).toBeCloseTo(seconds * 1000, 3);
  });
});
