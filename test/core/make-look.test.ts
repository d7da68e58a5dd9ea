import { describe, expect, it } from 'vitest';
import { makeLook, type Sight } from '#core/make-look.ts';
import { anActiveTarget, aPolicy, aSeed, NOW_MS, V1, V2 } from './fixtures.ts';

const { document, pace } = aSeed();

function aSight(fields: Partial<Sight> = {}): Sight {
  return {
    policy: aPolicy(),
    target: anActiveTarget(),
    storedStatus: 'in_progress',
    repository: 'shop/web',
    images: [{ digest: V2, tags: ['v2'], pushedAtMs: NOW_MS }],
    chosen: { digest: V2, tag: 'v2' },
    tag: 'v2',
    cause: 'ecr',
    event: '{}',
    repositorySha256: 'ab',
    document,
    pace,
    nowMs: NOW_MS,
    ...fields,
  };
}

describe('makeLook', () => {
  it('keeps a target whose rollout is under way', () => {
    const sight = aSight();

    expect(makeLook(sight)).toMatchObject({
      target: sight.target,
      activeStatus: 'in_progress',
      best: { registry: '', repository: 'shop/web', tag: 'v2', digest: V2 },
      isPush: true,
    });
  });

  it('releases a target whose rollout has ended, with what it brought', () => {
    const look = makeLook(aSight({ storedStatus: 'completed' }));

    expect(look.activeStatus).toBeUndefined();
    expect(look.target.active).toBeUndefined();
    expect(look.target.desired).toEqual(anActiveTarget().desired);
  });

  it('releases a target whose rollout has failed, to what was before', () => {
    const look = makeLook(aSight({ storedStatus: 'failed' }));

    expect(look.target.active).toBeUndefined();
    expect(look.target.desired).toEqual(anActiveTarget().active?.previous);
    expect(look.target.desired.digest).toBe(V1);
  });

  it('takes a target as it is where nothing is stored of a rollout', () => {
    const sight = aSight({ storedStatus: undefined, tag: undefined, repository: 'ghcr.io/a/b' });

    expect(makeLook(sight)).toMatchObject({
      target: sight.target,
      activeStatus: undefined,
      isPush: false,
      best: { registry: 'ghcr.io', repository: 'a/b' },
    });
  });
});
