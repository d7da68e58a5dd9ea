import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ImagePattern,
  isTagGlob,
  matchesGlob,
  matchesRepository,
  matchesTag,
  parseImagePattern,
} from '#core/image-pattern.ts';

const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

function pattern(text: string): ImagePattern {
  const parsed = parseImagePattern(text);
  if (parsed === undefined) throw new Error(`${text} is no pattern`);
  return parsed;
}

describe('parseImagePattern', () => {
  it.each<[string, ImagePattern]>([
    ['shop/web:*', { registry: '', repository: 'shop/web', tag: '*' }],
    ['shop/web', { registry: '', repository: 'shop/web', tag: '*' }],
    ['shop/*:v1', { registry: '', repository: 'shop/*', tag: 'v1' }],
    ['*/web-*:v*-rc', { registry: '', repository: '*/web-*', tag: 'v*-rc' }],
    ['localhost:5000/app:v1', { registry: 'localhost:5000', repository: 'app', tag: 'v1' }],
    ['ghcr.io/acme/*', { registry: 'ghcr.io', repository: 'acme/*', tag: '*' }],
    ['/ghcr.io/acme', { registry: '', repository: 'ghcr.io/acme', tag: '*' }],
    [`web:${'t'.repeat(299)}*`, { registry: '', repository: 'web', tag: `${'t'.repeat(299)}*` }],
  ])('reads %s', (text, expected) => {
    expect(parseImagePattern(text)).toEqual(expected);
  });

  it.each([
    '',
    '*.example.com/app',
    'ghcr.io/',
    'shop/**',
    'shop/web:**',
    'shop/web:',
    'shop/we?',
    'shop/[ab]',
    'Shop/*',
    'shop//*',
    '*/',
    'shop/web:v1:*',
    'shop/web@sha256:*',
    'shop/web:a/b*',
    `web:${'t'.repeat(300)}*`,
    `${'a/'.repeat(254)}aa*:v`,
  ])('does not take %j for a pattern', (text) => {
    expect(parseImagePattern(text)).toBeUndefined();
  });

  it('takes 512 characters', () => {
    expect(parseImagePattern(`${'a/'.repeat(254)}a*:v`)).toMatchObject({ tag: 'v' });
  });

  it("takes a pattern of the stack's own host as one of the own ECR", () => {
    expect(parseImagePattern(`${HOST}/shop/*`, HOST)).toEqual(pattern('shop/*'));
  });
});

describe('matchesRepository', () => {
  it.each([
    ['shop/web', 'shop/web', true],
    ['shop/web', 'shop/web2', false],
    ['shop/web', 'ghcr.io/shop/web', false],
    ['ghcr.io/shop/web', 'ghcr.io/shop/web', true],
    ['ghcr.io/shop/web', 'shop/web', false],
    ['/ghcr.io/shop/*', '/ghcr.io/shop/web', true],
    ['/ghcr.io/shop/*', 'ghcr.io/shop/web', false],
    ['shop/*', 'shop/web', true],
    ['shop/*', 'shop', false],
    ['shop/*', 'shop/a/b', false],
    ['*/*', 'shop/web', true],
    ['*', 'web', true],
    ['*', 'shop/web', false],
    ['shop/web-*', 'shop/web-', true],
    ['shop/*-api-*', 'shop/a-api-b', true],
    ['shop/*-api-*', 'shop/a-ap-i-b', false],
  ])('%s, %s: %s', (text, name, isMet) => {
    expect(matchesRepository(pattern(text), name)).toBe(isMet);
  });
});

describe('matchesTag', () => {
  it.each([
    ['web', 'anything', true],
    ['web:v1', 'v1', true],
    ['web:v1', 'v10', false],
    ['web:v*', 'v', true],
    ['web:*-rc*', 'v1-rc1', true],
    ['web:a*b*a', 'aba', true],
    ['web:a*b*a', 'aa', false],
    ['web:ab*ba', 'aba', false],
  ])('%s, %s: %s', (text, tag, isMet) => {
    expect(matchesTag(pattern(text), tag)).toBe(isMet);
  });
});

describe('isTagGlob', () => {
  it.each([
    ['v1', true],
    ['*', true],
    ['-v1', false],
    ['-*', true],
    ['a**', false],
    ['', false],
  ])('%j: %s', (text, isGlob) => {
    expect(isTagGlob(text)).toBe(isGlob);
  });
});

describe('matchesGlob', () => {
  const letters = fc.stringMatching(/^[ab.-]{0,12}$/);
  const globs = fc.stringMatching(/^[ab.*-]{0,8}$/);

  it('agrees with a regular expression in which * is .*', () => {
    fc.assert(
      fc.property(globs, letters, (glob, text) => {
        const source = glob
          .split('*')
          .map((piece) => piece.replaceAll('.', '\\.'))
          .join('.*');

        expect(matchesGlob(glob, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('ends at once on what makes a backtracking engine slow', () => {
    const glob = `${'*a'.repeat(150)}*b`;

    expect(matchesGlob(glob, 'a'.repeat(100_000))).toBe(false);
  });
});
