import { beforeAll, describe, expect, it } from 'vitest';
import { NOBODY } from '#local/scenario/audience.ts';
import { playStory } from '#local/scenario/play-story.ts';
import type { Check, PushStory, Story, StoryOptions } from '#local/scenario/story.ts';
import { listener, stackWith, without } from './rig.ts';

const stack = stackWith();

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
  const heard = listener();
  let story: Story;
  beforeAll(async () => {
    story = await playStory(stack, { hosts: 20, failing: 0, silent: 0, seed: 1 }, heard);
  });

  it('goes as the example policy says', () => {
    expect(broken(story)).toEqual([]);
    expect(story.isAsExpected).toBe(true);
    expect(story.stoppedBecause).toBeUndefined();
    expect(ends(story)).toEqual(['completed', 'rolled_back', 'nothing']);
  });

  it('brings v2 to every host in three batches', () => {
    const [good] = story.pushes;

    expect(good?.rollout?.batches.map(({ hosts, completed }) => [hosts, completed])).toEqual([
      [2, 2],
      [8, 8],
      [10, 10],
    ]);
    expect(good?.runs).toEqual({ v2: 20 });
  });

  it('stops v3 in its first batch and brings its hosts back', () => {
    const [, bad] = story.pushes;

    expect(bad?.rollout?.batches.map(({ failed }) => failed)).toEqual([2, 0, 0]);
    expect(bad?.rollout?.totals).toEqual({ rolled_back: 2, untouched: 18 });
    expect(bad?.runs).toEqual({ v2: 20 });
  });

  it('considers v3-again, starts nothing and says why', () => {
    const [, bad, again] = story.pushes;

    expect(again?.digest).toBe(bad?.digest);
    expect(again?.rollout).toBeUndefined();
    expect(again?.considered?.reason).toMatch(/shop-web #2 denied .*triggers it/);
  });

  it('counts what the product did', () => {
    expect(story.apiCalls['ssm:SendCommand']).toBeGreaterThan(0);
    expect(story.lambdaInvocations).toBeGreaterThan(0);
    expect(story.stateTransitions).toBeGreaterThan(0);
  });

  it('reads as a story', () => {
    const words = heard.notes.map(({ text }) => text.replaceAll(/i-[0-9a-f]{17}/g, 'HOST'));

    expect(words.map((text) => text.replaceAll(/sha256:[0-9a-f]+/g, 'DIGEST'))).toEqual([
      '20 hosts run shop/web:v1 (DIGEST); the stack is deployed',
      'policy shop-web desires v1',
      'push shop/web:v2 (DIGEST)',
      'shop-web #1  pending: v2 is new for shop-web',
      'shop-web #1  in_progress: v2 goes to 20 hosts',
      'shop-web #1  batch 1 of 3 opens: 2 hosts',
      'shop-web #1  batch 1: 2 of 2 hosts are healthy',
      'shop-web #1  batch 2 of 3 opens: 8 hosts',
      'shop-web #1  batch 2: 8 of 8 hosts are healthy',
      'shop-web #1  batch 3 of 3 opens: 10 hosts',
      'shop-web #1  batch 3: 10 of 10 hosts are healthy',
      expect.stringMatching(/^shop-web #1 {2}completed: /),
      'the hosts themselves: 20 run v2',
      'push shop/web:v3 (DIGEST)',
      'shop-web #2  pending: v3 is new for shop-web',
      'shop-web #2  in_progress: v3 goes to 20 hosts',
      'shop-web #2  batch 1 of 3 opens: 2 hosts',
      'shop-web #2  HOST, HOST failed: the health check fails; v2 runs again',
      expect.stringMatching(/^shop-web #2 {2}rolling_back: .*2 of 2 finished hosts failed/),
      'shop-web #2  HOST, HOST went back to v2',
      expect.stringMatching(/^shop-web #2 {2}rolled_back: /),
      'the hosts themselves: 20 run v2',
      'push shop/web:v3-again (DIGEST)',
      expect.stringMatching(/^v3-again starts nothing: .*denied/),
    ]);
  });

  it('shows each state of the rollout on its way', () => {
    const statuses = heard.frames.map(({ rollout }) => `${rollout?.title} ${rollout?.status}`);

    expect([...new Set(statuses)]).toEqual([
      'shop-web #1 pending',
      'shop-web #1 in_progress',
      'shop-web #1 completed',
      'shop-web #2 pending',
      'shop-web #2 in_progress',
      'shop-web #2 rolling_back',
      'shop-web #2 rolled_back',
    ]);
  });

  it('is the same for the same seed, whoever listens, and another for another seed', async () => {
    const [same, other] = [await play(), await play({ seed: 2 })];

    expect(JSON.stringify(same)).toBe(JSON.stringify(story));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(story));
  });
});

describe('other fleets', () => {
  it.each([1, 3, 51, 200])('%i hosts end as twenty do', async (hosts) => {
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
    const tolerant = stackWith({ max_unknown_rate: 1 });

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
    const holding = stackWith({ on_threshold: 'hold' });

    const story = await play({}, holding);

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['completed', 'held', 'nothing']);
    expect(story.pushes[2]?.runs).toEqual({ v2: 20 });
  });

  it('leaves a failed host on v3 where the policy does not bring it back', async () => {
    const leaving = stackWith({ on_threshold: 'hold', auto_rollback: false });

    const story = await play({}, leaving);

    expect(broken(story)).toEqual([]);
    expect(story.pushes[1]?.runs).toEqual({ v2: 18, v3: 2 });
  });

  it('brings v3 everywhere where nothing is checked', async () => {
    const careless = stackWith({ health_check_enabled: false });

    const story = await play({}, careless);

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['completed', 'completed', 'nothing']);
  });

  it('waits for an approval where the policy is manual, and ends there', async () => {
    const manual = stackWith({ update_strategy: 'manual' });

    const story = await play({}, manual);

    expect(broken(story)).toEqual([]);
    expect(ends(story)).toEqual(['awaiting_approval']);
  });
});

describe('a story that goes wrong', () => {
  it('says what was expected and what was found where a push raises no event', async () => {
    // Nor does the sweep find it.
    const deaf = without(stack, 'ImagePushed', 'SweepSchedule');

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

it('tells what the topics of the policy hear', async () => {
  const heard = listener();
  const topic_arn = 'arn:aws:sns:us-east-1:999999999999:ops';
  const told = stackWith({ notifications: [{ topic_arn }] });

  const story = await playStory(
    { ...told, home: { account: '999999999999', region: 'us-east-1' } },
    { hosts: 4, failing: 0, silent: 0, seed: 1 },
    heard,
  );

  expect(broken(story)).toEqual([]);
  const notices = heard.notes.map(({ text }) => text).filter((text) => text.startsWith('told '));
  expect(notices).toEqual([
    'told ops: shop-web #1 is completed: v2 went through every batch',
    expect.stringMatching(/^told ops: shop-web #2 goes back: batch 1: /),
    expect.stringMatching(/^told ops: shop-web #2 went back: batch 1: /),
  ]);
});
