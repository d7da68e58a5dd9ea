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
 * of scheduling. Without real input and output a run is therefore the same each time.
 *
 * A fiber with several strands (`Promise.all`) counts as waiting as soon as one of them waits:
 * real input and output beside a sleep of the same fiber does not hold time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { WALL_CLOCK, type WallClock } from './wall-clock.ts';

/** So long virtual time stands still at most, while real time passes. */
const TICK_MS = 50;

type Task = () => void | Promise<void>;

interface Timer {
  readonly atMs: number;
  readonly order: number;
  task: Task | undefined;
}

interface Fiber {
  waits: number;
}

export interface RunOptions {
  /** Time does not pass this instant; it is reached even when nothing is scheduled before it. */
  untilMs?: number;
  /** Looked at whenever everything has settled; a run ends as soon as it holds. */
  until?: () => boolean;
  /** Awaited before each jump: ties virtual time to the wall clock. */
  pace?: Pace;
}

/** Returns the instant that it got to, where it was interrupted: time goes on from there. */
export type Pace = (fromMs: number, toMs: number) => Promise<number | undefined>;

export class VirtualClock {
  #nowMs: number;
  #order = 0;
  #cancelled = 0;
  #timers: Timer[] = [];
  #working = 0;
  #whenIdle: (() => void) | undefined;
  #failures: unknown[] = [];
  #isDriven = false;
  readonly #fibers = new AsyncLocalStorage<Fiber>();
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
    const timer: Timer = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, task };
    if (Number.isNaN(timer.atMs)) throw new Error('a timer needs an instant, and NaN is none');
    pushTimer(this.#timers, timer);
    return () => {
      if (timer.task === undefined) return;
      timer.task = undefined;
      this.#cancelled++;
      this.#dropCancelled();
    };
  }

  /** Starts a fiber at once. What it throws surfaces from `run`. */
  spawn(task: () => Promise<void>): void {
    this.#start(task);
  }

  /** Sleeps; time may pass meanwhile. */
  sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = this.#wait();
    this.schedule(this.#nowMs + ms, () => {
      wake();
      resolve();
    });
    return promise;
  }

  /** Awaits what only other fibers or timers can settle (a token, a child); time may pass meanwhile. */
  async suspend<T>(promise: Promise<T>): Promise<T> {
    const wake = this.#wait();
    try {
      return await promise;
    } finally {
      wake();
    }
  }

  /** Awaits what ends in reality (a program on a real host): meanwhile time passes as the wall clock does. */
  async awaitReal<T>(promise: Promise<T>): Promise<T> {
    const wake = this.#wait();
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

  /** Drives time until `until` holds, `untilMs` is reached or nothing is scheduled. */
  async run(options: RunOptions = {}): Promise<void> {
    if (this.#isDriven) throw new Error('the clock is being driven already');
    if (this.#fibers.getStore()) throw new Error('a fiber waits on the clock and cannot drive it');
    this.#isDriven = true;
    try {
      await this.#drive(options);
    } finally {
      this.#isDriven = false;
    }
  }

  async #drive({ untilMs = Number.POSITIVE_INFINITY, until, pace }: RunOptions): Promise<void> {
    for (;;) {
      await this.#settle();
      if (this.#failures.length > 0) throw this.#failures.shift();
      if (until?.()) return;
      const next = this.#next();
      const dueMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, untilMs);
      if (this.#real.size > 0 && dueMs > this.#nowMs) {
        await this.#passReally(dueMs, pace);
        continue;
      }
      if (next === undefined || next.atMs > untilMs) {
        if (untilMs === Number.POSITIVE_INFINITY) return;
        if (!(await this.#isPassed(untilMs, pace))) continue;
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return;
      }
      if (!(await this.#isPassed(next.atMs, pace))) continue;
      popTimer(this.#timers);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      const task = next.task;
      next.task = undefined;
      if (task) this.#start(task);
    }
  }

  /** False where something came in from outside while the wall clock passed: it may be due earlier. */
  async #isPassed(toMs: number, pace: Pace | undefined): Promise<boolean> {
    if (pace === undefined || toMs <= this.#nowMs) return true;
    const next = this.#next();
    const reachedMs = await pace(this.#nowMs, toMs);
    if (reachedMs !== undefined && reachedMs < toMs) {
      this.#nowMs = Math.max(this.#nowMs, reachedMs);
      return false;
    }
    return this.#next() === next && this.#working === 0;
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

  /** Waits until no fiber works and no promise is left to settle. */
  async #settle(): Promise<void> {
    do {
      if (this.#working > 0) {
        await new Promise<void>((resolve) => {
          this.#whenIdle = resolve;
        });
      }
      await setImmediate();
    } while (this.#working > 0);
  }

  #start(task: Task): void {
    const fiber: Fiber = { waits: 0 };
    const end = () => {
      if (fiber.waits === 0) this.#rest();
      // A strand that outlives its fiber must not count as work when it wakes.
      fiber.waits = Number.POSITIVE_INFINITY;
    };
    this.#working++;
    try {
      const ending = this.#fibers.run(fiber, task);
      if (ending === undefined) end();
      else ending.catch((error: unknown) => this.#failures.push(error)).finally(end);
    } catch (error) {
      this.#failures.push(error);
      end();
    }
  }

  /** Marks the calling fiber as waiting; the answer marks it as working again. */
  #wait(): () => void {
    const fiber = this.#fibers.getStore();
    if (fiber === undefined) return () => {};
    if (fiber.waits++ === 0) this.#rest();
    return () => {
      if (--fiber.waits === 0) this.#working++;
    };
  }

  #rest(): void {
    this.#working--;
    if (this.#working > 0) return;
    this.#whenIdle?.();
    this.#whenIdle = undefined;
  }

  #next(): Timer | undefined {
    while (this.#timers[0] && this.#timers[0].task === undefined) {
      popTimer(this.#timers);
      this.#cancelled--;
    }
    return this.#timers[0];
  }

  /** Timeouts of a year would otherwise stay in the heap long after their tasks have ended. */
  #dropCancelled(): void {
    if (this.#cancelled < 1_000 || this.#cancelled < this.#timers.length / 2) return;
    const live = this.#timers.filter((timer) => timer.task !== undefined);
    this.#timers = [];
    for (const timer of live) pushTimer(this.#timers, timer);
    this.#cancelled = 0;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function pushTimer(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(timer, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = timer;
}

function popTimer(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (child === undefined || !isBefore(child, last)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
}
