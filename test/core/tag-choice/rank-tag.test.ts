import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTags } from '#core/tag-choice/rank-tag.ts';

describe('compareTags', () => {
  it.each([
    ['v10', 'v9'],
    ['v3', 'v3-again'],
    ['v3', 'v3_again'],
    ['v3-b', 'v3-a'],
    ['1.2.3', 'latest'],
    ['v1', 'latest'],
    ['1.2.3', '1.2'],
    ['1.2', '1'],
    ['1.0.0', '1.0.0-rc1'],
    ['1.0.0-rc10', '1.0.0-rc9'],
    ['v007', 'v06'],
    ['b', 'a'],
    ['main-20', 'main-3'],
    ['v100000000000000000000000000000001', 'v100000000000000000000000000000000'],
    ['v7', 'v007'],
  ])('puts %s before %s', (first, second) => {
    expect(compareTags(first, second)).toBe(1);
    expect(compareTags(second, first)).toBe(-1);
  });

  it('is an order: total, the same both ways, and without circles', () => {
    const tag = fc.stringMatching(/^[v01a._-]{1,5}$/);

    fc.assert(
      fc.property(tag, tag, tag, (one, two, three) => {
        expect(compareTags(one, two) + compareTags(two, one)).toBe(0);
        expect(compareTags(one, two) === 0).toBe(one === two);
        fc.pre(compareTags(one, two) > 0 && compareTags(two, three) > 0);
        expect(compareTags(one, three)).toBe(1);
      }),
      { numRuns: 1000 },
    );
  });
});
