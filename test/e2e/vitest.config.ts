/** The end-to-end suite; run.ts runs it, in a room with a Docker Engine. `npm test` does not. */
import { defineConfig } from 'vitest/config';
import { AWS_ENVIRONMENT } from './surroundings.ts';

const MINUTE = 60_000;

export default defineConfig({
  test: {
    env: AWS_ENVIRONMENT,
    include: ['test/e2e/**/*.e2e.ts'],
    // One after another: each of them has the account to itself.
    fileParallelism: false,
    // Each step is told as soon as it is done.
    reporters: ['verbose'],
    // A story: what follows a failed step would only say so again.
    bail: 1,
    testTimeout: 6 * MINUTE,
    hookTimeout: 3 * MINUTE,
  },
});
