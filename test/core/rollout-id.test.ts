import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executionName, nextGeneration, parseExecutionName, rolloutId } from '#core/rollout-id.ts';

const SHA = 'abcdef0123456789';

describe('a generation', () => {
  it.each([
    { last: 0, nowMs: 1_794_657_600_999, next: 1_794_657_600, why: 'seconds since 1970' },
    { last: 1_794_657_599, nowMs: 1_794_657_600_000, next: 1_794_657_600, why: 'the clock leads' },
    { last: 1_794_657_600, nowMs: 1_794_657_600_000, next: 1_794_657_601, why: 'the same second' },
    { last: 1_900_000_000, nowMs: 1_794_657_600_000, next: 1_900_000_001, why: 'a clock behind' },
  ])('follows $last as $next: $why', ({ last, nowMs, next }) => {
    expect(nextGeneration(last, nowMs)).toBe(next);
  });
});

describe('a name', () => {
  it('joins policy, repository, generation and run', () => {
    const rollout = rolloutId('shop-web', SHA, 17);

    expect(rollout).toBe('shop-web-abcdef-g17');
    expect(executionName(rollout, 3)).toBe('shop-web-abcdef-g17-r3');
  });

  it('is read back as it was made, in at most 80 characters and without a colon', () => {
    const policies = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
    const hashes = fc.stringMatching(/^[0-9a-f]{64}$/);
    const law = fc.property(
      policies,
      hashes,
      fc.integer({ min: 1, max: 9_999_999_999 }),
      fc.integer({ min: 1, max: 9_999 }),
      (policy, hash, generation, run) => {
        const rollout = rolloutId(policy, hash, generation);
        const name = executionName(rollout, run);

        expect(name).toMatch(/^[^:]{1,80}$/);
        expect(parseExecutionName(name)).toEqual({ rollout, run });
      },
    );

    fc.assert(law);
  });

  it.each([
    'shop-web-abcdef-g17',
    'shop-web-abcdef-g17-r',
    'shop-web-abcdef-g17-rx',
    'shop-web-abcdeg-g17-r1',
    'shop-web-abcdef-17-r1',
    'Shop-abcdef-g17-r1',
    'shop-web-abcdef-g17-r1-again',
    ' shop-web-abcdef-g17-r1',
    `${'a'.repeat(41)}-abcdef-g17-r1`,
    '3f0c1f1e-5a7e-4c36-9df1-0c7f9f5d3d10',
    '',
  ])('that nobody of ours gave is none: %j', (name) => {
    expect(parseExecutionName(name)).toBeUndefined();
  });
});
