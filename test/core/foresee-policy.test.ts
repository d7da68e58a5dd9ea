import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseImage } from '#core/choose-image.ts';
import { type Facts, foreseePolicy, refuseImage } from '#core/foresee-policy.ts';
import { parseSettings } from '#core/settings.ts';
import { anActiveTarget, aPolicy, aTarget, NOW_MS, V1, V2, V3 } from './fixtures.ts';

const HOURS = 3_600_000;

function facts(fields: Partial<Facts> = {}, policy: Record<string, unknown> = {}): Facts {
  const ids = Array.from({ length: 20 }, (_, index) => `i-${String(index).padStart(8, '0')}`);
  return {
    policy: aPolicy(policy),
    settings: parseSettings({}),
    repository: 'shop/web',
    pushed: undefined,
    images: [
      { digest: V1, tags: ['v1'], pushedAtMs: NOW_MS - 2 * HOURS },
      { digest: V2, tags: ['v2'], pushedAtMs: NOW_MS - HOURS },
    ],
    target: aTarget({ seen: { tag: 'v1', digest: V1 }, desired: { tag: 'v1', digest: V1 } }),
    activeStatus: undefined,
    rivals: [],
    hosts: { hosts: ids, offline: 1, zoneOf: new Map() },
    sha256: (text) => `hash of ${text.length}`,
    nowMs: NOW_MS,
    ...fields,
  };
}

