/** A wall clock that moves when somebody sleeps, and things that happen in reality at given instants. */
import type { WallClock } from '#local/wall-clock.ts';

export class TestWall implements WallClock {
  #nowMs = 0;
  #plans: { atMs: number; happen: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  /** Settles when the wall clock has come so far. */
  until(atMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#plans.push({ atMs, happen: resolve });
    return promise;
  }

  /** To the first thing that happens, or to its end. */
  async sleep(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    this.#nowMs = Math.min(untilMs, ...this.#plans.map(({ atMs }) => atMs));
    const due = this.#plans.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#plans = this.#plans.filter((plan) => !due.includes(plan));
    for (const { happen } of due) happen();
  }
}
