/** What is scheduled on the virtual clock: earliest first, and of equal instants what was scheduled first. */

export type Task = () => void | Promise<void>;

interface Timer {
  readonly atMs: number;
  readonly order: number;
  /** It only changes what it finds and schedules more. */
  readonly isPlain: boolean;
  /** Undefined once it has fired or was cancelled. */
  task: Task | undefined;
}

/** Fewer cancelled timers than these are not worth the copy. */
const MANY_CANCELLED = 1_000;

export class TimerHeap {
  #timers: Timer[] = [];
  #order = 0;
  #cancelled = 0;

  push(atMs: number, task: Task, isPlain: boolean): Timer {
    if (Number.isNaN(atMs)) throw new Error('a timer needs an instant, and NaN is none');
    const timer: Timer = { atMs, order: this.#order++, isPlain, task };
    siftUp(this.#timers, timer);
    return timer;
  }

  /** The earliest that is not cancelled. It stays. */
  next(): Timer | undefined {
    while (this.#timers[0] && this.#timers[0].task === undefined) {
      this.pop();
      this.#cancelled--;
    }
    return this.#timers[0];
  }

  /** Takes the earliest away. */
  pop(): void {
    const last = this.#timers.pop();
    if (last !== undefined && this.#timers.length > 0) siftDown(this.#timers, last);
  }

  cancel(timer: Timer): void {
    if (timer.task === undefined) return;
    timer.task = undefined;
    this.#cancelled++;
    this.#dropCancelled();
  }

  /** Timeouts of a year would otherwise stay here long after their tasks have ended. */
  #dropCancelled(): void {
    if (this.#cancelled < MANY_CANCELLED || this.#cancelled < this.#timers.length / 2) return;
    const live = this.#timers.filter((timer) => timer.task !== undefined);
    this.#timers = [];
    for (const timer of live) siftUp(this.#timers, timer);
    this.#cancelled = 0;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Puts a timer in at the end, and moves it up to its place. */
function siftUp(heap: Timer[], timer: Timer): void {
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

/** Puts a timer in at the top, in the place of the earliest, and moves it down to its place. */
function siftDown(heap: Timer[], timer: Timer): void {
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (child === undefined || !isBefore(child, timer)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = timer;
}
