import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { writes } from '../../support/cli.ts';
import {
  allowing,
  billing,
  type DeclaredWorld,
  manyRemovals,
  onePair,
  support,
} from '../../support/declared.ts';

const today = Date.parse('2026-11-27T12:00:00Z');
const nextMonth = Date.parse('2027-01-02T12:00:00Z');

/** Applies 30 removals that a file allows, until the connection breaks after the fifth. */
async function interrupted(flags: (world: DeclaredWorld) => string[] | Promise<string[]> = () => []) {
  const world = await manyRemovals(30, allowing(30));
  let isBroken = true;
  const url = await between(world.sandbox.apiUrl, ({ method, writes }) =>
    isBroken && method !== 'GET' && writes > 5 ? '503 before' : undefined,
  );
  world.env.TWILIO_ORG_API_URL = url;
  const call = (args: string[], now = today) => world.call(args, {}, '', now);
  const command = ['access', 'apply', world.directory, '--yes', ...(await flags(world))];
  const { exitCode, stderr } = await call([...command, '--max-retries', '0', '--concurrency', '1']);
  expect(exitCode).toBe(3);
  isBroken = false;
  return { ...world, call, stderr, left: writes(world.sandbox).length };
}

/** A profile with these guards, whose connection breaks at writes later than the given one. */
async function withGuards(flags: string[]) {
  const world = await manyRemovals(0);
  const { sandbox, env } = world;
  const faults = { after: Number.POSITIVE_INFINITY };
  env.TWILIO_ORG_API_URL = await between(sandbox.apiUrl, ({ method, writes }) =>
    method !== 'GET' && writes > faults.after ? '503 before' : undefined,
  );
  env.TWILIO_ORG_ACCESS_TOKEN = undefined;
  env.TWILIO_ORG_STORE = 'file';
  env.TWILIO_ORG_STORE_PASSPHRASE = 'correct horse battery staple';
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const login = ['auth', 'login', '--grant', 'client-credentials', '--client-secret-stdin'];
  const guarded = (args: string[], now = today, input = '') => world.call(args, {}, input, now);
  for (const [args, input] of [
    [[...login, '--client-id', client_id], client_secret],
    [['guards', 'set', ...flags], ''],
  ] as const)
    expect(await guarded([...args], today, input)).toMatchObject({ exitCode: 0 });
  return { ...world, guarded, faults };
}

/** The words of the command that a message advises. */
function advised(stderr: string, before: string): string[] {
  const [, command = ''] = new RegExp(`${before}: twilio-org (.*)`).exec(stderr) ?? [];
  return command.split(' ');
}

describe('An apply that allow_removals let through, and that was interrupted', () => {
  test('is finished by the command that it advises', async () => {
    const { call, stderr, held } = await interrupted();
    expect(stderr).not.toContain('runs resume');
    expect(await call(advised(stderr, 'Finish with'))).toMatchObject({ exitCode: 0 });
    expect(held().filter((line) => line.includes('Support'))).toEqual(['59 Support org']);
  });

  test('with an approved plan, advises a plan of the rest', async () => {
    const { call, stderr, directory, path, held } = await interrupted(async (world) => {
      const file = world.path('access.plan');
      await world.call(['access', 'plan', world.directory, '--plan-out', file], {}, '', today);
      return ['--plan', file];
    });
    expect(await call(advised(stderr, 'Plan the rest with'))).toMatchObject({ exitCode: 0 });
    const apply = ['access', 'apply', directory, '--plan', path('access.plan'), '--yes'];
    expect(await call(apply)).toMatchObject({ exitCode: 0 });
    expect(held().filter((line) => line.includes('Support'))).toEqual(['59 Support org']);
  });

  test('with an approved plan that empties a pair, advises a plan that may do so', async () => {
    const { call, stderr, held } = await interrupted(async (world) => {
      world.write('a.yaml', `${allowing(30)}\n${onePair('Support', 'org')}`);
      const file = world.path('access.plan');
      await world.call(
        ['access', 'plan', world.directory, '--allow-empty', '--plan-out', file],
        {},
        '',
        today,
      );
      return ['--allow-empty', '--plan', file];
    });
    const planned = await call(advised(stderr, 'Plan the rest with'));
    expect(planned, planned.stderr).toMatchObject({ exitCode: 0 });
    expect(await call([...advised(planned.stderr, 'Run the plan with'), '--yes'])).toMatchObject({
      exitCode: 0,
    });
    expect(held().filter((line) => line.includes('Support'))).toEqual([]);
  });

  test('is not resumed with more removals than the guards allow: the refusal names access apply', async () => {
    const { call, sandbox, left } = await interrupted();
    const { exitCode, stderr } = await call(['runs', 'resume', 'last', '--yes']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 9, stderr: expect.stringContaining('25 removals') });
    expect(writes(sandbox)).toHaveLength(left);
    expect(await call(advised(stderr, 'where allow_removals counts'))).toMatchObject({ exitCode: 0 });
  });

  test('after the last day of allow_removals is refused by either command', async () => {
    const { call, stderr, sandbox, left } = await interrupted();
    expect(await call(advised(stderr, 'Finish with'), nextMonth)).toMatchObject({ exitCode: 9 });
    expect(await call(['runs', 'resume', 'last', '--yes'], nextMonth)).toMatchObject({ exitCode: 9 });
    expect(writes(sandbox)).toHaveLength(left);
  });
});

