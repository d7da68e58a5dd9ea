/** The kills of the end-to-end suite; kills.ts runs them, in no room: each run makes its own. */
import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

export default defineConfig({
  test: {
    include: ['test/e2e/kills/*.kills.ts'],
    testTimeout: 4 * MINUTE,
    hookTimeout: MINUTE,
  },
});
