import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerOf, judgeImage, type Look, ownerOf } from '#core/judge-image.ts';
import { RolloutStatus } from '#core/status.ts';
import { makeTarget, Target, turnBack } from '#core/target.ts';
import {
  anActiveTarget,
  aPolicy,
  aSeed,
  aTarget,
  digestOf,
  GENERATION,
  NOW_MS,
  V1,
  V2,
  V3,
} from './fixtures.ts';

const SHA = 'abcdef0123456789';

function imageOf(tag: string, digest: string) {
  return { registry: '', repository: 'shop/web', tag, digest };
}

function aLook(fields: Partial<Look> = {}): Look {
  const { document, pace } = aSeed();
  return {
    policy: aPolicy(),
    target: aTarget(),
    activeStatus: undefined,
    best: imageOf('v2', V2),
    isPush: true,
    cause: 'ecr',
    event: '{"push":{}}',
    repositorySha256: SHA,
    document,
    pace,
    nowMs: NOW_MS,
    ...fields,
  };
}

/** What the target is after a look, whether or not anything is to be written. */
function targetAfter(look: Look): Target {
  const verdict = judgeImage(look);
  return verdict.verdict === 'nothing' ? look.target : verdict.target;
}

const denied = [
  { digest: V3, rollout: 'r', title: 'shop-web #41', reason: 'it burns', at_ms: NOW_MS },
];

describe('a new image', () => {
  it('starts a rollout, with all that the rest can be made from, in one write of the target', () => {
    const look = aLook({ event: 'x'.repeat(5_000) });

    const verdict = judgeImage(look);

    const generation = NOW_MS / 1_000;
    expect(verdict).toEqual({
      verdict: 'start',
      reason: 'shop/web:v2 is new',
      target: {
        ...look.target,
        generation,
        number: 42,
        desired: { tag: 'v2', digest: V2 },
        seen: { tag: 'v2', digest: V2 },
        active: {
          ...aSeed({ generation }),
          settings: look.policy,
          triggered_by_event: 'x'.repeat(4_096),
          created_at_ms: NOW_MS,
        },
      },
    });
    expect(Target.safeParse(targetAfter(look)).success).toBe(true);
  });

  it('takes the next generation also where the clock is behind the target', () => {
    const target = aTarget({ generation: 1_900_000_000 });

    const { active, generation } = targetAfter(aLook({ target }));

    expect(generation).toBe(1_900_000_001);
    expect(active).toMatchObject({ generation, rollout: 'shop-web-abcdef-g1900000001' });
  });

  it('starts also where the target still names a rollout that has ended', () => {
    const look = aLook({ target: anActiveTarget(), best: imageOf('v3', V3) });

    expect(judgeImage({ ...look, activeStatus: undefined }).verdict).toBe('start');
  });

  it('is one also where it was denied to another', () => {
    expect(judgeImage(aLook({ target: aTarget({ denied }) })).verdict).toBe('start');
  });

  it.each([
    { what: 'seen at the last decision', target: aTarget({ seen: { tag: 'v2', digest: V2 } }) },
    {
      what: 'seen under another tag',
      target: aTarget({ seen: { tag: 'latest', digest: V2 } }),
    },
  ])('is none that was $what: what a person decided since then stays', ({ target }) => {
    expect(judgeImage(aLook({ target }))).toEqual({
      verdict: 'nothing',
      reason: 'shop/web:v2 was seen already',
    });
  });

  it('is none that is desired already: it is only remembered', () => {
    const target = aTarget({ desired: { tag: 'v2', digest: V2 } });

    expect(judgeImage(aLook({ target }))).toEqual({
      verdict: 'record',
      reason: 'shop/web:v2 is what is desired already',
      target: { ...target, seen: { tag: 'v2', digest: V2 } },
    });
  });
});

