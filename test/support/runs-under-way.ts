import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { bulkWorld } from './bulk.ts';
import type { ImportWorld } from './interrupted.ts';

/** A world and a file with so many new users. */
export async function joiners(count: number, options: SandboxOptions = {}) {
  const world = await bulkWorld(options);
  const lines = Array.from({ length: count }, (_, index) => `p${index}@example.com,Person ${index}`);
  return { ...world, input: world.file('in.csv', `email,displayName\n${lines.join('\n')}\n`) };
}

/** The five numbers of the closing summary, and what it says is their sum. */
export function totalsIn(stderr: string): { sum: number; all: number; failed: number; notTried: number } {
  const [created = 0, changed = 0, unchanged = 0, failed = 0, notTried = 0, all = 0] =
    /(\d+) created, (\d+) changed, (\d+) unchanged, (\d+) failed, (\d+) not tried: (\d+) in all/
      .exec(stderr)
      ?.slice(1)
      .map(Number) ?? [];
  return { sum: created + changed + unchanged + failed + notTried, all, failed, notTried };
}

/** A run that was killed before its first change: all there is of it is the plan. */
export async function begun(
  { call, configDir, path }: Pick<ImportWorld, 'call' | 'configDir' | 'path'>,
  args: string[],
): Promise<string> {
  const run = '20260314-091500123-4f2a';
  const plan = path('begun.plan');
  await call([...args, '--plan-out', plan]);
  mkdirSync(join(configDir, 'runs'), { recursive: true, mode: 0o700 });
  writeFileSync(
    join(configDir, 'runs', `${run}.jsonl`),
    readFileSync(plan, 'utf8').replace(/"run":"[^"]+"/, `"run":"${run}"`),
    { mode: 0o600 },
  );
  return run;
}