describe('foreseePolicy', () => {
  it('says what a look decides, with batches and times', () => {
    const { choice, decision, refusal, plan, earliest, latest, isPretended } = foreseePolicy(
      facts(),
    );

    expect(choice.chosen?.tag).toBe('v2');
    expect(choice.losers).toEqual([{ tag: 'v1', reason: 'goes behind v2' }]);
    expect(decision).toEqual({ verdict: 'start', reason: 'shop/web:v2 is new' });
    expect([refusal, isPretended]).toEqual([undefined, false]);
    expect(plan.plan.batches.map(({ hosts }) => hosts)).toEqual([2, 8, 10]);
    expect(earliest?.endsAtMs).toBe(NOW_MS + HOURS);
    expect(latest?.endsAtMs).toBe(NOW_MS + HOURS + 3 * 17 * 60_000);
  });

  it('takes a tag that the registry does not have as pushed now', () => {
    const { choice, decision, isPretended } = foreseePolicy(facts({ pushed: 'v3' }));

    expect(choice.chosen?.tag).toBe('v3');
    expect(isPretended).toBe(true);
    expect(decision.verdict).toBe('start');
  });

  it('does not pretend where the tag that was asked about loses', () => {
    const policy = { tag_choice: { type: 'semver' } };
    const images = [{ digest: V1, tags: ['1.0.0'], pushedAtMs: 0 }];

    const { choice, isPretended } = foreseePolicy(facts({ images, pushed: 'latest' }, policy));

    expect(choice.chosen?.tag).toBe('1.0.0');
    expect(choice.losers).toEqual([{ tag: 'latest', reason: 'is not a semantic version' }]);
    expect(isPretended).toBe(false);
  });

  it('takes a tag that is there as it is', () => {
    const { decision, isPretended } = foreseePolicy(facts({ pushed: 'v2', target: undefined }));

    expect(isPretended).toBe(false);
    expect(decision).toEqual({ verdict: 'start', reason: 'shop/web:v2 is new' });
  });

  it('only records what is there when a policy is new, and still shows how it would go', () => {
    const { decision, earliest } = foreseePolicy(facts({ target: undefined }));

    expect(decision.verdict).toBe('record');
    expect(earliest?.steps.length).toBeGreaterThan(0);
  });

  it('knows no image, and still shows how it would go', () => {
    const { choice, decision, isPretended, earliest } = foreseePolicy(facts({ images: [] }));

    expect(choice.chosen).toBeUndefined();
    expect(decision).toEqual({ verdict: 'nothing', reason: 'no tag matches shop/web:*' });
    expect(isPretended).toBe(false);
    expect(earliest?.endsAtMs).toBe(NOW_MS + HOURS);
  });

  it('says who is taken over from', () => {
    const target = anActiveTarget();
    const images = [{ digest: V3, tags: ['v3'], pushedAtMs: NOW_MS }];

    const { decision } = foreseePolicy(facts({ target, activeStatus: 'in_progress', images }));

    expect(decision).toMatchObject({
      verdict: 'supersede',
      reason: expect.stringMatching(/takes over from shop-web #/),
    });
  });

  it('foretells nothing of what would be refused, and says why', () => {
    const none = { hosts: [], offline: 3, zoneOf: new Map() };
    const rival = { ...aPolicy(), id: 'rival', container: 'web' };

    const lonely = foreseePolicy(facts({ hosts: none }));
    const claimed = foreseePolicy(facts({ rivals: [rival] }));

    expect(lonely.refusal).toMatch(/^no host matches policy shop-web \(3 match, but none/);
    expect(claimed.refusal).toMatch(/^shop-web claims the container web on hosts that rival/);
    expect([lonely.earliest, lonely.latest, claimed.earliest]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('counts the tags that the pattern does not meet, and warns with the hosts that there are', () => {
    const images = [{ digest: V1, tags: ['v1', 'latest', 'main'], pushedAtMs: 0 }];
    const hosts = { hosts: ['i-00000001', 'i-00000002'], offline: 0, zoneOf: new Map() };

    const { strangers, warnings } = foreseePolicy(
      facts({ images, hosts }, { image_pattern: 'shop/web:v*' }),
    );

    expect(strangers).toBe(2);
    expect(warnings.map(({ code }) => code)).toEqual(['row_never_fires', 'batch_is_one_host']);
  });

  it('asks the law of chooseImage: of the tags that are met, one wins and every other loses once', () => {
    const tag = fc.constantFrom('v1', 'v2', '1.0.0', '1.4.0', '2.0.0-rc.1', 'latest', '7', '12');
    const image = fc.record({
      digest: fc.constantFrom(V1, V2, V3),
      tags: fc.uniqueArray(tag, { maxLength: 4 }),
      pushedAtMs: fc.integer({ min: NOW_MS - 10 * HOURS, max: NOW_MS }),
    });
    const choices = fc.constantFrom<Record<string, unknown>>(
      { type: 'newest-push', ignore: ['latest'] },
      { type: 'semver', range: '<2', minimum_age_minutes: 60 },
      { type: 'numerical' },
      { type: 'alphabetical', filter: { pattern: '^v' } },
      { type: 'digest', tag: 'latest' },
    );
    fc.assert(
      fc.property(fc.array(image, { maxLength: 6 }), choices, (images, tag_choice) => {
        const asked = facts({ images }, { tag_choice });
        const { choice } = foreseePolicy(asked);

        expect(choice).toEqual(chooseImage(asked.policy, images, NOW_MS));
        const named = [...choice.losers.map((loser) => loser.tag), choice.chosen?.tag ?? []].flat();
        expect(named.toSorted()).toEqual(
          [...new Set(images.flatMap(({ tags }) => tags))].toSorted(),
        );
      }),
    );
  });

  it('ends no later where every host answers at once', () => {
    const policies = fc.record({
      batch_delay_minutes: fc.integer({ min: 0, max: 300 }),
      soak_seconds: fc.integer({ min: 0, max: 600 }),
      max_unavailable: fc.integer({ min: 1, max: 60 }),
      maintenance_window_start: fc.constant('22:00'),
      maintenance_window_end: fc.constantFrom('22:20', '23:00', '06:00'),
      maintenance_window_zone: fc.constant('Europe/Berlin'),
    });
    fc.assert(
      fc.property(policies, fc.integer({ min: 0, max: 23 }), (policy, hour) => {
        const nowMs = NOW_MS + hour * HOURS;
        const { earliest, latest } = foreseePolicy(facts({ nowMs }, policy));

        expect(earliest?.endsAtMs ?? 0).toBeGreaterThanOrEqual(nowMs);
        expect(latest?.endsAtMs ?? 0).toBeGreaterThanOrEqual(earliest?.endsAtMs ?? 0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('refuseImage', () => {
  it.each([
    ['shop/web', 'v3', undefined],
    ['shop/api', 'v3', 'shop/api:v3 does not concern shop-web, whose pattern is shop/web:v*'],
    ['shop/web', 'main', 'shop/web:main does not concern shop-web, whose pattern is shop/web:v*'],
  ])('of %s:%s', (repository, tag, reason) => {
    const policy = aPolicy({ image_pattern: 'shop/web:v*' });

    expect(refuseImage(policy, { repository, tag })).toBe(reason);
  });
});
