import { describe, expect, it } from 'vitest';
import { Pacer } from '#local/view/pacer.ts';

/** A wall clock that moves when somebody sleeps. */
class TestClock {
  #nowMs = 0;
  nowMs(): number {
    return this.#nowMs;
  }

  readonly sleeps: number[] = [];
  interruptAfterMs = 0;
  onSleep = () => {};

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    this.onSleep();
    this.#nowMs += signal?.aborted ? this.interruptAfterMs : ms;
  }

  work(ms: number): void {
    this.#nowMs += ms;
  }
}

describe('Pacer', () => {
  it('lets virtual seconds pass at its speed', async () => {
    const clock = new TestClock();

    await new Pacer(120, clock).pass(0, 1_800_000, () => {});

    expect(clock.nowMs()).toBeCloseTo(15_000);
  });

  it('tells of the time on the way, never going back and never past its end', async () => {
    const ticks: number[] = [];

    await new Pacer(120, new TestClock()).pass(0, 60_000, (nowMs) => ticks.push(nowMs));

    expect(ticks.length).toBeGreaterThan(4);
    expect(ticks).toEqual(ticks.toSorted((one, other) => one - other));
    expect(ticks.at(-1)).toBeCloseTo(60_000);
  });

  it('sleeps once where nobody wants to be told', async () => {
    const clock = new TestClock();

    await new Pacer(120, clock).pass(0, 1_800_000);

    expect(clock.sleeps).toEqual([15_000]);
  });

  it('sleeps no longer than a timer of Node can, and then again', async () => {
    const clock = new TestClock();

    await new Pacer(0.001, clock).pass(0, 3_000_000);

    expect(clock.sleeps).toEqual([2 ** 31 - 1, 3_000_000_000 - 2 ** 31 + 1]);
  });

  it('returns the instant that it got to where it is interrupted, and loses no time by that', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(120, clock);
    clock.interruptAfterMs = 1_000.004;
    clock.onSleep = () => pacer.interrupt();

    const reachedMs = await pacer.pass(0, 1_800_000);
    clock.onSleep = () => {};
    const end = await pacer.pass(reachedMs ?? 0, 1_800_000);

    expect(reachedMs).toBe(120_000);
    expect(end).toBeUndefined();
    expect(clock.nowMs()).toBeCloseTo(15_000);
  });

  it('is not interrupted where it does not sleep', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(120, clock);
    pacer.interrupt();

    expect(await pacer.pass(0, 60_000)).toBeUndefined();
  });

  it('adds up waits that are too short for a timer', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(1, clock);

    for (let atMs = 0; atMs < 1_000; atMs++) await pacer.pass(atMs, atMs + 1, () => {});

    expect(clock.nowMs()).toBeGreaterThan(980);
    expect(clock.nowMs()).toBeLessThanOrEqual(1_000);
  });

  it('makes up for work that took a little while', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(1, clock);
    await pacer.pass(0, 1_000, () => {});

    clock.work(500);
    await pacer.pass(1_000, 2_000, () => {});

    expect(clock.nowMs()).toBeCloseTo(2_000);
  });

  it('goes on without a rush after work that took long', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(1, clock);
    await pacer.pass(0, 1_000, () => {});

    clock.work(5_000);
    await pacer.pass(1_000, 2_000, () => {});

    expect(clock.nowMs()).toBeCloseTo(7_000);
  });
});