test('a saved plan does not carry allow_removals into runs apply, whose refusal says so', async () => {
  const { call, directory, path, sandbox } = await manyRemovals(30, allowing(30));
  const file = path('access.plan');
  await call(['access', 'plan', directory, '--plan-out', file], {}, '', today);
  const { exitCode, stderr } = await call(['runs', 'apply', file, '--yes'], {}, '', today);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 9,
    stderr: expect.stringContaining(`twilio-org access apply DIR --plan ${file}`),
  });
  expect(writes(sandbox)).toEqual([]);
});

describe('Guards of access apply', () => {
  test.each<[what: string, flags: (world: DeclaredWorld) => string[], advice: string]>([
    ['a protected user', ({ mail }) => ['--protect', mail(3)], 'Keep their roles in the files'],
    ['the last admin', () => ['--admin-role', 'Support', '--keep-admins', '3'], 'add --only-add'],
  ])('advise about %s in words of the files', async (_, flags, advice) => {
    const world = await manyRemovals(4);
    const apply = ['access', 'apply', world.directory, '--yes', ...flags(world)];
    expect(await world.call(apply)).toMatchObject({ exitCode: 9, stderr: expect.stringContaining(advice) });
    expect(writes(world.sandbox)).toEqual([]);
  });

  test('name every protected user', async () => {
    const { call, directory, mail, sandbox } = await manyRemovals(4);
    const guards = [2, 3].flatMap((user) => ['--protect', mail(user)]);
    const { exitCode, stderr } = await call(['access', 'apply', directory, '--yes', ...guards]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 9, stderr: expect.stringContaining(mail(2)) });
    expect(stderr).toContain(mail(3));
    expect(stderr).not.toContain(mail(1));
    expect(writes(sandbox)).toEqual([]);
  });

  test('of a profile are raised by allow_removals of a file, until its last day, and for its removals alone', async () => {
    const { guarded, sandbox, hold, write, mail, directory } = await withGuards(['--max-removals', '2']);
    for (let user = 0; user < 5; user++) hold(user, support);
    write('a.yaml', `${allowing(5)}\n${onePair('Support', 'org', mail(9))}`);
    const apply = ['access', 'apply', directory, '--yes'];
    expect(await guarded([...apply, '--max-removals', '3'])).toMatchObject({ exitCode: 2 });
    expect(await guarded(apply, nextMonth)).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('5 removals; the limit is 2'),
    });
    for (let user = 0; user < 3; user++) hold(user, billing);
    write('b.yaml', onePair('Billing', 'org', mail(9)));
    expect(await guarded(apply)).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('8 removals; the limit is 7'),
    });
    expect(writes(sandbox)).toEqual([]);
    write('b.yaml', onePair('Billing', 'org', mail(9), mail(0)));
    expect(await guarded(apply)).toMatchObject({ exitCode: 0 });
  });

  test('of a profile protect users and admins whatever a file allows', async () => {
    const { guarded, sandbox, hold, write, mail, directory } = await withGuards([
      ...['--protect', 'u*@*', '--admin-role', 'Support', '--keep-admins', '2'],
    ]);
    for (let user = 0; user < 3; user++) hold(user, support);
    write('a.yaml', `${allowing(800)}\n${onePair('Support', 'org', mail(0))}`);
    const { exitCode, stderr } = await guarded(['access', 'apply', directory, '--yes']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 9, stderr: expect.stringContaining('minimum is 2') });
    expect(writes(sandbox)).toEqual([]);
  });

  test('of a profile hold for runs resume, which no journal makes looser', async () => {
    const { guarded, sandbox, hold, write, mail, directory, faults } = await withGuards([
      '--max-removals',
      '2',
    ]);
    for (let user = 0; user < 9; user++) hold(user, support);
    write('a.yaml', `${allowing(9)}\n${onePair('Support', 'org', mail(10))}`);
    faults.after = 3;
    const slowly = ['--max-retries', '0', '--concurrency', '1'];
    expect(await guarded(['access', 'apply', directory, '--yes', ...slowly])).toMatchObject({ exitCode: 3 });
    faults.after = Number.POSITIVE_INFINITY;
    const left = writes(sandbox).length;
    const resumed = await guarded(['runs', 'resume', 'last', '--yes']);
    expect(resumed).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('access apply') });
    expect(writes(sandbox)).toHaveLength(left);
    expect(await guarded(['access', 'apply', directory, '--yes'])).toMatchObject({ exitCode: 0 });
  });
});
