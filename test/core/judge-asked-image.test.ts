/** What a person asks for: a digest pinned in the policy's document, and a denial that is lifted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeImage, type Look } from '#core/judge-image.ts';
import { RolloutStatus } from '#core/status.ts';
import { makeTarget, Target } from '#core/target.ts';
import {
  anActiveTarget,
  aPolicy,
  aSeed,
  aTarget,
  GENERATION,
  NOW_MS,
  V1,
  V2,
  V3,
} from './fixtures.ts';

const { document, pace } = aSeed();
const LOOK: Look = {
  policy: aPolicy(),
  target: aTarget(),
  activeStatus: undefined,
  best: imageOf('v2', V2),
  isPush: false,
  cause: 'manual',
  event: '{"look":{}}',
  repositorySha256: 'abcdef0123456789',
  document,
  pace,
  nowMs: NOW_MS,
};

function imageOf(tag: string, digest: string) {
  return { registry: '', repository: 'shop/web', tag, digest };
}

/** A look for a policy that pins v1. */
function aPinnedLook(target: Target, fields: Partial<Look> = {}): Look {
  const policy = aPolicy({ pinned_digest: V1 });
  return { ...LOOK, policy, best: imageOf('v1', V1), target, ...fields };
}

const V2_RUNS = aTarget({ desired: { tag: 'v2', digest: V2 }, seen: { tag: 'v2', digest: V2 } });

describe('a digest that is pinned', () => {
  it('rolls out, also as a step back', () => {
    const verdict = judgeImage(aPinnedLook(V2_RUNS));

    expect(verdict).toMatchObject({
      verdict: 'start',
      reason: 'shop/web:v1, which is pinned, is new',
      target: {
        pinned_digest: V1,
        desired: { digest: V1 },
        seen: { digest: V1 },
        active: { previous: { digest: V2 }, triggered_by: 'manual' },
      },
    });
    expect(Target.safeParse('target' in verdict && verdict.target).success).toBe(true);
  });

  it('rolls out also where it was seen, and then cancelled or rejected', () => {
    const target = { ...V2_RUNS, seen: { tag: 'v1', digest: V1 } };

    expect(judgeImage(aPinnedLook(target)).verdict).toBe('start');
  });

  it('stays cancelled while the pin stands', () => {
    const target = { ...V2_RUNS, seen: { tag: 'v1', digest: V1 }, pinned_digest: V1 };

    expect(judgeImage(aPinnedLook(target))).toEqual({
      verdict: 'nothing',
      reason: 'shop/web:v1, which is pinned, was seen already',
    });
  });

  it('is remembered where it is desired already', () => {
    const target = aTarget();

    expect(judgeImage(aPinnedLook(target))).toEqual({
      verdict: 'record',
      reason: 'shop/web:v1, which is pinned, is what is desired already',
      target: { ...target, pinned_digest: V1 },
    });
  });

  it('is only recorded where a target is met for the first time', () => {
    const none = makeTarget('shop-web', 'shop/web');

    expect(judgeImage(aPinnedLook(none))).toMatchObject({
      verdict: 'record',
      target: { pinned_digest: V1, desired: { digest: V1 } },
    });
    expect(judgeImage(aPinnedLook(none, { isPush: true })).verdict).toBe('start');
  });

  it('gives way to another pin', () => {
    const target = aTarget({ pinned_digest: V1 });
    const policy = aPolicy({ pinned_digest: V2 });

    expect(judgeImage({ ...LOOK, policy, target })).toMatchObject({
      verdict: 'start',
      target: { pinned_digest: V2, desired: { digest: V2 } },
    });
  });

  it('gives way to the tags when the pin is gone', () => {
    const verdict = judgeImage({ ...LOOK, target: aTarget({ pinned_digest: V1 }) });

    expect(verdict).toMatchObject({ verdict: 'start', target: { desired: { digest: V2 } } });
    expect(verdict).not.toHaveProperty('target.pinned_digest');
  });

  it('that was cancelled does not start when the pin goes and its tag is the best', () => {
    const target = aTarget({ pinned_digest: V2, seen: { tag: 'v2', digest: V2 } });
    const { pinned_digest, ...rest } = target;

    expect(judgeImage({ ...LOOK, target })).toEqual({
      verdict: 'record',
      reason: 'shop/web:v2 was seen already',
      target: rest,
    });
  });

  it('takes over from a rollout under way, and does not call itself newer', () => {
    const target = anActiveTarget({ active: aSeed({ previous: { tag: 'v3', digest: V3 } }) });

    expect(judgeImage(aPinnedLook(target, { activeStatus: 'in_progress' }))).toMatchObject({
      verdict: 'supersede',
      reason: 'shop/web:v1, which is pinned, takes over from shop-web #42',
      target: { pinned_digest: V1, active: { previous: { digest: V3 } } },
    });
  });

  it('waits where the policy ignores what is newer: it is an order, and not a push', () => {
    const target = anActiveTarget();
    const policy = aPolicy({ pinned_digest: V1, on_newer: 'ignore' });

    expect(judgeImage(aPinnedLook(target, { policy, activeStatus: 'in_progress' }))).toEqual({
      verdict: 'wait',
      reason: 'shop/web:v1, which is pinned, waits for the end of shop-web #42',
      target: { ...target, waiting_digest: V1 },
    });
  });

  it('stays denied, and says how to lift that', () => {
    const target = { ...V2_RUNS, denied: [aDenial(V1)] };

    expect(judgeImage(aPinnedLook(target))).toEqual({
      verdict: 'record',
      reason:
        'shop/web:v1, which is pinned, has the digest that shop-web #41 denied (it burns); whoever wants it again triggers it: docs/runbook.md, To act on a rollout',
      target: { ...target, pinned_digest: V1, seen: { tag: 'v1', digest: V1 } },
    });
  });
});

