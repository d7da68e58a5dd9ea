import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Pace, VirtualClock } from '#local/clock.ts';
import { TestWall } from './test-wall.ts';

function clockWithLog() {
  const clock = new VirtualClock(1_000);
  const log: string[] = [];
  const note = (what: string) => () => {
    log.push(`${clock.nowMs()} ${what}`);
  };
  return { clock, log, note };
}

describe('timers', () => {
  it('fire in the order of their instants, and of scheduling where these are equal', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(1_500, note('c'));
    clock.schedule(1_200, note('a'));
    clock.schedule(1_500, note('d'));
    clock.schedule(1_200, note('b'));

    await clock.run();

    expect(log).toEqual(['1200 a', '1200 b', '1500 c', '1500 d']);
  });

  it('never fire before now', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(10, note('late'));

    await clock.run();

    expect(log).toEqual(['1000 late']);
  });

  it('that were cancelled neither fire nor move time', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(1_200, note('kept'));
    const cancel = clock.schedule(9_000, note('cancelled'));
    cancel();
    cancel();

    await clock.run();

    expect(log).toEqual(['1200 kept']);
    expect(clock.nowMs()).toBe(1_200);
  });

  it('keep their order whatever others are cancelled', async () => {
    const anyTimers = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 0, max: 9 }).map((drawn) => drawn < 7),
      ),
      {
        minLength: 3_000,
        maxLength: 4_000,
      },
    );
    await fc.assert(
      fc.asyncProperty(anyTimers, async (timers) => {
        const { clock } = clockWithLog();
        const fired: number[] = [];
        const cancels = timers.map(([atMs, isCancelled]) => {
          const cancel = clock.schedule(atMs, () => void fired.push(atMs));
          return isCancelled ? cancel : () => {};
        });
        for (const cancel of cancels) cancel();

        await clock.run();

        const kept = timers.flatMap(([atMs, isCancelled]) => (isCancelled ? [] : [atMs]));
        expect(fired.map((atMs) => Math.max(atMs, 1_000))).toEqual(
          kept.map((atMs) => Math.max(atMs, 1_000)).sort((a, b) => a - b),
        );
      }),
      { numRuns: 5 },
    );
  });

  it('that are plain fire in the same order as others', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedulePlain(1_500, note('b'));
    clock.schedule(1_500, note('c'));
    clock.schedulePlain(1_200, () => {
      note('a')();
      clock.schedulePlain(1_500, note('d'));
    });

    await clock.run();

    expect(log).toEqual(['1200 a', '1500 b', '1500 c', '1500 d']);
  });

  it('that are plain may start fibers, which hold time as ever', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedulePlain(1_200, () =>
      clock.spawn(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        note('worked')();
      }),
    );
    clock.schedulePlain(1_300, note('plain'));

    await clock.run();

    expect(log).toEqual(['1200 worked', '1300 plain']);
  });

  it('that are plain are looked at after each, and what they throw surfaces', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedulePlain(1_200, note('a'));
    clock.schedulePlain(1_300, note('b'));
    clock.schedulePlain(1_400, () => {
      throw new Error('a plain fault');
    });

    await clock.run({ until: () => log.length > 0 });

    expect(log).toEqual(['1200 a']);
    await expect(clock.run()).rejects.toThrow('a plain fault');
    expect(log).toEqual(['1200 a', '1300 b']);
  });

  it('that are plain, and cancelled, do not fire', async () => {
    const { clock, log, note } = clockWithLog();
    const cancel = clock.schedulePlain(1_200, note('cancelled'));
    clock.schedulePlain(1_100, () => cancel());

    await clock.run();

    expect(log).toEqual([]);
    expect(clock.nowMs()).toBe(1_100);
  });

  it('need an instant', () => {
    const { clock, note } = clockWithLog();

    expect(() => clock.schedule(Number.NaN, note('never'))).toThrow('NaN');
  });
});

