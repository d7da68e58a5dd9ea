/** The fibers of a clock: which of them work, which wait, and what they threw (clock.ts says what a fiber is). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Task } from './timer-heap.ts';

interface Fiber {
  waits: number;
}

export class Fibers {
  #working = 0;
  #whenIdle: (() => void) | undefined;
  readonly #failures: unknown[] = [];
  readonly #current = new AsyncLocalStorage<Fiber>();

  get areAtWork(): boolean {
    return this.#working > 0;
  }

  /** Whether the caller is a fiber. */
  get isInside(): boolean {
    return this.#current.getStore() !== undefined;
  }

  start(task: Task): void {
    const fiber: Fiber = { waits: 0 };
    const end = () => {
      if (fiber.waits === 0) this.#rest();
      // A strand that outlives its fiber must not count as work when it wakes.
      fiber.waits = Number.POSITIVE_INFINITY;
    };
    this.#working++;
    try {
      const ending = this.#current.run(fiber, task);
      if (ending === undefined) end();
      else ending.catch((error: unknown) => this.fail(error)).finally(end);
    } catch (error) {
      this.fail(error);
      end();
    }
  }

  /** Marks the calling fiber as waiting; the answer marks it as working again. */
  wait(): () => void {
    const fiber = this.#current.getStore();
    if (fiber === undefined) return () => {};
    if (fiber.waits++ === 0) this.#rest();
    return () => {
      if (--fiber.waits === 0) this.#working++;
    };
  }

  /** Waits until no fiber works and no promise is left to settle. */
  async settle(): Promise<void> {
    do {
      if (this.#working > 0) {
        await new Promise<void>((resolve) => {
          this.#whenIdle = resolve;
        });
      }
      await setImmediate();
    } while (this.#working > 0);
  }

  fail(error: unknown): void {
    this.#failures.push(error);
  }

  /** The earliest failure that nobody was told of. */
  throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures.shift();
  }

  #rest(): void {
    this.#working--;
    if (this.#working > 0) return;
    this.#whenIdle?.();
    this.#whenIdle = undefined;
  }
}
