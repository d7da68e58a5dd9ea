import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { findMatches, indexPatterns } from '#core/pattern-index.ts';
import { patternTexts, repositoryNames } from './repository-names.ts';

function parsed(texts: readonly string[]) {
  return texts.flatMap((text) => {
    const pattern = parseImagePattern(text);
    return pattern === undefined ? [] : [{ text, pattern }];
  });
}

function matches(texts: readonly string[], name: string): string[] {
  return findMatches(indexPatterns(parsed(texts)), name).map(({ text }) => text);
}

describe('findMatches', () => {
  const MANY = [
    '*/web',
    'shop/web',
    'shop/api',
    'shop/*',
    'shop/*-web',
    'sh*/w*',
    'web',
    'ghcr.io/shop/web',
    'ghcr.io/*/web',
    '*/*/web',
    'shop/web:v1',
  ];

  it.each([
    ['shop/web', ['*/web', 'shop/web', 'shop/*', 'sh*/w*', 'shop/web:v1']],
    ['shop/my-web', ['shop/*', 'shop/*-web']],
    ['team/web', ['*/web']],
    ['web', ['web']],
    ['ghcr.io/shop/web', ['ghcr.io/shop/web', 'ghcr.io/*/web']],
    ['/ghcr.io/web', ['*/web']],
    ['w', []],
  ])('meets %s in the order in which the patterns came', (name, expected) => {
    expect(matches(MANY, name)).toEqual(expected);
  });

  it('finds nothing among no patterns', () => {
    expect(matches([], 'shop/web')).toEqual([]);
  });

  it('finds exactly what asking every pattern finds', () => {
    fc.assert(
      fc.property(fc.array(patternTexts, { maxLength: 30 }), repositoryNames, (texts, name) => {
        const asked = parsed(texts).filter(({ pattern }) => matchesRepository(pattern, name));

        expect(matches(texts, name)).toEqual(asked.map(({ text }) => text));
      }),
      { numRuns: 2000 },
    );
  });
});
