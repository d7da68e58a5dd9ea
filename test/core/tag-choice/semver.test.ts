import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { isSatisfiable } from '#core/tag-choice/semver.ts';

describe('isSatisfiable', () => {
  it.each([
    ['*', true, true],
    ['', true, true],
    ['1.x', true, true],
    ['<2.0.0', true, true],
    ['>=2.0.0 <=2.0.0', true, true],
    ['>2.0.0 <2.0.0', false, false],
    ['^1.0.0 ^2.0.0', false, false],
    ['^1.0.0 ^2.0.0 || 3.x', true, true],
    ['<0.0.0-0', false, false],
    ['<0.0.0', false, true],
    ['>1.2.3 <1.2.4', false, true],
    ['>1.2.3 <1.2.4-rc.1', true, true],
    ['>=1.0.0-rc.1 <1.0.0', true, true],
    ['>1.0.0-rc.1 <1.0.0-rc.2', true, true],
    ['>1.0.0-rc.1 <=1.0.0-rc.1', false, false],
    ['>=9007199254740991.0.0', true, true],
  ])('%j is %s, and with pre-releases %s', (range, plain, withPrereleases) => {
    expect([isSatisfiable(range, false), isSatisfiable(range, true)]).toEqual([
      plain,
      withPrereleases,
    ]);
  });

  it('is so wherever any version is in the range, and nowhere else', () => {
    const number = fc.nat(2);
    const suffix = fc.constantFrom('', '', '-0', '-a', '-a.0', '-a.1', '-b');
    const version = fc
      .tuple(number, number, number, suffix)
      .map(([major, minor, patch, end]) => `${major}.${minor}.${patch}${end}`);
    const bound = fc.tuple(fc.constantFrom('>', '>=', '<', '<=', '='), version);
    const range = fc
      .array(bound, { minLength: 1, maxLength: 3 })
      .map((bounds) => bounds.map(([operator, of]) => operator + of).join(' '));
    const numbers = [0, 1, 2, 3];
    const suffixes = ['', '-0', '-a', '-a.0', '-a.0.0', '-a.1', '-a.1.0', '-b', '-b.0', '-0.0'];
    const universe = numbers.flatMap((major) =>
      numbers.flatMap((minor) =>
        numbers.flatMap((patch) => suffixes.map((end) => `${major}.${minor}.${patch}${end}`)),
      ),
    );

    fc.assert(
      fc.property(range, fc.boolean(), (text, includePrerelease) => {
        const parsed = new semver.Range(text, { includePrerelease });

        expect(isSatisfiable(text, includePrerelease)).toBe(
          universe.some((one) => parsed.test(one)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
