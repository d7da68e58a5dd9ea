/**
 * Time for everything that runs in the embedded cloud.
 *
 * A fiber is an async function that the clock started. Virtual time stands still while any fiber
 * works, however long that takes in reality, and jumps to the next timer when every fiber has ended
 * or waits on the clock (`sleep`) or on something that only another fiber or a timer can settle
 * (`suspend`). So a fiber that awaits neither holds time still for good: what may never settle has
 * to be awaited by way of `suspend`.
 *
 * What happens on real machines is awaited by way of `awaitReal`: while any of it is under way, time
 * passes as the wall clock does, so that several of them work at the same time and each takes its own
 * length.
 *
 * Between two timers the clock lets all pending promises settle; equal instants fire in the order
 * of scheduling. Without real input and output a run is therefore the same each time. What a plain
 * timer does (`schedulePlain`) settles none, so that the next one follows at once: a fleet's timers are
 * by far the most, and a turn of the event loop costs more than what most of them do.
 *
 * A fiber with several strands (`Promise.all`) counts as waiting as soon as one of them waits:
 * real input and output beside a sleep of the same fiber does not hold time.
 */
import { Fibers } from './fibers.ts';
import { type Task, TimerHeap } from './timer-heap.ts';
import { WALL_CLOCK, type WallClock } from './wall-clock.ts';

/** So long virtual time stands still at most, while real time passes. */
const TICK_MS = 50;

export interface RunOptions {
  /** Time does not pass this instant; it is reached even when nothing is scheduled before it. */
  untilMs?: number;
  /** Looked at whenever everything has settled; a run ends as soon as it holds. */
  until?: () => boolean;
  /** A run ends before a jump that is longer. Default: however long. */
  quietMs?: number;
  /** Awaited before each jump: ties virtual time to the wall clock. */
  pace?: Pace;
}

/** Returns the instant that it got to, where it was interrupted: time goes on from there. */
export type Pace = (fromMs: number, toMs: number) => Promise<number | undefined>;

export class VirtualClock {
  #nowMs: number;
  readonly #timers = new TimerHeap();
  readonly #fibers = new Fibers();
  #isDriven = false;
  readonly #wall: WallClock;
  /** What is under way on real machines: each settles when that has ended. */
  readonly #real = new Set<Promise<void>>();
  #tick: Promise<void> | undefined;

  constructor(startMs: number, wall = WALL_CLOCK) {
    this.#nowMs = startMs;
    this.#wall = wall;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `task` at `atMs`, never before now. An async task is a fiber. Returns its cancellation. */
  schedule(atMs: number, task: Task): () => void {
    return this.#schedule(atMs, task, false);
  }

  /**
   * The same for a task that only changes what it finds and schedules more: it awaits nothing and
   * settles no promise. It may start fibers, and is none itself.
   */
  schedulePlain(atMs: number, task: () => void): () => void {
    return this.#schedule(atMs, task, true);
  }

  #schedule(atMs: number, task: Task, isPlain: boolean): () => void {
    const timer = this.#timers.push(Math.max(atMs, this.#nowMs), task, isPlain);
    return () => this.#timers.cancel(timer);
  }

  /** Starts a fiber at once. What it throws surfaces from `run`. */
  spawn(task: () => Promise<void>): void {
    this.#fibers.start(task);
  }

  /** Sleeps; time may pass meanwhile. */
  sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = this.#fibers.wait();
    this.schedule(this.#nowMs + ms, () => {
      wake();
      resolve();
    });
    return promise;
  }

  /** Awaits what only other fibers or timers can settle (a token, a child); time may pass meanwhile. */
  async suspend<T>(promise: Promise<T>): Promise<T> {
    const wake = this.#fibers.wait();
    try {
      return await promise;
    } finally {
      wake();
    }
  }

  /** Awaits what ends in reality (a program on a real host): meanwhile time passes as the wall clock does. */
  async awaitReal<T>(promise: Promise<T>): Promise<T> {
    const wake = this.#fibers.wait();
    const ended = promise.then(
      () => {},
      () => {},
    );
    this.#real.add(ended);
    try {
      return await promise;
    } finally {
      this.#real.delete(ended);
      // What comes of it comes at the end of the tick, not at its beginning.
      await this.#tick;
      wake();
    }
  }

  /** Drives time until `until` holds, `untilMs` is reached, or nothing is scheduled, or nothing for `quietMs`. */
  async run(options: RunOptions = {}): Promise<void> {
    if (this.#isDriven) throw new Error('the clock is being driven already');
    if (this.#fibers.isInside) throw new Error('a fiber waits on the clock and cannot drive it');
    this.#isDriven = true;
    try {
      await this.#drive(options);
    } finally {
      this.#isDriven = false;
    }
  }

  async #drive(options: RunOptions): Promise<void> {
    const { until, pace } = options;
    const { untilMs = Number.POSITIVE_INFINITY, quietMs = Number.POSITIVE_INFINITY } = options;
    let isSettled = false;
    for (;;) {
      if (!isSettled || this.#fibers.areAtWork) await this.#fibers.settle();
      isSettled = false;
      this.#fibers.throwFailure();
      if (until?.()) return;
      const next = this.#timers.next();
      const dueMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, untilMs);
      if (this.#real.size > 0 && dueMs > this.#nowMs) {
        await this.#passReally(dueMs, pace);
        continue;
      }
      if (next === undefined || next.atMs > untilMs) {
        if (untilMs === Number.POSITIVE_INFINITY) return;
        if (pace && !(await this.#isPassed(untilMs, pace))) continue;
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return;
      }
      if (next.atMs - this.#nowMs > quietMs) return;
      if (pace && !(await this.#isPassed(next.atMs, pace))) continue;
      this.#timers.pop();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      const task = next.task;
      next.task = undefined;
      isSettled = next.isPlain;
      if (task) this.#fire(task, next.isPlain);
    }
  }

  /** False where something came in from outside while the wall clock passed: it may be due earlier. */
  async #isPassed(toMs: number, pace: Pace): Promise<boolean> {
    if (toMs <= this.#nowMs) return true;
    const next = this.#timers.next();
    const reachedMs = await pace(this.#nowMs, toMs);
    if (reachedMs !== undefined && reachedMs < toMs) {
      this.#nowMs = Math.max(this.#nowMs, reachedMs);
      return false;
    }
    return this.#timers.next() === next && !this.#fibers.areAtWork;
  }

  /** A tick of the wall clock, or less: to `dueMs`, or to the end of something real. */
  async #passReally(dueMs: number, pace: RunOptions['pace']): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tick = promise;
    const [fromMs, startMs] = [this.#nowMs, this.#wall.nowMs()];
    const most = Math.min(dueMs - fromMs, TICK_MS);
    try {
      await Promise.race([this.#wall.sleep(most), ...this.#real]);
      const toMs = fromMs + Math.min(Math.ceil(this.#wall.nowMs() - startMs), dueMs - fromMs);
      await pace?.(fromMs, toMs);
      this.#nowMs = toMs;
    } finally {
      this.#tick = undefined;
      resolve();
    }
  }

  #fire(task: Task, isPlain: boolean): void {
    if (!isPlain) {
      this.#fibers.start(task);
      return;
    }
    try {
      void task();
    } catch (error) {
      this.#fibers.fail(error);
    }
  }
}
