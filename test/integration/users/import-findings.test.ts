import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, userNow, writes } from '../../support/cli.ts';

/** An inactive user who has no role. */
async function rehireWorld() {
  const world = await bulkWorld({ users: 20, assignments: 0 });
  const user = userAt(world.sandbox, 7);
  const template = world.file('rehire.yaml', 'roles:\n  - role: Support\n    scope: org\n');
  const input = world.file('rehire.csv', `email\n${user.userName}\n`);
  return { ...world, user, template, input };
}

describe('a re-hire', () => {
  test('gets the role, and everything says that they are not active', async () => {
    const { call, user, template, input, path } = await rehireWorld();
    const args = ['users', 'onboard', input, '--template', template];
    const warning = `${user.userName} is not active and can't use these roles`;
    expect((await call([...args, '--dry-run'])).stderr).toContain(warning);
    const { stderr, stdout } = await call([...args, '-o', 'json', '--results', path('out.csv')]);
    expect(stderr).toContain(`warning: ${warning}`);
    expect(rows(stdout)[0]?.reason).toContain('or add --reactivate');
    expect(readFileSync(path('out.csv'), 'utf8')).toContain(warning);
  });

  test.each<[string, string[], string]>([
    ['the flag', ['--reactivate'], ''],
    ['the template', [], 'user:\n  active: true\n'],
  ])('is active again with %s', async (_, flags, more) => {
    const { call, user, sandbox, file, input } = await rehireWorld();
    const template = file('t.yaml', `${more}roles:\n  - role: Support\n    scope: org\n`);
    const { stderr, exitCode } = await call(['users', 'onboard', input, '--template', template, ...flags]);
    expect({ exitCode, warns: stderr.includes('warning') }).toEqual({ exitCode: 0, warns: false });
    expect(userNow(sandbox, user).active).toBe(true);
    expect(sandbox.state.assignments.map(({ identity }) => identity)).toEqual([user.id]);
  });
});

test('a leaver who was never here is not created, and the plan and the results say so', async () => {
  const { call, sandbox } = await bulkWorld({ users: 5 });
  const text = 'email,givenName,active\nold1@example.com,Old,false\n';
  const args = ['users', 'import', '-', '--yes', '-o', 'json'];
  const { stdout } = await call(args, {}, text);
  expect(rows(stdout)[0]).toMatchObject({
    outcome: 'unchanged',
    reason: expect.stringContaining('--create-inactive'),
  });
  expect((await call([...args, '--dry-run'], {}, text)).stderr).toContain(
    'No such user, and the row says inactive',
  );
  expect(writes(sandbox)).toEqual([]);
  expect(rows((await call([...args, '--create-inactive'], {}, text)).stdout)[0]?.outcome).toBe('created');
  expect([...sandbox.state.users.all()].at(-1)).toMatchObject({
    userName: 'old1@example.com',
    active: false,
  });
});

test('faults of rows, template, roles, levels and keys come in one round, those of the template once', async () => {
  const { call, file, sandbox } = await bulkWorld({ users: 20, assignments: 0 });
  const [one, account] = [userAt(sandbox, 1), sandbox.accountSids[0]];
  const template = file(
    't.yaml',
    `user: {pass: x}\nroles:\n- {role: Nix, scope: org}\n- {role: Role Admin, scope: ${account}}\n- {role: Support}\n`,
  );
  const text = `email,externalId,role,scope\nnobody,,,\na@example.com,${one.externalId},,\nb@example.com,,Boss,org\nc@example.com,,,\n`;
  const { stderr, exitCode } = await call(['users', 'onboard', '-', '--template', template], {}, text);
  expect(exitCode).toBe(2);
  expect(stderr.split('\n').slice(0, -3)).toEqual([
    `${template}: unknown key "pass" in "user". Known keys: displayName, givenName, familyName, externalId, locale, timezone, active`,
    `${template}, role 3: a role needs a scope`,
    `${template}, role 1: there is no role Nix`,
    `${template}, role 2: the role Role Admin can be given only in the organization (org)`,
    expect.stringMatching(/^line 2, email: /),
    expect.stringContaining(`line 3, externalId: ${one.externalId} is the external id of ${one.userName}`),
    'line 4, role: there is no role Boss',
  ]);
  expect(writes(sandbox)).toEqual([]);
});

test('<clear> empties fields, which an undo fills again, and is never stored', async () => {
  const world = await bulkWorld({ users: 10, assignments: 0 });
  const { call, sandbox } = world;
  const user = userAt(sandbox, 1);
  const clear = `email,givenName,displayName,externalId\n${user.userName},<clear>,<CLEAR>,<clear>\nn@example.com,<clear>,,\n`;
  expect((await call(['users', 'import', '-'], {}, clear)).exitCode).toBe(0);
  const { displayName, externalId, name } = userNow(sandbox, user);
  expect([displayName || undefined, externalId, name?.givenName]).toEqual([undefined, undefined, undefined]);
  expect(JSON.stringify([...sandbox.state.users.all()]).toLowerCase()).not.toContain('<clear>');
  expect((await call(['runs', 'undo', 'last', '--yes'])).exitCode).toBe(0);
  expect(userNow(sandbox, user)).toMatchObject({
    displayName: user.displayName,
    externalId: user.externalId,
    name: user.name,
  });
  for (const args of [
    ['users', 'create', '--email', 'x@example.com', '--given-name', '<clear>'],
    ['users', 'update', user.id, '--display-name', '<Clear>'],
  ]) {
    expect(await call(args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('<clear> does so only in files'),
    });
  }
});
