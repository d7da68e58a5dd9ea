/** The time that people live in; a test has another. */
import { setTimeout } from 'node:timers/promises';

export interface WallClock {
  nowMs(): number;
  /** Ends early where the signal aborts, and that is no error. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const WALL_CLOCK: WallClock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await setTimeout(ms, undefined, signal && { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
