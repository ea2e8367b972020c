import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { between } from './between.ts';
import { bulkWorld } from './bulk.ts';
import { start, userAt } from './cli.ts';
import { ageLocks } from './profiles.ts';

/** 30 rows: new users with and without a role, and changes of users who are there. */
function thirty(): string {
  const made = Array.from(
    { length: 20 },
    (_, index) => `new${index}@example.com,New ${index},${index % 2 ? 'Support,org' : ','}`,
  );
  return ['email,displayName,role,scope', ...made].join('\n');
}

export async function importWorld(options: SandboxOptions = {}) {
  const world = await bulkWorld({ users: 20, allowDuplicates: true, ...options });
  const changed = Array.from(
    { length: 10 },
    (_, index) =>
      `${userAt(world.sandbox, [1, 2, 3, 5, 6, 8, 9, 10, 11, 12][index] ?? 0).userName},Changed ${index},,`,
  );
  return { ...world, input: world.file('thirty.csv', `${thirty()}\n${changed.join('\n')}\n`) };
}

export type ImportWorld = Awaited<ReturnType<typeof importWorld>>;

/** Imports, is killed at its nth write, before it arrives or after, and is resumed until it is done. */
export async function killedAt(
  n: number,
  options: SandboxOptions = {},
): Promise<{ world: ImportWorld; killed: boolean }> {
  const world = await importWorld(options);
  let killed = false;
  const url = await between(world.sandbox.apiUrl, ({ method, writes: count }) => {
    if (method === 'GET' || count !== n) return undefined;
    killed = subprocess.kill('SIGKILL');
    return n % 2 === 0 ? 'break before' : 'break after';
  });
  const env = { ...world.env, TWILIO_ORG_API_URL: url };
  const subprocess = start(['users', 'import', world.input], { env });
  await subprocess;
  for (let tries = 0; tries < 6; tries++) {
    const [file = ''] = readdirSync(join(world.configDir, 'runs')).filter((name) => name.endsWith('.jsonl'));
    await ageLocks(join(world.configDir, 'runs'));
    const { exitCode } = await world.call(['runs', 'resume', file.replace('.jsonl', ''), '--yes'], {
      TWILIO_ORG_API_URL: url,
    });
    if (exitCode === 0) break;
  }
  return { world, killed };
}

export async function uninterrupted(): Promise<ReturnType<ImportWorld['state']>> {
  const world = await importWorld();
  expect((await world.call(['users', 'import', world.input])).exitCode).toBe(0);
  return world.state();
}

/** Number of times each change was made: users by name, assignments by user and role. */
export function effects({ sandbox }: ImportWorld): number[] {
  const counts = new Map<string, number>();
  for (const entry of sandbox.state.journal) {
    const key =
      'user' in entry
        ? `${entry.effect} ${entry.user.id}`
        : `${entry.effect} ${entry.assignment.identity} ${entry.assignment.role_sid}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()];
}
