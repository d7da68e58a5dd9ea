/** A wall clock that a test turns by hand, as far as whoever sleeps by it has something to do. */
import type { WallClock } from '#local/wall-clock.ts';

interface Sleeper {
  wakesAtMs: number;
  wake: () => void;
}

export class HandWall implements WallClock {
  /** How often somebody lay down. */
  sleeps = 0;
  #nowMs = 0;
  #sleeper: Sleeper | undefined;
  #watchers: (() => void)[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      this.#sleeper = undefined;
      resolve();
    };
    this.sleeps++;
    this.#sleeper = { wakesAtMs: this.#nowMs + ms, wake };
    signal?.addEventListener('abort', wake);
    for (const watch of this.#watchers.splice(0)) watch();
    return promise;
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const sleeper = await this.#watch();
      if (sleeper.wakesAtMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, sleeper.wakesAtMs);
      sleeper.wake();
    }
    this.#nowMs = untilMs;
  }

  /** Until somebody sleeps: nothing is left to do now. */
  async #watch(): Promise<Sleeper> {
    for (;;) {
      if (this.#sleeper !== undefined) return this.#sleeper;
      await new Promise<void>((resolve) => void this.#watchers.push(resolve));
    }
  }
}
