import { describe, expect, it } from 'vitest';
import {
  HeldPolicy,
  isHeld,
  STORED_FORM,
  StoredPolicy,
  storedPolicy,
} from '#core/stored-policy.ts';
import { aPolicy, NOW_MS } from './fixtures.ts';

const DOCUMENT = {
  id: 'shop-web',
  image_pattern: 'shop/web:*',
  fleet_id: 'production',
  device_tags: ['region:eu', 'role:web'],
};

const stored = storedPolicy(aPolicy(DOCUMENT), DOCUMENT, undefined, NOW_MS);
const held = HeldPolicy.parse({ ...stored, version: 7 });

// Whoever changes what is stored of the same document gives the form its next number: without it
// CloudFormation sees no difference, and what is in the table stays as it is.
it('has a form, and a number for it', () => {
  expect([STORED_FORM, stored]).toEqual([
    2,
    {
      policy: 'shop-web',
      item: 'spec',
      version: 0,
      repository_key: '=shop/web',
      repository_prefix: '/shop/web',
      container_key: '=web',
      document: DOCUMENT,
      source: 'stack',
      updated_at_ms: NOW_MS,
    },
  ]);
});

it('is read back as it was written', () => {
  expect(StoredPolicy.parse(stored)).toEqual(stored);
});

it('is not made of a policy without a pattern', () => {
  const policy = { ...aPolicy(), image_pattern: '::' };

  expect(() => storedPolicy(policy, {}, undefined, NOW_MS)).toThrow(TypeError);
});

describe('what is held', () => {
  it('is written over on condition of its version', () => {
    expect(storedPolicy(aPolicy(DOCUMENT), DOCUMENT, held, NOW_MS).version).toBe(7);
  });

  it.each([
    ['as it is', {}, true],
    ['at another time', { updated_at_ms: 1 }, true],
    [
      'with its fields in another order',
      { document: Object.fromEntries(Object.entries(DOCUMENT).toReversed()) },
      true,
    ],
    ['with another key', { repository_prefix: '/shop' }, false],
    ['without a key', { container_key: undefined }, false],
    ['with what another release wrote', { tag_key: 'v*' }, false],
    ['with another field', { document: { ...DOCUMENT, max_hosts: 3 } }, false],
    ['with a field less', { document: { ...DOCUMENT, fleet_id: undefined } }, false],
    ['with another value', { document: { ...DOCUMENT, fleet_id: 'staging' } }, false],
    [
      'with its tags in another order',
      { document: { ...DOCUMENT, device_tags: ['role:web', 'region:eu'] } },
      false,
    ],
    ['with fewer tags', { document: { ...DOCUMENT, device_tags: ['region:eu'] } }, false],
    ['with tags that are no list', { document: { ...DOCUMENT, device_tags: {} } }, false],
    ['without a document', { document: undefined }, false],
  ])('%s says the same: %s', (_, fields, isSame) => {
    const other = Object.entries({ ...held, ...fields }).filter(([, value]) => value !== undefined);
    const next = storedPolicy(aPolicy(DOCUMENT), DOCUMENT, held, NOW_MS);

    expect(isHeld(next, HeldPolicy.parse(Object.fromEntries(other)))).toBe(isSame);
  });

  it('is nothing at first', () => {
    expect(isHeld(stored, undefined)).toBe(false);
  });

  it.each([
    ['no version', { version: undefined }],
    ['a version of 0', { version: 0 }],
    ['a source that nobody knows', { source: 'git' }],
    ['no source', { source: undefined }],
  ])('says too little with %s', (_, fields) => {
    expect(HeldPolicy.safeParse({ ...held, ...fields }).success).toBe(false);
  });
});