describe('fibers', () => {
  it('hold time while they work, however long that takes in reality', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(2_000, note('timer'));
    clock.spawn(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      note('worked')();
    });

    await clock.run();

    expect(log).toEqual(['1000 worked', '2000 timer']);
  });

  it('let time pass while they sleep', async () => {
    const { clock, log, note } = clockWithLog();
    clock.spawn(async () => {
      await clock.sleep(700);
      note('slept')();
      await clock.sleep(0);
      note('slept not at all')();
    });
    clock.schedule(1_500, note('meanwhile'));

    await clock.run();

    expect(log).toEqual(['1500 meanwhile', '1700 slept', '1700 slept not at all']);
  });

  it('may sleep in several strands at once', async () => {
    const { clock, log, note } = clockWithLog();
    clock.spawn(async () => {
      await Promise.all([clock.sleep(300), clock.sleep(100), clock.sleep(200)]);
      note('all slept')();
      await clock.sleep(50);
      note('and once more')();
    });
    clock.schedule(1_320, note('between'));

    await clock.run();

    expect(log).toEqual(['1300 all slept', '1320 between', '1350 and once more']);
  });

  it('let time pass while they are suspended, and hold it again afterwards', async () => {
    const { clock, log, note } = clockWithLog();
    const token = Promise.withResolvers<string>();
    clock.spawn(async () => {
      note(await clock.suspend(token.promise))();
      await new Promise((resolve) => setImmediate(resolve));
      note('worked')();
    });
    clock.schedule(1_400, () => token.resolve('done'));
    clock.schedule(1_401, note('timer'));

    await clock.run();

    expect(log).toEqual(['1400 done', '1400 worked', '1401 timer']);
  });

  it('do not hang the run when what they are suspended on never settles', async () => {
    const { clock, log, note } = clockWithLog();
    clock.spawn(() => clock.suspend(new Promise<void>(() => {})));
    clock.schedule(3_000, note('timeout'));

    await clock.run();

    expect(log).toEqual(['3000 timeout']);
  });

  it('may leave a strand behind, which holds no time when it wakes', async () => {
    const { clock, log, note } = clockWithLog();
    clock.spawn(async () => {
      void clock.sleep(100).then(note('left behind'));
    });
    clock.schedule(2_000, note('timer'));

    await clock.run();

    expect(log).toEqual(['1100 left behind', '2000 timer']);
  });

  it.each([
    ['a fiber', (clock: VirtualClock) => clock.spawn(() => Promise.reject(new Error('broken')))],
    [
      'an async timer',
      (clock: VirtualClock) =>
        void clock.schedule(1_100, () => Promise.reject(new Error('broken'))),
    ],
    [
      'a timer',
      (clock: VirtualClock) =>
        void clock.schedule(1_100, () => {
          throw new Error('broken');
        }),
    ],
  ])('let the error of %s surface from the run', async (_, start) => {
    const { clock } = clockWithLog();
    start(clock);

    await expect(clock.run()).rejects.toThrow('broken');
  });

  it('cannot drive the clock on which they wait', async () => {
    const { clock } = clockWithLog();
    clock.spawn(() => clock.run());

    await expect(clock.run()).rejects.toThrow('cannot drive');
  });
});

describe('what ends in reality', () => {
  it('takes as much time as it takes there, several of them at once', async () => {
    const wall = new TestWall();
    const clock = new VirtualClock(1_000, wall);
    const log: string[] = [];
    for (const lengthMs of [730, 410]) {
      clock.spawn(async () => {
        await clock.awaitReal(wall.until(lengthMs));
        log.push(`${clock.nowMs()} ended after ${lengthMs}`);
      });
    }
    clock.schedule(1_500, () => void log.push(`${clock.nowMs()} timer`));

    await clock.run();

    expect(log).toEqual(['1410 ended after 410', '1500 timer', '1730 ended after 730']);
  });

  it('lets time leap again when it has ended', async () => {
    const wall = new TestWall();
    const clock = new VirtualClock(1_000, wall);
    clock.spawn(() => clock.awaitReal(wall.until(300)));
    clock.schedule(9_000_000, () => {});

    await clock.run();

    expect(clock.nowMs()).toBe(9_000_000);
    expect(wall.nowMs()).toBe(300);
  });

  it('is paced, and stops at the last instant of a run', async () => {
    const wall = new TestWall();
    const clock = new VirtualClock(1_000, wall);
    clock.spawn(() => clock.awaitReal(wall.until(300)));
    const jumps: string[] = [];

    await clock.run({ untilMs: 1_120, pace: async (from, to) => void jumps.push(`${from}-${to}`) });

    expect(jumps).toEqual(['1000-1050', '1050-1100', '1100-1120']);
    expect(clock.nowMs()).toBe(1_120);
  });

  it('lets its error surface from the run', async () => {
    const wall = new TestWall();
    const clock = new VirtualClock(1_000, wall);
    const failing = wall.until(300).then(() => Promise.reject(new Error('broken')));
    clock.spawn(() => clock.awaitReal(failing));

    await expect(clock.run()).rejects.toThrow('broken');
  });
});

