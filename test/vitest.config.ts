import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lastLook = 'test/last-look.test.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    // Most of the time goes to programs of their own, so a core kept free for vitest would be idle.
    maxWorkers: '100%',
    // A bound ends a hang; how fast the machine is says nothing of the program.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [lastLook],
          globalSetup: ['test/support/build-if-needed.js', 'test/support/transcript.ts'],
        },
      },
      // When all others have ended.
      { extends: true, test: { name: 'last', include: [lastLook], sequence: { groupOrder: 1 } } },
    ],
  },
});
