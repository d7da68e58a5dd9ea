import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerKey, describeClaim, listClaims, rivalKeys } from '#core/policy-claims.ts';
import { aPolicy } from './fixtures.ts';

const one = { id: 'one', image_pattern: 'shop/web:*', container: 'web' };

/** With nothing of the fixture's own selection. */
function policy(fields: Record<string, unknown>) {
  return { ...aPolicy(), fleet_id: undefined, device_tags: [], hosts: [], ...fields };
}

function claims(first: Record<string, unknown>, second: Record<string, unknown>) {
  return listClaims([policy({ ...one, ...first }), policy({ ...one, id: 'two', ...second })]);
}

describe('two policies', () => {
  it.each([
    ['say nothing to tell their hosts apart', { all_hosts: true }, { all_hosts: true }],
    ['have one fleet', { fleet_id: 'a' }, { fleet_id: 'a' }],
    ['have a fleet and another tag', { fleet_id: 'a' }, { device_tags: ['role:web'] }],
    ['have different tags', { device_tags: ['role:web'] }, { device_tags: ['region:eu'] }],
    ['name one host', { hosts: ['i-1', 'i-2'] }, { hosts: ['i-2', 'i-3'] }],
    ['name a host, and a fleet', { hosts: ['i-1'] }, { fleet_id: 'a' }],
    ['have other repositories', { fleet_id: 'a' }, { fleet_id: 'a', image_pattern: 'x/y:*' }],
  ])('claim the same where they %s', (_, first, second) => {
    expect(claims(first, second)).toEqual([{ index: 1, other: 'one', container: 'web' }]);
  });

  it.each([
    ['have different fleets', { fleet_id: 'a' }, { fleet_id: 'b' }],
    [
      'want two values of one tag',
      { device_tags: ['role:web', 'region:eu'] },
      { device_tags: ['region:us'] },
    ],
    ['name different hosts', { hosts: ['i-1'] }, { hosts: ['i-2'] }],
    ['have different containers', { fleet_id: 'a' }, { fleet_id: 'a', container: 'api' }],
  ])('do not where they %s', (_, first, second) => {
    expect(claims(first, second)).toEqual([]);
  });

  it.each([
    ['shop/*:*', 'shop/*:*', true],
    ['shop/*:*', 'team/api:*', true],
    ['shop/web-*:*', 'shop/*-api:*', true],
    ['shop/web-*:*', 'shop/web-admin:*', true],
    ['shop/web-*:*', 'shop/api-*:*', false],
    ['shop/*-web:*', 'shop/*-api:*', false],
    ['shop/web-*:*', 'shop/api:*', false],
    ['shop/web:*', 'team/web:*', true],
    ['no**pattern', 'shop/web:*', false],
  ])('whose containers are named after %s and %s meet: %s', (first, second, meet) => {
    const unnamed = { container: undefined, fleet_id: 'a' };
    const found = claims(
      { ...unnamed, image_pattern: first },
      { ...unnamed, image_pattern: second },
    );

    expect(found).toHaveLength(meet ? 1 : 0);
  });

  it('claim the same in either order', () => {
    const tags = fc.subarray(['a:1', 'b:1', 'b:2', 'c:3'], { maxLength: 2 });
    const hosts = fc.subarray(['i-1', 'i-2', 'i-3']);
    const fields = fc.record({ device_tags: tags, hosts });

    fc.assert(
      fc.property(fields, fields, (first, second) => {
        expect(claims(first, second).length).toBe(claims(second, first).length);
      }),
    );
  });
});

it('tells of each policy once, and what to do', () => {
  const all = ['one', 'two', 'three'].map((id) => policy({ ...one, id, fleet_id: 'a' }));

  const found = listClaims(all);

  expect(found.map(({ index, other }) => [index, other])).toEqual([
    [1, 'one'],
    [2, 'one'],
  ]);
  expect(describeClaim({ other: 'one', container: 'web' })).toBe(
    'claims the container web on hosts that one may claim too; give one of them another fleet_id, a device tag with another value, or another container',
  );
});

describe('a policy beside others that are not told of', () => {
  const own = policy({ ...one, fleet_id: 'a' });
  const other = policy({ ...one, id: 'other', fleet_id: 'a' });

  it('claims what one of them claims', () => {
    expect(listClaims([own], [other])).toEqual([{ index: 0, other: 'other', container: 'web' }]);
  });

  it('is no rival where only they claim the same', () => {
    const apart = policy({ ...one, fleet_id: 'b' });

    expect(listClaims([apart], [other, { ...other, id: 'another' }])).toEqual([]);
  });

  it.each([
    ['a name meets a glob', 'web', 'shop/*:*'],
    ['a glob meets a name', undefined, 'shop/web:*'],
  ])('is found where %s', (_, container, image_pattern) => {
    const first = policy({ ...own, container, image_pattern: 'shop/*:*' });
    const second = policy({ ...other, container: undefined, image_pattern });

    expect(listClaims([first], [second])).toHaveLength(1);
  });
});

describe('the key of the index', () => {
  it.each([
    ['web', 'shop/web:*', '=web'],
    ['web', 'shop/*:*', '=web'],
    [undefined, 'shop/web:*', '=web'],
    [undefined, '*/web:*', '=web'],
    [undefined, 'shop/*:*', '*'],
    [undefined, 'shop/web-*:*', '*'],
  ])('of container %s and pattern %s is %s', (container, image_pattern, key) => {
    expect(containerKey(policy({ ...one, container, image_pattern }))).toBe(key);
  });

  it('is asked for, wherever two claim the same container', () => {
    const part = fc.constantFrom('web', 'api', 'web-*', '*', '*-api', 'web-api');
    const container = fc.option(fc.constantFrom('web', 'api', 'web-api'), { nil: undefined });
    const fields = fc.record({ part, container });
    const name = fc.constantFrom('web', 'api', 'web-api', 'web-b', 'x-api');

    fc.assert(
      fc.property(name, fields, (named, { part: last, container: given }) => {
        const rival = policy({ ...one, container: given, image_pattern: `shop/${last}:*` });
        const own = policy({ ...one, id: 'own', container: named });
        fc.pre(listClaims([own], [rival]).length > 0);

        expect(rivalKeys(named)).toContain(containerKey(rival));
      }),
    );
  });
});