describe('a run', () => {
  it('ends as soon as its predicate holds', async () => {
    const { clock, log, note } = clockWithLog();
    for (const atMs of [1_100, 1_200, 1_300]) clock.schedule(atMs, note('tick'));

    await clock.run({ until: () => log.length === 2 });

    expect(log).toEqual(['1100 tick', '1200 tick']);
    expect(clock.nowMs()).toBe(1_200);
  });

  it.each([
    ['with timers beyond it', 9_000],
    ['with nothing scheduled', undefined],
  ])('reaches its last instant and goes no further, %s', async (_, laterMs) => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(1_500, note('in time'));
    if (laterMs) clock.schedule(laterMs, note('too late'));

    await clock.run({ untilMs: 2_000 });

    expect(log).toEqual(['1500 in time']);
    expect(clock.nowMs()).toBe(2_000);
  });

  it('is paced before each jump, and takes what came in meanwhile first', async () => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(2_000, note('planned'));
    const jumps: string[] = [];
    const pace: Pace = async (fromMs, toMs) => {
      jumps.push(`${fromMs}-${toMs}`);
      if (jumps.length === 1) clock.schedule(1_500, note('came in'));
    };

    await clock.run({ pace });

    expect(jumps).toEqual(['1000-2000', '1000-1500', '1500-2000']);
    expect(log).toEqual(['1500 came in', '2000 planned']);
  });

  it('is paced up to its last instant too', async () => {
    const { clock, note } = clockWithLog();
    clock.schedule(5_000, note('beyond'));
    const jumps: string[] = [];

    await clock.run({ untilMs: 3_000, pace: async (from, to) => void jumps.push(`${from}-${to}`) });

    expect(jumps).toEqual(['1000-3000']);
  });

  it('is paced to its last instant where nothing is scheduled', async () => {
    const { clock } = clockWithLog();
    const jumps: string[] = [];

    await clock.run({ untilMs: 3_000, pace: async (from, to) => void jumps.push(`${from}-${to}`) });

    expect(jumps).toEqual(['1000-3000']);
    expect(clock.nowMs()).toBe(3_000);
  });

  it.each([
    ['on the way to a timer', 9_000],
    ['on the way to its last instant', 4_000],
  ])('goes on from the instant at which its pace was interrupted, %s', async (_, untilMs) => {
    const { clock, log, note } = clockWithLog();
    clock.schedule(5_000, note('planned'));
    const jumps: string[] = [];
    const pace: Pace = async (fromMs, toMs) => {
      jumps.push(`${fromMs}-${toMs}`);
      if (jumps.length > 1) return undefined;
      // Before time has got as far, something is begun that is due at once.
      clock.schedule(2_500, note('came in'));
      return 2_500;
    };

    await clock.run({ untilMs, pace });

    const toMs = Math.min(untilMs, 5_000);
    expect(jumps.slice(0, 2)).toEqual([`1000-${toMs}`, `2500-${toMs}`]);
    expect(log[0]).toBe('2500 came in');
    expect(clock.nowMs()).toBe(untilMs);
  });

  it('is the only one', async () => {
    const { clock } = clockWithLog();
    const first = clock.run();

    await expect(clock.run()).rejects.toThrow('driven already');
    await first;
  });
});
