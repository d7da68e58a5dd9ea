import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { lookupKeys, policyKeys } from '#core/repository-key.ts';

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

  it('finds every pattern that a repository meets', () => {
    const part = fc.constantFrom('shop', 'web', 'web-api', 'a', 'ghcr.io');
    const globPart = fc.constantFrom('shop', 'web', 'web-*', '*', '*b', 'a', 'ghcr.io');
    const join = (parts: fc.Arbitrary<string>) =>
      fc.array(parts, { minLength: 1, maxLength: 4 }).map((list) => list.join('/'));

    fc.assert(
      fc.property(join(part), join(globPart), (name, text) => {
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
