/**
 * Ties virtual time to the wall clock: `speed` virtual seconds a second. What the cloud's own work took is
 * made up for, up to a second; after more than that time goes on from there, without a rush.
 */
import { WALL_CLOCK, type WallClock } from '../wall-clock.ts';

/** A wait is worth a timer from here on; shorter ones are added up. */
const LEAST_WAIT_MS = 10;
const MOST_DEBT_MS = 1_000;
const TICK_MS = 80;

export class Pacer {
  readonly #speed: number;
  readonly #wall: WallClock;
  /** The pair of instants that belong together. */
  #anchor: { wallMs: number; virtualMs: number } | undefined;

  constructor(speed: number, wall = WALL_CLOCK) {
    this.#speed = speed;
    this.#wall = wall;
  }

  /** Returns when `toMs` is due; `tick` is told of the virtual time on the way. */
  async pass(fromMs: number, toMs: number, tick: (nowMs: number) => void): Promise<void> {
    const dueMs = this.#dueMs(fromMs, toMs);
    for (;;) {
      const leftMs = dueMs - this.#wall.nowMs();
      if (leftMs < LEAST_WAIT_MS) return;
      await this.#wall.sleep(Math.min(leftMs, TICK_MS));
      tick(Math.min(toMs, toMs - (dueMs - this.#wall.nowMs()) * this.#speed));
    }
  }

  #dueMs(fromMs: number, toMs: number): number {
    const wallMs = this.#wall.nowMs();
    this.#anchor ??= { wallMs, virtualMs: fromMs };
    const anchor = this.#anchor;
    const lateMs = wallMs - (anchor.wallMs + (fromMs - anchor.virtualMs) / this.#speed);
    if (lateMs > MOST_DEBT_MS) anchor.wallMs += lateMs;
    return anchor.wallMs + (toMs - anchor.virtualMs) / this.#speed;
  }
}
