import { describe, expect, it } from 'vitest';
import {
  liftDenial,
  makeTarget,
  releaseTarget,
  denialOf as standingDenial,
  Target,
  turnBack,
} from '#core/target.ts';
import {
  anActiveTarget,
  aSeed,
  aTarget,
  digestOf,
  GENERATION,
  NOW_MS,
  V1,
  V2,
  V3,
} from './fixtures.ts';

const turn = {
  generation: GENERATION + 9,
  reason: 'High failure rate detected',
  title: 'shop-web #42',
  nowMs: NOW_MS,
};
const denial = {
  digest: V2,
  rollout: aSeed().rollout,
  title: 'shop-web #42',
  reason: 'High failure rate detected',
  at_ms: NOW_MS,
};

function denialOf(digest: string) {
  return { ...denial, digest, rollout: 'another', title: 'shop-web #1' };
}

describe('a target that no item holds yet', () => {
  it('desires nothing and has seen nothing', () => {
    const target = makeTarget('shop-web', 'shop/web');

    expect(Target.parse(target)).toEqual(target);
    expect(target).toMatchObject({
      item: 'target#shop/web',
      version: 0,
      generation: 0,
      desired: { digest: '' },
      seen: { digest: '' },
    });
  });
});

const lifted = { by: 'ada', why: 'it is mended', at_ms: NOW_MS };

describe('a denial', () => {
  it('stands until somebody lifts it', () => {
    const target = aTarget({ denied: [denial, { ...denialOf(V3), lifted }] });

    expect(standingDenial(target, V2)).toEqual(denial);
    expect(standingDenial(target, V3)).toBeUndefined();
    expect(standingDenial(target, V1)).toBeUndefined();
  });

  it('that was lifted stands again after another way back', () => {
    const target = anActiveTarget({ denied: [{ ...denial, lifted }] });

    expect(turnBack(target, turn).denied).toEqual([denial]);
  });

  it.each([
    ['where nobody asks', undefined],
    ['where the wish is unclear', { digest: V2 }],
  ])('is left as it is %s', (_when, lift) => {
    const target = aTarget({ denied: [denial], ...(lift && { lift }) });

    expect(liftDenial(target)).toBe(target);
  });
});

describe('a target that turns back', () => {
  it('desires what it did before, denies the image, and stays locked, in one write', () => {
    const target = anActiveTarget();

    const turned = turnBack(target, turn);

    expect(turned).toEqual({
      ...target,
      generation: GENERATION + 9,
      desired: { tag: 'v1', digest: V1 },
      rolling_back: true,
      denied: [denial],
    });
    expect(Target.parse(turned)).toEqual(turned);
  });

  it('keeps other denials, and denies a digest once', () => {
    const target = anActiveTarget({ denied: [denialOf(V3), denialOf(V2)] });

    const turned = turnBack(target, turn);

    expect(turned.denied).toEqual([denialOf(V3), denial]);
  });

  it('remembers the last hundred denials', () => {
    const denied = Array.from({ length: 100 }, (_, index) => denialOf(`${V3}-${index}`));

    const turned = turnBack(anActiveTarget({ denied }), turn);

    expect(turned.denied).toHaveLength(100);
    expect(turned.denied.at(0)?.digest).toBe(`${V3}-1`);
    expect(turned.denied.at(-1)).toEqual(denial);
  });

  it('has nothing to turn back from without an active rollout', () => {
    const target = aTarget();

    expect(turnBack(target, turn)).toBe(target);
  });
});

describe('a target whose rollout has ended', () => {
  it.each([
    { end: 'completed', isCompleted: true, turned: false, desired: V2 },
    { end: 'cancelled', isCompleted: false, turned: false, desired: V1 },
    { end: 'rolled back', isCompleted: false, turned: true, desired: V1 },
  ])('desires the right digest: $end', ({ isCompleted, turned, desired }) => {
    const target = turned ? turnBack(anActiveTarget(), turn) : anActiveTarget();

    const released = releaseTarget(target, isCompleted);

    expect(released.desired.digest).toBe(desired);
    expect(released).not.toHaveProperty('active');
    expect(released.rolling_back).toBe(false);
  });

  it.each([
    { what: 'nothing, where that is denied', denied: [denialOf(V1)], desired: '' },
    {
      what: 'it, where a person has lifted that',
      denied: [{ ...denialOf(V1), lifted }],
      desired: V1,
    },
  ])('desires of what it did before $what', ({ denied, desired }) => {
    const target = anActiveTarget({ denied });

    expect(releaseTarget(target, false).desired.digest).toBe(desired);
    expect(turnBack(target, turn).desired.digest).toBe(desired);
    expect(releaseTarget(turnBack(target, turn), false).desired.digest).toBe(desired);
    expect(releaseTarget(target, true).desired.digest).toBe(V2);
  });

  it('keeps what a way back desires, whatever the rollout began from', () => {
    const target = {
      ...turnBack(anActiveTarget(), turn),
      desired: { tag: 'x', digest: digestOf('f') },
    };

    expect(releaseTarget(target, false).desired.digest).toBe(digestOf('f'));
  });

  it('keeps its lock, its memory and its denials, and waits for no image any more', () => {
    const target = anActiveTarget({ waiting_digest: V3, denied: [denialOf(V1)] });

    const released = releaseTarget(target, true);

    expect(released).toMatchObject({
      version: target.version,
      generation: target.generation,
      seen: target.seen,
      denied: target.denied,
      waiting_digest: '',
    });
  });

  it('is the same where there was none', () => {
    const target = aTarget();

    expect(releaseTarget(target, false)).toBe(target);
  });
});
