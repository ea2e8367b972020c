import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writes } from '../../support/cli.ts';
import { type DeclaredWorld, declaredWorld, developer, onePair, support } from '../../support/declared.ts';

/** Accidents of other tools, by name. Each is a line of the design. */

const loose = ['--max-removals', '5000', '--max-removal-fraction', '1'];

const apply = ({ call, directory }: DeclaredWorld, ...flags: string[]) =>
  call(['access', 'apply', directory, '--yes', ...flags]);

/** Three people with Support, and two with Developer, in EU production. */
async function fivePeople(): Promise<DeclaredWorld> {
  const world = await declaredWorld();
  for (const user of [1, 2, 3]) world.hold(user, support, { scope: world.production });
  for (const user of [4, 5]) world.hold(user, developer, { scope: world.production });
  return world;
}

describe('An omitted list removed everybody (Microsoft365DSC#2648):', () => {
  test.each([
    ['without a list', 'owns: [{ scope: EU production, roles: [Support] }]\n', 2],
    ['with a list that is cut off', 'owns: [{ scope: EU production, roles: [Support] }]\naccess:\n', 2],
    ['with an empty list', 'owns: [{ scope: EU production, roles: [Support] }]\naccess: []\n', 9],
    ['of everything, with an empty list', 'everything: true\naccess: []\n', 9],
    [
      'with an empty group',
      'owns: [{ scope: EU production, roles: [Support] }]\ngroups: { support: [] }\naccess: [{ who: group:support, role: Support, where: EU production }]\n',
      9,
    ],
    ['that is empty', '', 0],
  ])('a file %s removes nobody', async (_, text, exitCode) => {
    const world = await fivePeople();
    world.write('a.yaml', text);
    expect(await apply(world, ...loose)).toMatchObject({ exitCode });
    expect(writes(world.sandbox)).toEqual([]);
  });

  test('a directory without files removes nobody', async () => {
    const world = await fivePeople();
    expect(await apply(world, ...loose)).toMatchObject({ exitCode: 2 });
    expect(writes(world.sandbox)).toEqual([]);
  });
});

describe('"Authoritative" removed what nobody meant (terraform-provider-google#484, #18655):', () => {
  test('what no file owns stays, in the same scope and with the same people', async () => {
    const world = await fivePeople();
    world.hold(1, developer, { scope: world.production });
    world.hold(1, support, { scope: world.sandboxAccount });
    world.write('a.yaml', onePair('Support', 'EU production', world.mail(1)));
    expect(await apply(world, ...loose)).toMatchObject({ exitCode: 0 });
    expect(world.held()).toEqual([
      ...['1 Support EU production', '4 Developer EU production', '5 Developer EU production'],
      ...['1 Developer EU production', '1 Support EU sandbox'],
    ]);
  });

  test('a file that owns two roles and lists people for one removes nobody from the other', async () => {
    const world = await fivePeople();
    world.write(
      'a.yaml',
      `owns: [{ scope: EU production, roles: [Support, Developer] }]
access: [{ who: ${world.mail(1)}, role: Support, where: EU production }]
`,
    );
    const { exitCode, stderr } = await apply(world, ...loose);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 9,
      stderr: expect.stringContaining(
        'a.yaml:1 owns Developer in EU production, lists nobody, and 2 assignments',
      ),
    });
    expect(writes(world.sandbox)).toEqual([]);
  });
});

test('A dry run wrote (auth0-deploy-cli#1227, safe-settings#734): nothing but reading leaves, and no file changes', async () => {
  const world = await fivePeople();
  const { call, directory, sandbox, path, configDir, write, mail } = world;
  const text = onePair('Support', 'EU production', mail(1), mail(6));
  write('a.yaml', text);
  for (const args of [
    ['plan', directory],
    ['plan', directory, '-o', 'markdown'],
    ['plan', directory, '--plan-out', path('access.plan')],
    ['drift', directory],
    ['apply', directory, '--dry-run'],
    ['apply', directory, '--dry-run', '--yes', '--plan', path('access.plan')],
  ])
    expect(await call(['access', ...args])).toMatchObject({ exitCode: 0 });
  expect(sandbox.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/token'))).toEqual(
    [],
  );
  expect(readdirSync(directory)).toEqual(['a.yaml']);
  expect(readFileSync(join(directory, 'a.yaml'), 'utf8')).toBe(text);
  expect(existsSync(join(configDir, 'runs'))).toBe(false);
});

test('Users times apps requests (terraform-provider-okta#572, #2145): the requests of a plan do not grow with people and roles', async () => {
  const counts: number[] = [];
  for (const people of [4, 40]) {
    const { call, directory, write, mail, sandbox } = await declaredWorld({ users: 50 });
    const names = Array.from({ length: people }, (_, user) => mail(user));
    const roles = ['Support', 'Developer', 'Billing'];
    const entries = roles.flatMap((role) =>
      names.map((who) => `  - { who: ${who}, role: ${role}, where: EU production }`),
    );
    write(
      'a.yaml',
      `owns: [{ scope: EU production, roles: [${roles.join(', ')}] }]\naccess:\n${entries.join('\n')}\n`,
    );
    const { stdout } = await call(['access', 'plan', directory, '-o', 'json']);
    expect(JSON.parse(stdout)).toHaveLength(people * roles.length);
    counts.push(sandbox.requests.length);
  }
  // Users, roles, and one page of the scope.
  expect(counts).toEqual([3, 3]);
});

