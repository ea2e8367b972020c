import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run chaos`: kills, pauses and broken connections, for minutes. */
const [vitest, config] = ['../../node_modules/vitest/vitest.mjs', '../vitest.config.ts'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, 'test/chaos'], {
  env: { ...process.env, TWILIO_ORG_CHAOS: 'long' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
