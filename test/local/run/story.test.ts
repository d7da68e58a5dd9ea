import { beforeAll, describe, expect, it } from 'vitest';
import { NOBODY } from '#local/scenario/audience.ts';
import { playStory } from '#local/scenario/play-story.ts';
import type { StoryStack } from '#local/scenario/stack.ts';
import type { Check, PushStory, Story, StoryOptions } from '#local/scenario/story.ts';
import { listener, stackWith } from './rig.ts';

let stack: StoryStack;
beforeAll(() => {
  stack = stackWith();
});

function play(options: Partial<StoryOptions> = {}, of = stack): Promise<Story> {
  return playStory(of, { hosts: 20, failing: 0, silent: 0, seed: 1, ...options }, NOBODY);
}

function broken(story: Story): Check[] {
  return [...story.opening, ...story.pushes.flatMap(({ checks }) => checks)].filter(
    ({ holds }) => !holds,
  );
}

/** What became of each push: a rollout's status, or the verdict of consider-image. */
function ends(story: Story): string[] {
  return story.pushes.map(endOf);
}

function endOf({ rollout, considered }: PushStory): string {
  return rollout?.status ?? considered?.verdict ?? 'nothing was considered';
}

describe('the story of a fleet of twenty', () => {
  it('goes as the example policy says', async () => {
    const story = await play();

    expect(broken(story)).toEqual([]);
    expect(story.isAsExpected).toBe(true);
    expect(story.stoppedBecause).toBeUndefined();
    expect(ends(story)).toEqual(['completed', 'rolled_back', 'nothing']);
  });

  it('brings v2 to every host in three batches', async () => {
    const [good] = (await play()).pushes;

    expect(good?.rollout?.batches.map(({ hosts, completed }) => [hosts, completed])).toEqual([
      [2, 2],
      [8, 8],
      [10, 10],
    ]);
    expect(good?.runs).toEqual({ v2: 20 });
  });

  it('stops v3 in its first batch and brings its hosts back', async () => {
    const [, bad] = (await play()).pushes;

    expect(bad?.rollout?.batches.map(({ failed }) => failed)).toEqual([2, 0, 0]);
    expect(bad?.rollout?.totals).toEqual({ rolled_back: 2, untouched: 18 });
    expect(bad?.runs).toEqual({ v2: 20 });
  });

  it('considers v3-again, starts nothing and says why', async () => {
    const [, bad, again] = (await play()).pushes;

    expect(again?.digest).toBe(bad?.digest);
    expect(again?.rollout).toBeUndefined();
    expect(again?.considered?.reason).toMatch(/shop-web #2 denied .*trigger it by hand/);
  });

  it('counts what the product did, and not what was read to show it', async () => {
    const watched = await playStory(
      stack,
      { hosts: 20, failing: 0, silent: 0, seed: 1 },
      listener(),
    );
    const unwatched = await play();

    expect(unwatched.apiCalls['ssm:SendCommand']).toBeGreaterThan(0);
    expect(unwatched.stateTransitions).toBeGreaterThan(0);
    expect(watched).toEqual(unwatched);
  });

  it('is the same for the same seed, and another for another one', async () => {
    const [one, same, other] = [
      await play({ seed: 7, failing: 3 }),
      await play({ seed: 7, failing: 3 }),
      await play({ seed: 8, failing: 3 }),
    ];

    expect(JSON.stringify(same)).toBe(JSON.stringify(one));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
  });
});

describe('other fleets', () => {
  it.each([1, 2, 3, 51, 200])('%i hosts end as twenty do', async (hosts) => {
    const story = await play({ hosts });

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['completed', 'rolled_back', 'nothing']);
    expect(story.pushes.at(-1)?.runs).toEqual({ v2: hosts });
  });

  it('goes back to v1 where v2 fails on half of the hosts', async () => {
    const story = await play({ failing: 10 });

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['rolled_back', 'rolled_back', 'nothing']);
    expect(story.pushes.map(({ runs }) => runs)).toEqual(Array(3).fill({ v1: 20 }));
  });

  it('ends with failures where one host fails, and the others go on to v2', async () => {
    const story = await play({ hosts: 40, failing: 1 });

    expect(broken(story)).toEqual([]);
    expect(ends(story)[0]).toBe('completed_with_failures');
    expect(story.pushes[0]?.runs).toEqual({ v1: 1, v2: 39 });
  });

  it('holds for a person where more hosts are silent than the policy bears, and ends there', async () => {
    const story = await play({ silent: 8 });

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['held']);
    expect(story.isAsExpected).toBe(true);
    expect(story.stoppedBecause).toBe('shop-web #1 is held and waits for a person');
  });

  it('goes on past silent hosts that the policy bears, which end unknown', async () => {
    const tolerant = stackWith({ 'max_unknown_rate: 0.2': 'max_unknown_rate: 1' });

    const story = await play({ silent: 4 }, tolerant);

    const [good] = story.pushes;
    expect(broken(story)).toEqual([]);
    expect(good?.rollout?.status).toBe('completed_with_failures');
    expect(good?.rollout?.totals).toEqual({ completed: 16, unknown: 4 });
    expect(good?.runs).toEqual({ v1: 4, v2: 16 });
  });

  it.each([
    { hosts: 30, failing: 3, silent: 2 },
    { hosts: 37, failing: 0, silent: 37 },
    { hosts: 37, failing: 37, silent: 0 },
    { hosts: 12, failing: 6, silent: 6 },
    { hosts: 120, failing: 5, silent: 9 },
  ])('leaves each host as its outcome says: %o', async (options) => {
    const story = await play({ ...options, seed: 3 });

    expect(broken(story)).toEqual([]);
  });
});

describe('other policies', () => {
  it('holds v3 where the policy asks for a person', async () => {
    const holding = stackWith({ 'on_threshold: rollback': 'on_threshold: hold' });

    const story = await play({}, holding);

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['completed', 'held', 'nothing']);
    expect(story.pushes[2]?.runs).toEqual({ v2: 20 });
  });

  it('leaves a failed host on v3 where the policy does not bring it back', async () => {
    const leaving = stackWith({
      'on_threshold: rollback': 'on_threshold: hold',
      'auto_rollback: true': 'auto_rollback: false',
    });

    const story = await play({}, leaving);

    expect(broken(story)).toEqual([]);
    expect(story.pushes[1]?.runs).toEqual({ v2: 18, v3: 2 });
  });

  it('waits for an approval where the policy is manual, and ends there', async () => {
    const manual = stackWith({ 'update_strategy: staged': 'update_strategy: manual' });

    const story = await play({}, manual);

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['awaiting_approval']);
  });
});

describe('a story that goes wrong', () => {
  it('says what was expected and what was found where a push raises no event', async () => {
    const deaf = withoutRule(stack);

    const story = await play({}, deaf);

    expect(story.isAsExpected).toBe(false);
    expect(broken(story)).toEqual([
      {
        what: 'the push',
        expected: 'a rollout of v2',
        found: 'nothing in the log of consider-image',
        holds: false,
      },
    ]);
    expect(story.stoppedBecause).toBe('v2 did not end as expected');
  });
});

/** The stack without the rule for pushes, and without the sweep that would find them. */
function withoutRule(of: StoryStack): StoryStack {
  const { Resources, ...rest } = of.template as { Resources: Record<string, { Type: string }> };
  const kept = Object.entries(Resources).filter(
    ([id]) => !id.startsWith('ImagePushed') && !id.startsWith('SweepSchedule'),
  );
  return { ...of, template: { ...rest, Resources: Object.fromEntries(kept) } };
}
