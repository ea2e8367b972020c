import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lastLook = 'test/secret-leak.test.ts';
/** Minutes of kills, pauses and measurements: for `npm run chaos`, `npm run scale` and CI. */
const slow = [
  'test/resilience/chaos/kills.test.ts',
  'test/resilience/chaos/pauses.test.ts',
  'test/resilience/scale.test.ts',
  'test/resilience/scale-page.test.ts',
];

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    // Much of the time goes to waiting: for programs of their own, locks and pauses before a request is sent again.
    maxWorkers: 2 * availableParallelism(),
    // A bound ends a hang; how fast the machine is says nothing of the program.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 120_000 } },
    // Files that share a process load the program once: half the time of the unit tests.
    isolate: false,
    // Without it, the styles of pages are empty.
    css: true,
    setupFiles: ['test/support/before-file.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: process.env.TWILIO_ORG_CHAOS === 'long' ? [lastLook] : [lastLook, ...slow],
          globalSetup: ['test/scripts/build-if-needed.js', 'test/support/transcript.ts'],
        },
      },
      // When all others have ended.
      { extends: true, test: { name: 'last', include: [lastLook], sequence: { groupOrder: 1 } } },
    ],
  },
});
