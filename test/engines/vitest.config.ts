/** The machines in a second engine; run.ts runs it. `npm test` does not. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/engines/*.engines.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
