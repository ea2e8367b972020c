import { execFileSync } from 'node:child_process';
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

/** CPU seconds that Node alone takes for the work of {@link slowness}, on the machine that limits are set for. */
const usualSeconds = 0.25;

/** The CPU time that the same work takes here and now, compared with the usual, but at least 1: limits are times this. */
export function slowness(): number {
  const script = `
    const rows = Array.from({ length: 60_000 }, (_, at) => ({ sid: 'US' + at, name: 'person ' + at + '@example.com', at }));
    for (let round = 0; round < 3; round += 1) JSON.parse(JSON.stringify(rows));
    const { user, system } = process.cpuUsage();
    console.log((user + system) / 1e6);`;
  const taken = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
  return Math.max(1, taken / usualSeconds);
}