const ASKED = { by: 'ada', why: 'the database is mended', at_ms: NOW_MS - 1_000 };

function aDenial(digest: string) {
  return { digest, rollout: 'r', title: 'shop-web #41', reason: 'it burns', at_ms: NOW_MS - 9_000 };
}

/** v2 was denied and seen; ada wants to try it again. */
function aLiftedTarget(fields: Partial<Target> = {}): Target {
  return aTarget({
    seen: { tag: 'v2', digest: V2 },
    denied: [aDenial(V3), aDenial(V2)],
    lift: { digest: V2, ...ASKED },
    ...fields,
  });
}

describe('a denial that a person lifts', () => {
  it('starts the image though it was seen, and the rollout bears the name', () => {
    const verdict = judgeImage({ ...LOOK, target: aLiftedTarget(), cause: 'sweep' });

    expect(verdict).toMatchObject({
      verdict: 'start',
      target: {
        desired: { digest: V2 },
        denied: [aDenial(V3), { ...aDenial(V2), lifted: ASKED }],
        active: { image: { digest: V2 }, lifted: ASKED, triggered_by: 'manual' },
      },
    });
    expect(verdict).not.toHaveProperty('target.lift');
    expect(Target.safeParse('target' in verdict && verdict.target).success).toBe(true);
  });

  it('starts it once', () => {
    const first = judgeImage({ ...LOOK, target: aLiftedTarget() });
    const after = 'target' in first ? first.target : aTarget();
    const { active, ...ended } = { ...after, desired: { tag: 'v1', digest: V1 } };

    expect(judgeImage({ ...LOOK, target: ended })).toEqual({
      verdict: 'nothing',
      reason: 'shop/web:v2 was seen already',
    });
  });

  it('is kept where another image is the best: that one starts only if it is new', () => {
    const best = imageOf('v1', V1);
    const seen = { tag: 'v1', digest: V1 };
    const target = aLiftedTarget({ seen });
    const { lift, ...rest } = target;

    expect(judgeImage({ ...LOOK, best, target })).toEqual({
      verdict: 'record',
      reason: 'shop/web:v1 was seen already',
      target: { ...rest, denied: [aDenial(V3), { ...aDenial(V2), lifted: ASKED }] },
    });
  });

  it('is named also by a rollout that comes much later', () => {
    const denied = [{ ...aDenial(V2), lifted: ASKED }];

    expect(judgeImage({ ...LOOK, target: aTarget({ denied }) })).toMatchObject({
      verdict: 'start',
      target: { active: { lifted: ASKED, triggered_by: 'manual' } },
    });
    expect(judgeImage({ ...LOOK, cause: 'ecr', target: aTarget({ denied }) })).toMatchObject({
      target: { active: { lifted: ASKED, triggered_by: 'ecr' } },
    });
  });

  it('waits with its image, and is asked for until then', () => {
    const target = aLiftedTarget({
      active: aSeed({ image: imageOf('v3', V3) }),
      generation: GENERATION,
    });
    const policy = aPolicy({ on_newer: 'ignore' });

    expect(judgeImage({ ...LOOK, policy, target, activeStatus: 'in_progress' })).toEqual({
      verdict: 'wait',
      reason: 'shop/web:v2 waits for the end of shop-web #42',
      target: { ...target, waiting_digest: V2 },
    });
  });

  it('of nothing that is denied changes nothing but that it is done', () => {
    const target = aLiftedTarget({ denied: [aDenial(V3)] });
    const { lift, ...rest } = target;

    expect(judgeImage({ ...LOOK, target })).toEqual({
      verdict: 'record',
      reason: 'shop/web:v2 was seen already',
      target: rest,
    });
  });

  it.each([
    ['a digest', { by: 'ada', why: 'x', at_ms: 1 }],
    ['a name', { digest: V2, why: 'x', at_ms: 1 }],
    ['more than an empty name', { digest: V2, by: '', why: 'x', at_ms: 1 }],
    ['a reason', { digest: V2, by: 'ada', at_ms: 1 }],
    ['an instant', { digest: V2, by: 'ada', why: 'x', at_ms: 'now' }],
    ['anything', 'please'],
  ])('without %s lifts nothing, and makes no target unreadable', (_what, lift) => {
    const target = aLiftedTarget({ lift });

    expect(judgeImage({ ...LOOK, target }).verdict).toBe('nothing');
    expect(Target.parse(target)).toEqual(target);
  });

  it('is the only way for a denied digest to be desired', () => {
    const law = fc.property(
      fc.constantFrom(...RolloutStatus.options, undefined),
      fc.constantFrom('supersede', 'queue', 'ignore'),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(undefined, V1, V2, V3),
      (activeStatus, on_newer, isPush, isPinned, lifted) => {
        const denied = [aDenial(V3)];
        const base = activeStatus === undefined ? aTarget({ denied }) : anActiveTarget({ denied });
        const target = { ...base, ...(lifted && { lift: { digest: lifted, ...ASKED } }) };
        const policy = aPolicy({ on_newer, ...(isPinned && { pinned_digest: V3 }) });
        const look = { ...LOOK, policy, target, activeStatus, isPush, best: imageOf('v3', V3) };

        const verdict = judgeImage(look);

        const after = 'target' in verdict ? verdict.target : target;
        const isDesired = after.desired.digest === V3;
        expect(isDesired && lifted !== V3).toBe(false);
        expect(isDesired).toBe(after.active?.lifted !== undefined);
      },
    );

    fc.assert(law);
  });
});