describe('a denied image', () => {
  const look = aLook({ best: imageOf('v3-again', V3), target: aTarget({ denied }) });

  it('starts nothing, and says why and what to do', () => {
    expect(judgeImage(look)).toEqual({
      verdict: 'record',
      reason:
        'shop/web:v3-again has the digest that shop-web #41 denied (it burns); whoever wants it again triggers it: docs/runbook.md, To act on a rollout',
      target: { ...look.target, seen: { tag: 'v3-again', digest: V3 } },
    });
  });

  it('has nothing to write where it was seen', () => {
    const target = { ...look.target, seen: { tag: 'v3', digest: V3 } };

    expect(judgeImage({ ...look, target }).verdict).toBe('nothing');
  });

  it('is never desired, whatever else there is', () => {
    const law = fc.property(
      fc.constantFrom(...RolloutStatus.options, undefined),
      fc.constantFrom('supersede', 'queue', 'ignore'),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (activeStatus, on_newer, isPush, isManual, isFirst) => {
        const base = activeStatus === undefined ? aTarget({ denied }) : anActiveTarget({ denied });
        const target = isFirst ? { ...base, version: 0 } : base;
        const update_strategy = isManual ? 'manual' : 'staged';
        const policy = aPolicy({ on_newer, update_strategy });

        const after = targetAfter({ ...look, policy, target, activeStatus, isPush });

        expect(after).toMatchObject({ desired: target.desired, generation: target.generation });
        expect(after.active).toEqual(target.active);
      },
    );

    fc.assert(law);
  });
});

describe('a target that is met for the first time', () => {
  const none = makeTarget('shop-web', 'shop/web');

  it('by a look only records what there is', () => {
    const verdict = judgeImage(aLook({ target: none, isPush: false, cause: 'sweep' }));

    const seen = { tag: 'v2', digest: V2 };
    expect(verdict).toEqual({
      verdict: 'record',
      reason: 'shop/web:v2 is what there is; the next new image rolls out',
      target: { ...none, seen, desired: seen, generation: NOW_MS / 1_000 },
    });
  });

  it.each([
    { what: 'a push', look: { isPush: true } },
    {
      what: 'a look, where the policy rolls out on creation',
      look: { isPush: false, policy: aPolicy({ on_create: 'rollout' }) },
    },
  ])('by $what decides', ({ look }) => {
    const verdict = judgeImage(aLook({ target: none, ...look }));

    expect(verdict).toMatchObject({
      verdict: 'start',
      target: { active: { number: 1, previous: { tag: '', digest: '' } } },
    });
  });

  it('is not met for the first time by every look', () => {
    expect(judgeImage(aLook({ isPush: false, cause: 'sweep' })).verdict).toBe('start');
  });
});

