import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { between, type Fault } from '../support/between.ts';
import { type Env, home, start, writes } from '../support/cli.ts';
import { declaredWorld } from '../support/declared.ts';
import { requiring } from '../support/node-options.ts';

const preload = fileURLToPath(new URL('../support/kill-at.cjs', import.meta.url));
const stepsFile = join(mkdtempSync(join(home, 'steps-')), 'steps.json');
const text = 'owns: [{ scope: org, roles: [Support] }]\naccess: [] # nobody yet\n';

async function worldWithFile(users: readonly number[]) {
  const world = await declaredWorld();
  world.write('org.yaml', text);
  const file = join(world.directory, 'org.yaml');
  const people = users.flatMap((user) => ['--user', world.mail(user)]);
  const place = ['--role', 'Support', '--scope', 'org', '--into', file, '--concurrency', '1'];
  const args = ['role-assignments', 'create', ...people, ...place];
  return {
    ...world,
    content: () => readFileSync(file, 'utf8'),
    create: (env: Env = {}) => start(args, { env: { ...world.env, ...env } }),
    again: () => world.call(args),
  };
}

test('create --into that is killed before the new file is in its place leaves everything as it was', async () => {
  const killing = (step: number): Env => ({
    NODE_OPTIONS: requiring(preload),
    KILL_AT: String(step),
    STEPS_FILE: stepsFile,
  });
  expect((await (await worldWithFile([1])).create(killing(0))).exitCode).toBe(0);
  const steps: string[] = JSON.parse(readFileSync(stepsFile, 'utf8'));
  const naming = steps.findIndex((step) => /^rename .*org\.yaml$/.test(step));
  expect(naming).toBeGreaterThan(0);
  const { create, again, content, held, sandbox, call, directory } = await worldWithFile([1]);
  expect(await create(killing(naming + 1))).toMatchObject({ signal: 'SIGKILL' });
  expect(content()).toBe(text);
  expect(writes(sandbox)).toEqual([]);
  expect((await again()).exitCode).toBe(0);
  expect(held()).toEqual(['1 Support org']);
  expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
});

test.each<[Fault, users: number[], way: 'the same command' | 'access apply']>([
  ['break before', [1], 'the same command'],
  ['break before', [1], 'access apply'],
  ['break after', [1], 'the same command'],
  ['break after', [1], 'access apply'],
  ['break before', [1, 2], 'access apply'],
])(
  'create --into that is killed at its last request (%s; users %j) leaves the entries, and %s gives each role once',
  async (fault, users, way) => {
    const world = await worldWithFile(users);
    const { create, again, content, held, mail, sandbox, call, directory } = world;
    const url = await between(sandbox.apiUrl, ({ method, writes: count }) => {
      if (method !== 'POST' || count !== users.length) return undefined;
      killed.kill('SIGKILL');
      return fault;
    });
    const killed = create({ TWILIO_ORG_API_URL: url });
    expect(await killed).toMatchObject({ signal: 'SIGKILL' });
    const written = content();
    for (const user of users) expect(written).toContain(mail(user));
    const ended =
      way === 'access apply' ? await call(['access', 'apply', directory, '--yes']) : await again();
    expect(ended.exitCode).toBe(0);
    expect(content()).toBe(written);
    expect(held().sort()).toEqual(users.map((user) => `${user} Support org`));
    expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
  },
);
