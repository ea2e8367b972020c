import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { between } from './between.ts';
import { start } from './cli.ts';
import { type DeclaredWorld, declaredWorld, developer, onePair, support } from './declared.ts';
import { ageLocks } from './profiles.ts';

const flags = ['--yes', '--max-removals', '100', '--max-removal-fraction', '1'];

/** Files that take roles from as many people as they give them to. */
async function worldToChange(people: number, options: SandboxOptions): Promise<DeclaredWorld> {
  const world = await declaredWorld({ users: 3 * people, allowDuplicates: true, ...options });
  const { hold, mail, production: scope, write } = world;
  for (let user = 0; user < people; user++) {
    hold(user, support, { scope });
    hold(user, developer, { scope });
  }
  const others = Array.from({ length: people }, (_, index) => mail(people + index));
  write('a.yaml', onePair('Support', 'EU production', ...others));
  return world;
}

/** The assignments at the end of an apply that nothing interrupts. */
export async function uninterruptedApply(people: number): Promise<string[]> {
  const world = await worldToChange(people, {});
  expect((await world.call(['access', 'apply', world.directory, ...flags])).exitCode).toBe(0);
  return world.held().sort();
}

/**
 * Applies, is killed at its nth write, before it arrives or after, and goes on until it is done: with `runs resume`, or by
 * applying the files again.
 */
export async function applyKilledAt(
  n: number,
  people: number,
  way: 'resume' | 'apply again',
  options: SandboxOptions = {},
): Promise<{ held: string[]; killed: boolean; most: number; left: string }> {
  const world = await worldToChange(people, options);
  const { directory, configDir, call, sandbox } = world;
  const before = sandbox.state.journal.length;
  let killed = false;
  const url = await between(sandbox.apiUrl, ({ method, writes: count }) => {
    if (method === 'GET' || count !== n) return undefined;
    killed = subprocess.kill('SIGKILL');
    return n % 2 === 0 ? 'break before' : 'break after';
  });
  const env = { TWILIO_ORG_API_URL: url };
  const subprocess = start(['access', 'apply', directory, ...flags], { env: { ...world.env, ...env } });
  await subprocess;
  const runsDir = join(configDir, 'runs');
  for (let tries = 0; tries < 6; tries++) {
    const [file = ''] = readdirSync(runsDir).filter((name) => name.endsWith('.jsonl'));
    await ageLocks(runsDir);
    const args =
      way === 'resume'
        ? ['runs', 'resume', file.replace('.jsonl', ''), ...flags]
        : ['access', 'apply', directory, ...flags];
    const { exitCode } = await call(args, env);
    if (exitCode === 0) break;
  }
  const counts = new Map<string, number>();
  for (const entry of sandbox.state.journal.slice(before)) {
    if (!('assignment' in entry)) continue;
    const { identity, role_sid } = entry.assignment;
    const key = `${entry.effect} ${identity} ${role_sid}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const plan = await call(['access', 'plan', directory, '--exit-code'], env);
  return {
    held: world.held().sort(),
    killed,
    most: Math.max(...counts.values()),
    left: `${plan.exitCode} ${plan.stdout}`,
  };
}