describe('a newer image while a rollout is under way', () => {
  const newer = aLook({
    target: anActiveTarget(),
    activeStatus: 'in_progress',
    best: imageOf('v3', V3),
  });

  it('takes over: what was before the old rollout is what the new one goes back to', () => {
    const verdict = judgeImage(newer);

    expect(verdict).toMatchObject({
      verdict: 'supersede',
      reason: 'shop/web:v3 is newer and takes over from shop-web #42',
      target: {
        desired: { tag: 'v3', digest: V3 },
        seen: { tag: 'v3', digest: V3 },
        number: 43,
        waiting_digest: '',
        active: {
          number: 43,
          image: { tag: 'v3', digest: V3 },
          previous: { tag: 'v1', digest: V1 },
          supersedes: aSeed().rollout,
        },
      },
    });
  });

  it.each(['pending', 'awaiting_approval', 'awaiting_window', 'held', 'paused'] as const)(
    'takes over from one that is %s too',
    (activeStatus) => {
      expect(judgeImage({ ...newer, activeStatus }).verdict).toBe('supersede');
    },
  );

  it('takes over also where it is older, or has waited', () => {
    const target = anActiveTarget({ waiting_digest: V3 });

    expect(judgeImage({ ...newer, target }).verdict).toBe('supersede');
    expect(judgeImage({ ...newer, best: imageOf('v1', V1) }).verdict).toBe('supersede');
  });

  it('is only remembered where the policy ignores it', () => {
    const policy = aPolicy({ on_newer: 'ignore' });

    expect(judgeImage({ ...newer, policy })).toEqual({
      verdict: 'record',
      reason: 'shop/web:v3 is ignored while shop-web #42 is in_progress',
      target: { ...newer.target, seen: { tag: 'v3', digest: V3 } },
    });
  });

  const waits = [
    {
      what: 'the policy queues it',
      look: { ...newer, policy: aPolicy({ on_newer: 'queue' }) },
      reason: 'shop/web:v3 waits for the end of shop-web #42',
    },
    {
      what: 'its target goes back',
      look: {
        ...newer,
        activeStatus: 'paused' as const,
        target: anActiveTarget({ rolling_back: true }),
      },
      reason: 'shop/web:v3 waits: shop-web #42 goes back',
    },
    {
      what: 'the rollout goes back',
      look: { ...newer, activeStatus: 'rolling_back' as const },
      reason: 'shop/web:v3 waits: shop-web #42 goes back',
    },
    {
      what: 'the policy ignores it, but the rollout goes back',
      look: {
        ...newer,
        policy: aPolicy({ on_newer: 'ignore' }),
        activeStatus: 'rolling_back' as const,
      },
      reason: 'shop/web:v3 waits: shop-web #42 goes back',
    },
    {
      what: 'it needs an approval first',
      look: { ...newer, policy: aPolicy({ update_strategy: 'manual' }) },
      reason: 'shop/web:v3 waits for the end of shop-web #42, because it needs an approval first',
    },
  ];

  it.each(waits)('waits where $what: it is not seen yet', ({ look, reason }) => {
    expect(judgeImage(look)).toEqual({
      verdict: 'wait',
      reason,
      target: { ...look.target, waiting_digest: V3 },
    });
  });

  it.each(waits)('has nothing to write where it waits already: $what', ({ look }) => {
    const target = { ...look.target, waiting_digest: V3 };

    expect(judgeImage({ ...look, target }).verdict).toBe('nothing');
  });

  it('that waits for an approval takes over from one that waits for an approval', () => {
    const policy = aPolicy({ update_strategy: 'manual' });

    expect(judgeImage({ ...newer, policy, activeStatus: 'awaiting_approval' }).verdict).toBe(
      'supersede',
    );
  });

  it('starts after a way back, where it is another than the denied one', () => {
    const turned = turnBack(anActiveTarget(), {
      generation: GENERATION + 1,
      reason: 'bad',
      title: 'shop-web #42',
      nowMs: NOW_MS,
    });
    const { active: _ended, ...rest } = { ...turned, rolling_back: false };

    const fresh = judgeImage({ ...newer, target: rest, activeStatus: undefined });
    const again = judgeImage({
      ...newer,
      target: rest,
      activeStatus: undefined,
      best: imageOf('v2-again', V2),
    });

    expect(fresh).toMatchObject({
      verdict: 'start',
      target: { active: { previous: { digest: V1 } } },
    });
    expect(again.verdict).toBe('nothing');
  });
});

describe('looks', () => {
  const digests = ['4', '5', '6', '7'].map(digestOf);
  const events = fc.array(
    fc.record({
      pushed: fc.option(fc.constantFrom(...digests)),
      looks: fc.integer({ min: 0, max: 3 }),
      isPush: fc.boolean(),
    }),
    { maxLength: 20 },
  );

  it('that are lost or doubled lead to what the registry holds, by at most a rollout a push', () => {
    const law = fc.property(events, fc.boolean(), (row, isFirst) => {
      let target = isFirst ? makeTarget('shop-web', 'shop/web') : aTarget();
      let best = V1;
      let pushes = 0;
      let started = 0;
      const look = (isPush: boolean) => {
        const activeStatus = target.active === undefined ? undefined : ('in_progress' as const);
        const asked = aLook({ target, activeStatus, best: imageOf('t', best), isPush });
        const verdict = judgeImage(asked).verdict;
        target = { ...targetAfter(asked), version: target.version + 1 };
        if (verdict === 'start' || verdict === 'supersede') started += 1;
        return verdict;
      };
      for (const { pushed, looks, isPush } of row) {
        if (pushed !== null && pushed !== best) {
          best = pushed;
          pushes += 1;
        }
        const verdicts = Array.from({ length: looks }, () => look(isPush));
        expect(new Set(verdicts.slice(1)).isSubsetOf(new Set(['nothing']))).toBe(true);
      }
      look(false);

      expect(target.desired.digest).toBe(best);
      expect(started).toBeLessThanOrEqual(pushes + (isFirst ? 1 : 0));
    });

    fc.assert(law);
  });
});

describe('the names of a rollout on its hosts', () => {
  it('are those of stack, policy, repository and container', () => {
    expect(ownerOf('longshore', aSeed())).toBe('longshore/shop-web/shop/web');
    expect(containerOf(aSeed())).toBe('web');
    expect(containerOf(aSeed({ settings: aPolicy({ container: 'front' }) }))).toBe('front');
  });
});