test('A cap raised "temporarily" (kubernetes/test-infra#32015) ends by itself, and says so until it is removed', async () => {
  const world = await declaredWorld({ users: 40 });
  const { hold, write, mail, call, directory, sandbox } = world;
  for (let user = 0; user < 30; user++) hold(user, support);
  write(
    'a.yaml',
    `allow_removals: { count: 50, until: 2026-12-01, because: OPS-1 }\n${onePair('Support', 'org', mail(1))}`,
  );
  const on = (day: string) => call(['access', 'apply', directory, '--yes'], {}, '', Date.parse(day));
  expect(await on('2026-12-02T00:00:00Z')).toMatchObject({
    exitCode: 9,
    stderr: expect.stringContaining('allow_removals ended on 2026-12-01 and has no effect'),
  });
  expect(writes(sandbox)).toEqual([]);
  expect(await on('2026-12-01T23:00:00Z')).toMatchObject({ exitCode: 0 });
  expect(writes(sandbox)).toHaveLength(29);
});

test('A plan too long for a comment (github-as-code#33): Markdown has a limit, and all removals', async () => {
  const people = 700;
  const { call, directory, hold, write, mail } = await declaredWorld({ users: people });
  for (let user = 0; user < 100; user++) hold(user, support);
  const names = Array.from({ length: people - 100 }, (_, index) => mail(100 + index));
  write('a.yaml', onePair('Support', 'org', ...names));
  const { stdout } = await call(['access', 'plan', directory, '-o', 'markdown', ...loose]);
  expect(stdout.length).toBeLessThanOrEqual(60_000);
  for (let user = 0; user < 100; user++) expect(stdout).toContain(`| \`${mail(user)}\` | \`Support\``);
  expect(stdout).toMatch(/Not shown: \d+ additions\./);
});

test('A dry run that differed from the real one (auth0-deploy-cli#1438): what is sent is what was shown', async () => {
  const world = await fivePeople();
  const { call, directory, write, mail, sandbox, path } = world;
  write('a.yaml', onePair('Support', 'EU production', mail(1), mail(6), mail(7)));
  const plan = path('access.plan');
  const shown = await call(['access', 'plan', directory, '-o', 'json', '--plan-out', plan]);
  expect(await apply(world, '--plan', plan, '--concurrency', '1')).toMatchObject({ exitCode: 0 });
  const expected = JSON.parse(shown.stdout).map(({ method, url, body }: Record<string, string>) => ({
    method,
    path: new URL(url ?? '').pathname,
    body,
  }));
  const sent = sandbox.requests
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/token'))
    .map(({ method, path, body }) => ({
      method,
      path,
      body: body === undefined ? undefined : JSON.parse(body),
    }));
  expect(sent).toHaveLength(4);
  expect(sent).toEqual(expected);
});

test('Suppressions that do nothing (cloudsplaining#624): what has no effect in a file is named', async () => {
  const { call, directory, write, mail, hold } = await declaredWorld();
  hold(1, support);
  write(
    'a.yaml',
    `allow_removals: { count: 50, until: 2020-12-01, because: OPS-1 }
groups: { unused: [${mail(2)}] }
${onePair('Support', 'org', mail(1))}`,
  );
  const { stderr, exitCode } = await call(['access', 'plan', directory]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('a.yaml:1: allow_removals ended on 2020-12-01 and has no effect');
  expect(stderr).toMatch(/a\.yaml:2:\d+: no entry names the group "unused"/);
});

test('Names that moved under a template (aws-sso-util#50): an approved plan does not follow a name to another account', async () => {
  const world = await declaredWorld();
  const { call, directory, write, mail, path, file, production, sandboxAccount, sandbox } = world;
  write('a.yaml', onePair('Support', 'EU production', mail(1)));
  const plan = path('access.plan');
  await call(['access', 'plan', directory, '--plan-out', plan]);
  const moved = file('moved.csv', `sid,name\n${production},EU old\n${sandboxAccount},EU production\n`);
  const args = ['access', 'apply', directory, '--yes', '--plan', plan];
  expect(await call(args, { TWILIO_ORG_ACCOUNTS_FILE: moved })).toMatchObject({
    exitCode: 7,
    stderr: expect.stringContaining(sandboxAccount),
  });
  expect(writes(sandbox)).toEqual([]);
});

test('A role granted again by hand and removed on its old date (jit-groups#145) is reported and left alone', async () => {
  const world = await declaredWorld();
  const { call, directory, write, mail, hold, held } = world;
  write('a.yaml', onePair('Support', 'org', mail(1)).replace('" }\n', '", until: 2027-01-31 }\n'));
  const on = (day: string) => call(['access', 'apply', directory, '--yes'], {}, '', Date.parse(day));
  await on('2027-01-02T00:00:00Z');
  await on('2027-02-01T00:00:00Z');
  expect(held()).toEqual([]);
  hold(1, support);
  for (const day of ['2027-02-02T00:00:00Z', '2027-03-02T00:00:00Z'])
    expect(await on(day)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('gave it again by hand'),
    });
  expect(held()).toEqual(['1 Support org']);
});
