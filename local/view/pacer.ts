/**
 * Ties virtual time to the wall clock: `speed` virtual seconds a second. What the cloud's own work took is
 * made up for, up to a second; after more than that time goes on from there, without a rush.
 */
import { WALL_CLOCK, type WallClock } from '../wall-clock.ts';

/** A wait is worth a timer from here on; shorter ones are added up. */
const LEAST_WAIT_MS = 10;
const MOST_DEBT_MS = 1_000;
const TICK_MS = 80;
/** A timer of Node takes no more. */
const MOST_SLEEP_MS = 2 ** 31 - 1;

/** Told of the virtual time while it passes. */
export type Tick = (nowMs: number) => void;

/** Lets time pass; returns the instant reached where it is interrupted. */
export type Pass = (fromMs: number, toMs: number, tick?: Tick) => Promise<number | undefined>;

export class Pacer {
  readonly #speed: number;
  readonly #wall: WallClock;
  /** The pair of instants that belong together. */
  #anchor: { wallMs: number; virtualMs: number } | undefined;
  #sleep: AbortController | undefined;

  constructor(speed: number, wall = WALL_CLOCK) {
    this.#speed = speed;
    this.#wall = wall;
  }

  /** Returns when `toMs` is due; where it is interrupted, with the instant reached. Without a tick it sleeps through. */
  async pass(fromMs: number, toMs: number, tick?: Tick): Promise<number | undefined> {
    const dueMs = this.#dueMs(fromMs, toMs);
    for (;;) {
      const leftMs = dueMs - this.#wall.nowMs();
      if (leftMs < LEAST_WAIT_MS) return undefined;
      const sleep = new AbortController();
      this.#sleep = sleep;
      await this.#wall.sleep(Math.min(leftMs, tick ? TICK_MS : MOST_SLEEP_MS), sleep.signal);
      this.#sleep = undefined;
      const nowMs = Math.min(toMs, toMs - (dueMs - this.#wall.nowMs()) * this.#speed);
      // Instants are whole milliseconds wherever they are written down.
      if (sleep.signal.aborted) return Math.max(fromMs, Math.floor(nowMs));
      tick?.(nowMs);
    }
  }

  /** Time does not pass at the moment: nothing happens. */
  interrupt(): void {
    this.#sleep?.abort();
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