describe('an image that a person asks for', () => {
  const asked = { by: 'ada', why: 'I need it', at_ms: NOW_MS, seen: { tag: 'v2', digest: V2 } };

  it('rolls out though it was seen, bears the name, and leaves what is best now seen', () => {
    const target = { ...V2_RUNS, seen: { tag: 'v1', digest: V1 } };

    const verdict = judgeImage({ ...LOOK, target, best: imageOf('v1', V1), asked });

    expect(verdict).toMatchObject({
      verdict: 'start',
      reason: 'shop/web:v1 is new',
      target: {
        ...{ seen: { digest: V2 }, desired: { digest: V1 } },
        active: { image: { digest: V1 }, requested: { by: 'ada', why: 'I need it' } },
      },
    });
    expect(Target.safeParse('target' in verdict && verdict.target).success).toBe(true);
  });

  it('bears the request that asked for it', () => {
    const look = { ...LOOK, target: V2_RUNS, best: imageOf('v1', V1) };

    const verdict = judgeImage({ ...look, asked: { ...asked, request: 'arn:one' } });

    expect(verdict).toMatchObject({ target: { active: { requested: { request: 'arn:one' } } } });
  });

  it('rolls out though its policy has met nothing yet, and a look would only record', () => {
    const look = { ...LOOK, target: makeTarget('shop-web', 'shop/web'), isPush: false };

    expect(judgeImage(look).verdict).toBe('record');
    expect(judgeImage({ ...look, asked })).toMatchObject({
      verdict: 'start',
      target: { active: { image: { digest: look.best.digest } }, seen: { digest: V2 } },
    });
  });

  it('leaves what was seen where nothing is best now', () => {
    const look = { ...LOOK, target: V2_RUNS, best: imageOf('v1', V1), isPush: true };

    const verdict = judgeImage({ ...look, asked: { ...asked, seen: undefined } });

    expect(verdict).toMatchObject({ target: { seen: { digest: V2 } } });
  });

  it('is not said to be pinned', () => {
    const look = aPinnedLook(V2_RUNS, { best: imageOf('v3', V3), asked });

    expect(judgeImage(look).reason).toBe('shop/web:v3 is new');
  });

  it('waits for what is not to be taken over', () => {
    const policy = aPolicy({ on_newer: 'queue' });
    const target = anActiveTarget();

    const verdict = judgeImage({
      ...LOOK,
      policy,
      target,
      activeStatus: 'in_progress',
      asked,
      best: imageOf('v3', V3),
    });

    expect(verdict.verdict).toBe('wait');
  });
});
