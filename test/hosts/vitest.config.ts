/** The suites beside real Engines; run.ts runs them. `npm test` does not. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/hosts/**/*.hosts.ts'],
    setupFiles: ['test/setup.ts'],
    globalSetup: ['test/hosts/images.setup.ts'],
    // One after another: each of them is a machine, and they share one.
    fileParallelism: false,
    testTimeout: 120_000,
    // The end of a host is also the end of some hundred copies of its disk.
    hookTimeout: 600_000,
  },
});
