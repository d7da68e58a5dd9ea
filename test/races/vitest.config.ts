/** Every Stop and every race of operators; `npm test` plays a sample of them. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/races/*.races.ts'],
    setupFiles: ['test/setup.ts'],
    globalSetup: ['test/template.setup.ts'],
  },
});
