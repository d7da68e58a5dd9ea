/** The suite beside DynamoDB Local; dynamodb-local.ts runs it. `npm test` does not. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/oracle/*.oracle.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
  },
});
