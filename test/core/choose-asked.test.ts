import { describe, expect, it } from 'vitest';
import { chooseAsked, refuseAsked } from '#core/choose-asked.ts';
import { aPolicy, digestOf, NOW_MS, V1, V2 } from './fixtures.ts';

const POLICY = aPolicy({ image_pattern: 'shop/web:v*' });
const IMAGES = [
  { digest: V1, tags: ['v1', 'stable'], pushedAtMs: 1 },
  { digest: V2, tags: ['v2'], pushedAtMs: 2 },
];
const WEB = { registry: '', repository: 'shop/web' };

describe('an image that a person names', () => {
  it.each([
    ['by its tag', { tag: 'v1' }, { tag: 'v1', digest: V1 }],
    ['by its digest', { digest: V2 }, { tag: 'v2', digest: V2 }],
    ['by both', { tag: 'v1', digest: V1 }, { tag: 'v1', digest: V1 }],
  ])('%s is taken', (_, named, chosen) => {
    const image = { ...WEB, ...named };

    expect(refuseAsked(POLICY, image)).toBeUndefined();
    expect(chooseAsked(POLICY, image, IMAGES, NOW_MS)).toEqual({ chosen });
  });

  it.each([
    ['by a tag that is gone', { tag: 'v9' }, /^the registry does not hold shop\/web:v9$/],
    ['by a tag that is gone and a digest', { tag: 'v9', digest: V1 }, /hold shop\/web:v9$/],
    ['by a digest that is gone', { digest: digestOf('9') }, /hold shop\/web@sha256:9/],
    ['by a tag of another digest', { tag: 'v1', digest: V2 }, /^shop\/web:v1 is sha256:1/],
  ])('%s is not there', (_, named, reason) => {
    expect(chooseAsked(POLICY, { ...WEB, ...named }, IMAGES, NOW_MS).reason).toMatch(reason);
  });

  it.each([
    ['by nothing more', { ...WEB }, 'shop/web: give a tag or a digest'],
    [
      'by a tag that is not the policy’s',
      { ...WEB, tag: 'stable' },
      'which shop/web:stable is not',
    ],
    [
      'in another repository',
      { ...WEB, repository: 'shop/api', digest: V1 },
      'which shop/api is not',
    ],
    ['in another registry', { ...WEB, registry: 'ghcr.io', tag: 'v1' }, 'in another registry'],
  ])('%s is refused', (_, image, reason) => {
    expect(refuseAsked(POLICY, image)).toContain(reason);
  });

  it('is refused by a policy whose pattern is none', () => {
    const policy = { ...POLICY, image_pattern: '**' };

    expect(refuseAsked(policy, { ...WEB, tag: 'v1' })).toContain('which shop/web:v1 is not');
  });
});
