import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Env, home, type Result, run } from './cli.ts';
import { requiring } from './node-options.ts';

const preload = fileURLToPath(new URL('usage.cjs', import.meta.url));

/** Runs the built program, and tells how much memory and CPU time it took; the latter says the same on a busy machine. */
export async function measuredRun(
  args: readonly string[],
  env: Env,
): Promise<Result & { megabytes: number; cpuSeconds: number }> {
  const report = join(mkdtempSync(join(home, 'usage-')), 'usage.json');
  const result = await run(args, { env: { ...env, NODE_OPTIONS: requiring(preload), USAGE_FILE: report } });
  const { peakBytes, cpuSeconds } = JSON.parse(readFileSync(report, 'utf8'));
  return { ...result, megabytes: peakBytes / 1024 / 1024, cpuSeconds };
}
