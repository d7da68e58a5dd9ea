import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { lookupKeys, policyKeys } from '#core/repository-key.ts';
import { patternTexts, repositoryNames } from './repository-names.ts';

function keysOf(text: string) {
  const pattern = parseImagePattern(text);
  if (pattern === undefined) throw new Error(`${text} is no pattern`);
  return policyKeys(pattern);
}

describe('policyKeys', () => {
  it.each([
    ['shop/web:*', '=shop/web', '/shop/web'],
    ['web', '=web', '/web'],
    ['ghcr.io/acme/app', '=ghcr.io/acme/app', '/ghcr.io/acme/app'],
    ['/ghcr.io/acme', '=/ghcr.io/acme', '//ghcr.io/acme'],
    ['shop/*', '>shop', '/shop/'],
    ['shop/web-*:v1', '>shop', '/shop/web-'],
    ['shop/a/*', '>shop', '/shop/a/'],
    ['ghcr.io/acme/*', '>ghcr.io/acme', '/ghcr.io/acme/'],
    ['/ghcr.io/*', '>/ghcr.io', '//ghcr.io/'],
    ['*', '*', '/'],
    ['sh*', '*', '/sh'],
    ['sh*/web', '*', '/sh'],
    ['*/web', '*', '/'],
    ['ghcr.io/*/app', '*ghcr.io', '/ghcr.io/'],
    ['ghcr.io/*', '*ghcr.io', '/ghcr.io/'],
    ['/g*.io/app', '*', '/g'],
  ])('%s is kept under %s, %s', (text, repository_key, repository_prefix) => {
    expect(keysOf(text)).toEqual({ repository_key, repository_prefix });
  });
});

describe('lookupKeys', () => {
  it('asks three times for a repository below another name', () => {
    expect(lookupKeys('shop/web')).toEqual([
      { repository_key: '=shop/web', prefix_from: '/shop/web', prefix_to: '/shop/web' },
      { repository_key: '>shop', prefix_from: '/', prefix_to: '/shop/web' },
      { repository_key: '*', prefix_from: '/', prefix_to: '/shop/web' },
    ]);
  });

  it('asks twice for a repository of one part', () => {
    expect(lookupKeys('web').map(({ repository_key }) => repository_key)).toEqual(['=web', '*']);
    expect(lookupKeys('ghcr.io/app').map(({ repository_key }) => repository_key)).toEqual([
      '=ghcr.io/app',
      '*ghcr.io',
    ]);
  });

  it('asks for a repository of the own ECR that looks like a registry by both of its names', () => {
    expect(lookupKeys('/ghcr.io/app')).toEqual([
      { repository_key: '=/ghcr.io/app', prefix_from: '//ghcr.io/app', prefix_to: '//ghcr.io/app' },
      { repository_key: '>/ghcr.io', prefix_from: '/', prefix_to: '//ghcr.io/app' },
      { repository_key: '*', prefix_from: '/', prefix_to: '/ghcr.io/app' },
    ]);
  });

  it('finds every pattern that a repository meets', () => {
    fc.assert(
      fc.property(repositoryNames, patternTexts, (name, text) => {
        const pattern = parseImagePattern(text);
        fc.pre(pattern !== undefined && matchesRepository(pattern, name));
        const { repository_key, repository_prefix } = keysOf(text);

        const isFound = lookupKeys(name).some(
          (lookup) =>
            lookup.repository_key === repository_key &&
            lookup.prefix_from <= repository_prefix &&
            repository_prefix <= lookup.prefix_to,
        );

        expect(isFound).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
