import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run chaos`: kills, pauses and broken connections; `npm run scale`: a large organization. Both take minutes. */
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', process.argv[2] ?? 'test/resilience/chaos'], {
  cwd: root,
  env: { ...process.env, TWILIO_ORG_CHAOS: 'long' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
