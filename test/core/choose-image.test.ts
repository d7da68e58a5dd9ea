import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseImage, isArrival, type RegistryImage } from '#core/choose-image.ts';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { TagChoice } from '#core/tag-choice/tag-choice.ts';
import { ALPHABETICAL } from './tag-choice/cases/alphabetical-cases.ts';
import { DIGEST } from './tag-choice/cases/digest-cases.ts';
import { NARROWING } from './tag-choice/cases/narrowing-cases.ts';
import { NEWEST_PUSH } from './tag-choice/cases/newest-push-cases.ts';
import { NUMERICAL } from './tag-choice/cases/numerical-cases.ts';
import { SEMVER } from './tag-choice/cases/semver-cases.ts';
import type { TagCase } from './tag-choice/cases/tag-case.ts';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;

function policy(tagChoice: object, image_pattern = 'shop/web:*') {
  const document = { id: 'a', image_pattern, fleet_id: 'p', tag_choice: tagChoice };
  const parsed = parsePolicy(document, parseSettings({}));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

/** Each tag on an image of its own, pushed one minute after the one before. */
function images(...tags: string[]): RegistryImage[] {
  return tags.map((tag, index) => image(index, tag));
}

function image(minute: number, ...tags: string[]): RegistryImage {
  return {
    digest: `sha256:${String(minute).padStart(64, '0')}`,
    tags,
    pushedAtMs: minute * MINUTE,
  };
}

function chosenTag(tagChoice: object, list: RegistryImage[], pattern?: string): string | undefined {
  return chooseImage(policy(tagChoice, pattern), list, NOW).chosen?.tag;
}

const TABLES: [string, string, readonly TagCase[]][] = [
  ['semver', 'semver', SEMVER],
  ['alphabetical', 'alphabetical', ALPHABETICAL],
  ['numerical', 'numerical', NUMERICAL],
  ['newest-push', 'newest-push', NEWEST_PUSH],
  ['digest', 'digest', DIGEST],
  ['any choice, here numerical,', 'numerical', NARROWING],
];

describe.each(TABLES)('%s', (_name, type, cases) => {
  it.each(cases)('takes $what', ({ choice, images: tagged, chosen, losers = {} }) => {
    const list = tagged.map((tags, minute) => image(minute, ...tags.split(' ').filter(Boolean)));

    const found = chooseImage(policy({ type, ...choice }), list, NOW);

    const reasons = Object.fromEntries(found.losers.map(({ tag, reason }) => [tag, reason]));
    expect(found.chosen?.tag).toBe(chosen);
    expect(found.chosen?.digest).toBe(list.find(({ tags }) => tags.includes(chosen ?? ''))?.digest);
    expect(reasons).toMatchObject(losers);
  });
});

describe('semver', () => {
  it('says why each other tag loses', () => {
    const choice = {
      type: 'semver',
      range: '<3.0.0',
      ignore: ['1.0.1'],
      filter: { pattern: '^[^x]' },
    };
    const list = [
      ...images('2.0.0', '1.0.0', '1.0.1', '2.1.0-rc.1', '3.0.0', 'main', 'x'),
      image(0, '2.0'),
    ];

    expect(chooseImage(policy(choice), list, NOW)).toEqual({
      chosen: { digest: image(0).digest, tag: '2.0.0', pushedAtMs: 0 },
      reason: '2.0.0 is the highest version in <3.0.0',
      losers: [
        { tag: '1.0.0', reason: 'goes behind 2.0.0' },
        { tag: '1.0.1', reason: 'is ignored by 1.0.1' },
        { tag: '2.0', reason: 'is not a semantic version' },
        { tag: '2.1.0-rc.1', reason: 'is a pre-release' },
        { tag: '3.0.0', reason: 'is not in <3.0.0' },
        { tag: 'main', reason: 'is not a semantic version' },
        { tag: 'x', reason: 'is not met by the filter' },
      ],
    });
  });

  it('calls a pre-release outside of the range what it is when pre-releases are asked for', () => {
    const choice = { type: 'semver', range: '<1.0.0', prereleases: true };

    expect(chooseImage(policy(choice), images('2.0.0-rc.1'), NOW).losers).toEqual([
      { tag: '2.0.0-rc.1', reason: 'is not in <1.0.0' },
    ]);
  });
});

describe('what is said of the best', () => {
  it.each([
    [{ type: 'alphabetical' }, 'b is the last in the alphabet'],
    [{ type: 'numerical', filter: { pattern: '^.$', extract: '7' } }, 'b is the highest number'],
    [{ type: 'newest-push' }, 'b was pushed last'],
    [{ type: 'digest', tag: 'b' }, 'b is the tag that the policy follows'],
  ])('by %j: %s', (choice, reason) => {
    expect(chooseImage(policy(choice), images('a', 'b'), NOW).reason).toBe(reason);
  });

  it('cuts what a filter extracts at length', () => {
    const filter = { pattern: '^(.*)$', extract: 'no number: $1' };
    const list = images('a'.repeat(100));

    expect(chooseImage(policy({ type: 'numerical', filter }), list, NOW).losers).toEqual([
      {
        tag: 'a'.repeat(100),
        reason: `gives "no number: ${'a'.repeat(49)}", which is not a number`,
      },
    ]);
  });
});

describe('newest-push', () => {
  it('takes of two tags on one image always the same', () => {
    const [one, other] = [[image(5, 'v3', 'v3-again')], [image(5, 'v3-again', 'v3')]];

    expect(chooseImage(policy({ type: 'newest-push' }), one, NOW)).toEqual(
      chooseImage(policy({ type: 'newest-push' }), other, NOW),
    );
    expect(chooseImage(policy({ type: 'newest-push' }), one, NOW)).toMatchObject({
      chosen: { tag: 'v3' },
      losers: [{ tag: 'v3-again', reason: 'is another tag of the image of v3' }],
    });
  });

  it('takes of two pushes in one instant the higher number', () => {
    const [first, second] = [image(5, 'v9'), { ...image(6, 'v10'), pushedAtMs: 5 * MINUTE }];

    expect(chosenTag({ type: 'newest-push' }, [first, second])).toBe('v10');
    expect(chosenTag({ type: 'newest-push' }, [second, first])).toBe('v10');
  });

  it("lets only the pattern's tags compete, and does not list the others", () => {
    const choice = chooseImage(
      policy({ type: 'newest-push' }, 'shop/web:v*'),
      images('v1', 'main'),
      NOW,
    );

    expect(choice).toMatchObject({ chosen: { tag: 'v1' }, losers: [] });
  });

  it('never takes an image without a tag', () => {
    expect(chooseImage(policy({ type: 'newest-push' }), [image(5)], NOW)).toEqual({
      reason: 'no tag matches shop/web:*',
      losers: [],
    });
  });

  it.each([
    [5, 'old'],
    [4, 'young'],
  ])('with an age of at least %i minutes takes %s', (minimum_age_minutes, tag) => {
    const list = [image(990, 'old'), { ...image(996, 'young'), pushedAtMs: NOW - 4 * MINUTE }];

    expect(chosenTag({ type: 'newest-push', minimum_age_minutes }, list)).toBe(tag);
  });

  it('says that a tag is too young', () => {
    const choice = policy({ type: 'newest-push', minimum_age_minutes: 2 });
    const list = [{ ...image(1, 'v1'), pushedAtMs: NOW - 2 * MINUTE + 1 }];

    expect(chooseImage(choice, list, NOW)).toEqual({
      reason: 'no tag of shop/web:* can be chosen: v1 is younger than 2 minutes',
      losers: [{ tag: 'v1', reason: 'is younger than 2 minutes' }],
    });
  });

  it('takes the tag of an image from the future, however far', () => {
    expect(chosenTag({ type: 'newest-push' }, [{ ...image(1, 'v1'), pushedAtMs: NOW * 2 }])).toBe(
      'v1',
    );
  });
});

describe('digest', () => {
  it('follows its tag to an older image', () => {
    const list = [image(1, 'main', 'main-abc1234'), image(2, 'main-def5678')];

    expect(chooseImage(policy({ type: 'digest', tag: 'main' }), list, NOW)).toEqual({
      chosen: { tag: 'main', digest: image(1).digest, pushedAtMs: MINUTE },
      reason: 'main is the tag that the policy follows',
      losers: [
        { tag: 'main-abc1234', reason: 'is not main' },
        { tag: 'main-def5678', reason: 'is not main' },
      ],
    });
  });

  it('takes nothing while its tag is gone', () => {
    const choice = chooseImage(policy({ type: 'digest', tag: 'main' }), images('other'), NOW);

    expect(choice.chosen).toBeUndefined();
    expect(choice.reason).toBe('no tag of shop/web:* can be chosen: other is not main');
  });

  it.each([
    ['later', image(2, 'main'), image(1, 'main')],
    ['earlier', image(1, 'main'), image(2, 'main')],
  ])('takes the %s read image if a moving tag was read twice', (_name, one, other) => {
    const { chosen } = chooseImage(policy({ type: 'digest', tag: 'main' }), [one, other], NOW);

    expect(chosen?.digest).toBe(image(2).digest);
  });

  it('decides by the digest between two images of one tag and one instant', () => {
    const [one, other] = [image(1, 'main'), { ...image(2, 'main'), pushedAtMs: MINUTE }];
    const of = (list: RegistryImage[]) =>
      chooseImage(policy({ type: 'digest', tag: 'main' }), list, NOW).chosen?.digest;

    expect(of([one, other])).toBe(of([other, one]));
  });
});

describe('a pinned digest', () => {
  const pinnedTo = (pinned_digest: string, image_pattern?: string) => ({
    ...policy({ type: 'semver' }, image_pattern),
    pinned_digest,
  });

  it('is taken whatever tags say', () => {
    const list = [image(1, '1.0.0'), image(2, '2.0.0')];

    expect(chooseImage(pinnedTo(image(1).digest), list, NOW)).toEqual({
      chosen: { tag: '1.0.0', digest: image(1).digest, pushedAtMs: MINUTE },
      reason: '1.0.0 is pinned',
      losers: [],
    });
  });

  it.each([
    ['the best of its tags in the pattern', 'shop/web:v*', ['v1', 'v2', 'x9'], 'v2'],
    ['the best of the others, where none is', 'shop/web:v*', ['x1', 'x10', 'x9'], 'x10'],
    ['its own beginning, where it has no tag', 'shop/web:v*', [], 'sha256-000000000000'],
  ])('is called by %s', (_what, pattern, tags, name) => {
    const found = chooseImage(pinnedTo(image(1).digest, pattern), [image(1, ...tags)], NOW);

    expect(found.chosen).toMatchObject({ tag: name, digest: image(1).digest });
  });

  it('is taken however young it is', () => {
    const young = {
      ...pinnedTo(image(1).digest),
      tag_choice: policy({ type: 'newest-push', minimum_age_minutes: 9999 }).tag_choice,
    };

    expect(chooseImage(young, [image(1, 'v1')], NOW).chosen?.tag).toBe('v1');
  });

  it('lets nothing else win where the registry does not hold it', () => {
    expect(chooseImage(pinnedTo(image(1).digest), [image(2, '2.0.0')], NOW)).toEqual({
      reason: `the registry does not hold ${image(1).digest}, which is pinned`,
      losers: [],
    });
  });
});

describe('a push', () => {
  const list = [image(1, 'v1'), image(2, 'v2', 'latest')];

  it.each([
    ['of any tag', undefined, 'v1', true],
    ['of any tag, even one that is gone', undefined, 'v9', true],
    ['that is none', undefined, undefined, false],
    ['of the pinned digest', image(2).digest, 'latest', true],
    ['of another digest than the pinned one', image(2).digest, 'v1', false],
    ['that is none, of a pinned policy', image(2).digest, undefined, false],
  ])('%s (pinned: %s, tag: %s) brings what is wanted: %s', (_what, pinned_digest, tag, brings) => {
    const wish = { ...policy({ type: 'newest-push' }), pinned_digest };

    expect(isArrival(wish, list, tag)).toBe(brings);
  });
});

describe('a pattern that is none', () => {
  it('chooses nothing', () => {
    const broken = { ...policy({ type: 'newest-push' }), image_pattern: '**' };

    expect(chooseImage(broken, images('1'), NOW).reason).toBe('no tag matches **');
  });
});

describe('every choice', () => {
  const tag = fc.constantFrom(
    '1.0.0',
    'v1.0.0',
    '1.0.0-rc.1',
    '2.0.0',
    'main',
    'v3',
    'v3-again',
    'v10',
    '10',
    '9',
    '09',
    '2.50',
    '2.5',
    '-',
  );
  const list = fc
    .uniqueArray(tag, { maxLength: 8 })
    .chain((tags) => fc.tuple(...tags.map((name) => fc.tuple(fc.constant(name), fc.nat(3)))))
    .map((tagged) =>
      [0, 1, 2, 3].map((number) => ({
        ...image(number, ...tagged.filter(([, at]) => at === number).map(([name]) => name)),
        // Two images of one instant among them.
        pushedAtMs: Math.min(number, 2) * MINUTE,
      })),
    );
  const choice = fc.constantFrom(
    { type: 'semver' },
    { type: 'semver', prereleases: true, minimum_age_minutes: 999 },
    { type: 'newest-push' },
    { type: 'newest-push', filter: { pattern: '^v' }, ignore: ['*0'] },
    { type: 'digest', tag: 'main' },
    { type: 'alphabetical' },
    { type: 'alphabetical', filter: { pattern: '(\\d)', extract: '$1' } },
    { type: 'numerical' },
    { type: 'numerical', filter: { pattern: '(\\d+)', extract: '-$1' }, ignore: ['v*'] },
  );

  it('depends on the tags and not on their order', () => {
    fc.assert(
      fc.property(choice, list, fc.infiniteStream(fc.nat()), (kind, found, random) => {
        const shuffle = <T>(entries: T[]): T[] =>
          entries
            .map((entry): [number, T] => [random.next().value ?? 0, entry])
            .sort(([one], [other]) => one - other)
            .map(([, entry]) => entry);
        const shuffled = shuffle(found.map((one) => ({ ...one, tags: shuffle(one.tags) })));

        expect(chooseImage(policy(kind), shuffled, NOW)).toEqual(
          chooseImage(policy(kind), found, NOW),
        );
      }),
    );
  });

  it('is not changed by tags that lose, however many of them come or go', () => {
    const kept = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(choice, list, kept, (kind, found, isKept) => {
        const whole = chooseImage(policy(kind), found, NOW);
        const gone = new Set(
          whole.losers.filter((_, index) => !isKept[index]).map(({ tag }) => tag),
        );
        fc.pre(gone.size > 0);
        const without = found.map((one) => ({
          ...one,
          tags: one.tags.filter((name) => !gone.has(name)),
        }));

        expect(chooseImage(policy(kind), without, NOW).chosen).toEqual(whole.chosen);
      }),
      { numRuns: 500 },
    );
  });

  it('is of every type that there is', () => {
    const kinds = fc.sample(choice, 200).map(({ type }) => type);

    expect(new Set(kinds)).toEqual(
      new Set(TagChoice.options.flatMap(({ shape }) => [...shape.type.values])),
    );
  });

  it('follows a pin and no tag: their order and number change nothing', () => {
    fc.assert(
      fc.property(choice, list, fc.nat(3), (kind, found, number) => {
        const pinned = { ...policy(kind), pinned_digest: image(number).digest };
        const wanted = chooseImage(pinned, found, NOW).chosen;
        const reversed = found.toReversed().map((one) => ({ ...one, tags: one.tags.toReversed() }));
        const untagged = found.map((one) => ({ ...one, tags: [] }));

        expect(chooseImage(pinned, reversed, NOW).chosen).toEqual(wanted);
        expect(chooseImage(pinned, untagged, NOW).chosen?.digest).toBe(wanted?.digest);
        expect(wanted?.digest).toBe(pinned.pinned_digest);
      }),
    );
  });

  it('names every tag of the pattern once: as the chosen or among the losers', () => {
    fc.assert(
      fc.property(choice, list, (kind, found) => {
        const { chosen, losers } = chooseImage(policy(kind), found, NOW);
        const named = [...losers.map((loser) => loser.tag), ...(chosen ? [chosen.tag] : [])];

        expect(named.sort()).toEqual(found.flatMap(({ tags }) => tags).sort());
      }),
    );
  });
});
