/**
 * A small range of seeds and those that once found something (`npm run simulate` plays as many as wanted), that a
 * seed is always the same, and that what is broken on purpose is found and told in short.
 */
import { describe, expect, inject, it } from 'vitest';
import type { LocalCloud } from '#local/local-cloud.ts';
import { drawWorld } from './draw-world.ts';
import { playSeed } from './play-seed.ts';
import { REGRESSIONS } from './regressions.ts';
import { judgeReport, Report } from './report.ts';
import { nameOfViolation, shrink } from './shrink.ts';
import { FAULTS, NOT_PLAYED, notReached } from './sometimes.ts';
import { tellShrunk, tellWorld } from './story.ts';

const template: unknown = JSON.parse(inject('template'));
const SMALL = { hosts: 5, hours: 1 };

describe('a seed', () => {
  it.each([1, 2, 3])('%i violates nothing', async (seed) => {
    const outcome = await playSeed({ seed, size: SMALL, template });

    expect(outcome.violations).toEqual([]);
    expect(outcome.rollouts).toBeGreaterThan(0);
    expect(outcome.faults).toBeGreaterThan(0);
  });

  it('is the same when it is played again, and another one is not', async () => {
    const play = { seed: 7, size: SMALL, template };

    const [first, again] = [await playSeed(play), await playSeed(play)];
    const other = await playSeed({ ...play, seed: 8 });

    expect(again.hash).toBe(first.hash);
    expect(again.story).toEqual(first.story);
    expect(other.hash).not.toBe(first.hash);
  });

  it('draws the same world for everybody, and says its rates before all else', () => {
    expect(drawWorld(9, SMALL)).toEqual(drawWorld(9, SMALL));
    expect(tellWorld(9, SMALL).split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^seed 9: 5 hosts, 1 hours, \d+ happenings$/),
      expect.stringMatching(/^ {2}\w+ +[\d.]+ %$/),
      expect.stringMatching(/^ {2}\w+ +[\d.]+ %$/),
    ]);
  });

  it.each(REGRESSIONS)('$seed: $what', async ({ seed, size }) => {
    expect((await playSeed({ seed, size, template })).violations).toEqual([]);
  });
});

/** Every record of a rollout loses the last line of its log on the way to the table. */
function forge({ dynamo }: LocalCloud): void {
  const { apply } = dynamo;
  dynamo.apply = (action, input) => {
    const item = input['Item'] as { log?: { L: unknown[] } } | undefined;
    if (action === 'PutItem' && (item?.log?.L.length ?? 0) > 3) item?.log?.L.pop();
    return apply.call(dynamo, action, input);
  };
}

describe('what is broken on purpose', () => {
  it('is found, and told in the shortest story that has it', async () => {
    const play = { seed: 1, size: SMALL, template, sabotage: forge };
    const broken = await playSeed(play);

    const shrunk = await shrink(play, broken, 30);

    const name = nameOfViolation(broken.violations[0] ?? '');
    expect(name).not.toBe('');
    expect(shrunk.outcome.violations.map(nameOfViolation)).toContain(name);
    expect(shrunk.without.size).toBeGreaterThan(3);
    expect(shrunk.outcome.story.length).toBeLessThan(broken.story.length);
    expect(tellShrunk(shrunk)).toContain(`${name}`);
  });

  it('is a violation too where it is a crash', async () => {
    const sabotage = ({ clock }: LocalCloud) => {
      clock.spawn(() => Promise.reject(new Error('a wheel came off')));
    };

    const { violations } = await playSeed({ seed: 1, size: SMALL, template, sabotage });

    expect(violations).toEqual([expect.stringContaining('crash: Error: a wheel came off')]);
  });
});

describe('a report', () => {
  const answer = {
    seed: 1,
    hash: '',
    violations: [],
    pushes: 6,
    commands: 9,
    faults: 30,
    rollouts: 6,
  };

  it('claims nothing of a range in which enough happened', () => {
    const report = new Report();
    report.add({ ...answer, counters: {} });

    expect(judgeReport(report)).toEqual([]);
  });

  it('names the seeds that violate something, and a range in which too little happened', () => {
    const report = new Report();
    report.add({ ...answer, seed: 3, violations: ['9'], faults: 19, rollouts: 4, counters: {} });

    expect(judgeReport(report)).toEqual([
      '1 seeds violate something: 3',
      'the median of rollouts is 4, less than 5',
      'the median of faults is 19, less than 20',
    ]);
  });

  it('names what was never reached in a thousand seeds', () => {
    const report = new Report();
    const counters = { event_doubled: 1 };
    for (let seed = 0; seed < 1_000; seed += 1) report.add({ ...answer, seed, counters });

    expect(judgeReport(report)).toContain('never reached: an event is lost');
    expect(judgeReport(report)).not.toContain('never reached: an event is doubled');
    expect(notReached(report.counters)).toContain('Plan rollback');
  });

  it('has a counter for every fault of the list, or says why not', () => {
    const numbers = [...Object.keys(FAULTS).map(Number), ...NOT_PLAYED];

    expect(numbers.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 45 }, (_, index) => index + 1),
    );
  });
});
