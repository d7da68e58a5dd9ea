/**
 * What a policy wants among the tags of its repository: each way to choose rolls out what it names, also
 * where that is an older digest under another tag, and also where only time has passed.
 */
import { describe, expect, it } from 'vitest';
import { POLICY, REPOSITORY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const MINUTE = 60_000;

function start(policy: Record<string, unknown>): Promise<TestCloud> {
  return startCloud({ hosts: 4, policies: [{ ...POLICY, staged_batches: [1], ...policy }] });
}

/** Pushes an image, or tags one that is there, and drives time until nothing happens any more. */
async function tag({ cloud }: TestCloud, name: string, digest?: string): Promise<string> {
  const pushed = cloud.ecr.push(REPOSITORY, {
    tag: name,
    ...(digest !== undefined && { digest }),
  });
  await cloud.settle();
  return pushed;
}

interface Retag {
  choice: string;
  policy: Record<string, unknown>;
  /** Two pushes, of which the second wins; then a tag that goes onto the first image. */
  tags: [first: string, second: string, retag: string];
}

const RETAGS: Retag[] = [
  {
    choice: 'semver, a higher version',
    policy: { tag_choice: { type: 'semver' } },
    tags: ['1.0.0', '1.1.0', '1.2.0'],
  },
  {
    choice: 'semver, the same version moved',
    policy: { tag_choice: { type: 'semver' } },
    tags: ['1.0.0', '1.1.0', '1.1.0'],
  },
  {
    choice: 'alphabetical',
    policy: { tag_choice: { type: 'alphabetical', ignore: ['v1'] } },
    tags: ['2026-11-01', '2026-11-02', '2026-11-03'],
  },
  {
    choice: 'numerical',
    policy: {
      tag_choice: { type: 'numerical', filter: { pattern: '^main-(\\d+)$', extract: '$1' } },
    },
    tags: ['main-9', 'main-10', 'main-11'],
  },
  {
    choice: 'newest-push of one tag',
    policy: { image_pattern: `${REPOSITORY}:latest` },
    tags: ['latest', 'latest', 'latest'],
  },
  {
    choice: 'digest',
    policy: { tag_choice: { type: 'digest', tag: 'latest' } },
    tags: ['latest', 'latest', 'latest'],
  },
];

describe('an older digest that gets the winning tag', () => {
  it.each(RETAGS)('rolls out by $choice', async ({ policy, tags: [first, second, retag] }) => {
    const test = await start(policy);
    const { cloud, newest, rollouts, running, watch } = test;
    const older = await tag(test, first);
    await cloud.run({ untilMs: cloud.clock.nowMs() + MINUTE });
    const newer = await tag(test, second);
    const before = running();

    await tag(test, retag, older);

    expect(before).toEqual({ [newer]: 4 });
    expect((await rollouts()).map(({ status, image }) => [status, image.digest])).toEqual([
      ['completed', older],
      ['completed', newer],
      ['completed', older],
    ]);
    expect((await newest()).image.tag).toBe(retag);
    expect(running()).toEqual({ [older]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('starts nothing by newest-push of many tags: an old image is no newer push', async () => {
    const test = await start({});
    const { cloud, rollouts, running, reasons, watch } = test;
    const older = await tag(test, 'main-abc1234');
    await cloud.run({ untilMs: cloud.clock.nowMs() + MINUTE });
    const newer = await tag(test, 'main-def5678');

    await tag(test, 'latest', older);

    expect(await rollouts()).toHaveLength(2);
    expect(running()).toEqual({ [newer]: 4 });
    expect(reasons('image considered').at(-1)).toBe('shop/web:main-def5678 was seen already');
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an image that is too young', () => {
  it('is chosen by the sweep once it is old enough, and no earlier', async () => {
    const test = await start({
      tag_choice: { type: 'newest-push', minimum_age_minutes: 40 },
    });
    const { cloud, push, newest, rollouts, running, watch } = test;
    await cloud.run({ untilMs: cloud.clock.nowMs() + 60 * MINUTE });
    const pushedAtMs = cloud.clock.nowMs();
    const v2 = push('v2');

    await cloud.run({ untilMs: pushedAtMs + 39 * MINUTE });
    const early = await rollouts();
    await cloud.run({ untilMs: pushedAtMs + 70 * MINUTE });

    expect(early).toEqual([]);
    const rollout = await newest();
    expect(rollout).toMatchObject({ status: 'completed', triggered_by: 'sweep' });
    expect(rollout.created_at_ms).toBeGreaterThanOrEqual(pushedAtMs + 40 * MINUTE);
    expect(rollout.created_at_ms).toBeLessThan(pushedAtMs + 56 * MINUTE);
    expect(running()).toEqual({ [v2]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('that is withdrawn in time never rolls out', async () => {
    const test = await start({ tag_choice: { type: 'semver', minimum_age_minutes: 10 } });
    const { cloud, push, rollouts, watch } = test;
    push('2.0.0');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 5 * MINUTE });

    cloud.ecr.deleteTag(REPOSITORY, '2.0.0');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 60 * MINUTE });

    expect(await rollouts()).toEqual([]);
    expect(cloud.functions.invocations(`${STACK}-sweep`)).toBeGreaterThan(2);
    expect(await watch.violations()).toEqual([]);
  });
});
