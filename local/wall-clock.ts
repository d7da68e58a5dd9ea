/** The time that people live in; a test has another. */
import { setTimeout } from 'node:timers/promises';

export interface WallClock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export const WALL_CLOCK: WallClock = {
  nowMs: () => performance.now(),
  sleep: async (ms) => void (await setTimeout(ms)),
};
