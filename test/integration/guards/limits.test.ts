import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { sent, userAt, userNow, writes } from '../../support/cli.ts';
import { activeUsers, admin } from '../../support/guards.ts';

describe('the guards refuse a removal with exit code 9 and send nothing', () => {
  test('when it is more than --max-removals, 20 by default', async () => {
    const world = await bulkWorld({ users: 200 });
    const { call, sandbox } = world;
    const { stderr, exitCode } = await call(['users', 'deactivate', ...activeUsers(world, 21), '--yes']);
    expect(stderr).toContain('This makes 21 removals; the limit is 20. Nothing was changed');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    const fewer = await call([
      'users',
      'deactivate',
      ...activeUsers(world, 3),
      '--yes',
      '--max-removals',
      '2',
    ]);
    expect({ exitCode: fewer.exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    const meant = await call([
      'users',
      'deactivate',
      ...activeUsers(world, 21),
      '--yes',
      '--max-removals',
      '21',
    ]);
    expect(meant.exitCode).toBe(0);
  });

  test('when it affects too large a fraction of the active users', async () => {
    const world = await bulkWorld({ users: 25 });
    const { stderr, exitCode } = await world.call(['users', 'deactivate', ...activeUsers(world, 6), '--yes']);
    expect(stderr).toMatch(
      /This affects 6 of \d+ active users \(\d+ %\); the limit is 20 %\. Nothing was changed/,
    );
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
    const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes', '--max-removal-fraction', '0.5'];
    expect((await world.call(args)).exitCode).toBe(0);
  });

  test('but allow exactly the allowed fraction, which the error also suggests', async () => {
    const { call, sandbox, state } = await bulkWorld({ users: 130 });
    const { users } = sandbox.state;
    const ids = [...users.all()].flatMap(({ id, active }) => (active ? id : []));
    for (const id of ids.slice(100)) users.put({ ...userNow(sandbox, { id }), active: false });
    expect(state().users.filter(({ active }) => active)).toHaveLength(100);
    const args = (count: number, fraction: string) => {
      const limits = ['--max-removals', '99', '--max-removal-fraction', fraction];
      return ['users', 'deactivate', ...ids.slice(1, count + 1), ...limits, '--dry-run'];
    };
    expect((await call(args(30, '0.29'))).exitCode).toBe(9);
    const { stderr, exitCode } = await call(args(29, '0.28'));
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining('add --max-removal-fraction 0.29'),
      exitCode: 9,
    });
    expect((await call(args(29, '0.29'))).exitCode).toBe(0);
  });

  test('when it affects too large a fraction of all role assignments', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    const sids = sandbox.state.assignments.slice(0, 8).map(({ sid }) => sid);
    const { stderr, exitCode } = await call(['role-assignments', 'delete', ...sids, '--yes']);
    expect(stderr).toMatch(/This affects 8 of \d+ role assignments \(\d+ %\); the limit is 20 %/);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
  });

  test.each<[string, (sid: string, name: string, assignment: string) => string[]]>([
    ['users deactivate', (sid) => ['users', 'deactivate', sid]],
    ['users delete', (sid) => ['users', 'delete', sid]],
    ['users update --inactive', (sid) => ['users', 'update', sid, '--inactive']],
    ['users offboard', (sid) => ['users', 'offboard', sid]],
    ['role-assignments delete', (_, __, assignment) => ['role-assignments', 'delete', assignment]],
    ['api DELETE of the user', (sid) => ['api', 'DELETE', `/scim/v2/Users/${sid}`]],
    [
      'api DELETE of the assignment',
      (_, __, assignment) => ['api', 'DELETE', `/v2/Organizations/RoleAssignments/${assignment}`],
    ],
  ])('when it affects a protected user: %s', async (_, argsFor) => {
    const { call, sandbox } = await bulkWorld({ users: 30 });
    const user = userAt(sandbox, 1);
    const assignment = sandbox.state.assignments.find(({ identity }) => identity === user.id)?.sid ?? '';
    const args = [...argsFor(user.id, user.userName, assignment), '--yes'];
    for (const pattern of [user.userName.toUpperCase(), user.userName.replace(/^.../, '*'), user.id]) {
      const { stderr, exitCode } = await call([...args, '--protect', 'x@y.example', '--protect', pattern]);
      expect({ stderr, exitCode }).toEqual({
        stderr: expect.stringContaining(`is protected (${pattern})`),
        exitCode: 9,
      });
    }
    expect(writes(sandbox)).toEqual([]);
    expect((await call([...args, '--protect', 'nobody*'])).exitCode).toBe(0);
  });

  test('when it comes from a plan file, an undo, a resumed run or a body of api', async () => {
    const { call, sandbox, file, path, lastRun } = await bulkWorld({ users: 30 });
    const [user, other] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const [held] = sandbox.state.assignments.filter(({ identity }) => identity === user.id);
    const roles = ['--from', admin, '--to', 'Support', '--scope', 'org'];
    const given = ['role-assignments', 'create', '--user', user.id, '--role', admin, '--scope', 'org'];
    expect((await call(given)).exitCode).toBe(0);
    // Two runs: one that gives something, so that its undo takes it, and one that stopped half way.
    const two = file(
      'in.csv',
      `email,role,scope\n${user.userName},Support,org\n${other.userName},Billing,org\n`,
    );
    expect((await call(['users', 'import', two])).exitCode).toBe(0);
    const giving = await lastRun();
    const plan = path('p.plan');
    expect((await call(['users', 'offboard', user.id, '--yes', '--plan-out', plan])).exitCode).toBe(0);
    const runs = path('config/runs');
    const [head = '', ...lines] = readFileSync(plan, 'utf8').split('\n');
    const run = '20260101-000000000-abcd';
    writeFileSync(
      `${runs}/${run}.jsonl`,
      [head.replace(/"run":"[^"]+"/, `"run":"${run}"`), ...lines].join('\n'),
    );
    const inactive = file('off.csv', `email,active\n${user.userName},no\n`);
    const body = file('body.json', JSON.stringify({ ...user, active: false }));
    const operations = (value: unknown) =>
      file(`${JSON.stringify(value).length}.json`, JSON.stringify({ schemas: [], Operations: [value] }));
    const patch = operations({ op: 'replace', path: 'active', value: false });
    const bare = operations({ op: 'Replace', value: { active: 'False' } });
    const at = `/scim/v2/Users/${user.id}`;
    const before = writes(sandbox).length;
    for (const args of [
      ['users', 'import', inactive],
      ['users', 'offboard', user.id],
      ['access', 'copy', '--mode', 'mirror', '--from', other.id, '--to', user.id],
      ['role-assignments', 'replace', '--user', user.id, ...roles],
      ['runs', 'undo', giving],
      ['runs', 'resume', run],
      ['runs', 'apply', plan],
      ['api', 'PUT', at, '--input', body],
      ['api', 'PATCH', at, '--input', patch],
      ['api', 'PATCH', at.replace('Users', '%55sers'), '--input', bare],
      ['api', 'DELETE', at.replace('/US', '/us')],
      ['api', 'DELETE', `/v2/Organizations/RoleAssignments/${held?.sid}?x=1`],
    ]) {
      const { stderr, exitCode } = await call([...args, '--yes', '--protect', user.userName]);
      expect({ args, stderr, exitCode }).toEqual({
        args,
        stderr: expect.stringContaining(`(${user.id}) is protected`),
        exitCode: 9,
      });
      // And without a terminal none of them goes without --yes.
      expect({ args, exitCode: (await call(args)).exitCode }).toEqual({ args, exitCode: 2 });
    }
    expect(writes(sandbox)).toHaveLength(before);
  });

  test('however the path or the body of a request of api is written', async () => {
    const { call, sandbox, file } = await bulkWorld({ users: 30 });
    const user = userAt(sandbox, 1);
    const [held] = sandbox.state.assignments.filter(({ identity }) => identity === user.id);
    const at = `/scim/v2/Users/${user.id}`;
    const urn = 'urn:ietf:params:scim:schemas:core:2.0:User:active';
    let files = 0;
    const input = (body: unknown) => ['--input', file(`${++files}.json`, JSON.stringify(body))];
    const patch = (operation: unknown) => [
      'PATCH',
      at,
      ...input({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] }),
    ];
    const { active: _, ...silent } = user;
    for (const args of [
      ['DELETE', at.replace('Users/', 'Users//')],
      ['DELETE', at.replace('/US', '%252F%2555S')],
      ['DELETE', at.replace('/US', '/%F0/..%2F%55S')],
      ['DELETE', `/Organizations/${sandbox.organizationSid}${at}`],
      ['delete', `/v2/Organizations//RoleAssignments/${held?.sid}`],
      patch({ op: 'replace', value: { [urn]: false } }),
      patch({ op: 'replace', value: { ' Active ': 'False' } }),
      patch({ op: 'Remove', path: 'ACTIVE', value: true }),
      patch({ op: 'replace', path: urn, value: 'no' }),
      ['PUT', at, ...input({ ...user, active: null })],
      // It replaces everything, what it leaves out as well.
      ['PUT', at, ...input(silent)],
    ]) {
      const { stderr, exitCode } = await call(['api', ...args, '--yes', '--protect', user.userName]);
      expect({ args, stderr, exitCode }).toEqual({
        args,
        stderr: expect.stringContaining(`(${user.id}) is protected`),
        exitCode: 9,
      });
      expect({ args, exitCode: (await call(['api', ...args])).exitCode }).toEqual({ args, exitCode: 2 });
    }
    expect(writes(sandbox)).toEqual([]);
    // Activating a user removes no access.
    for (const args of [
      patch({ op: 'replace', path: 'active', value: true }),
      patch({ op: 'add', value: { active: true, displayName: 'inactive' } }),
      patch({ op: 'replace', path: 'displayName', value: 'active' }),
      ['PUT', at, ...input(user)],
    ]) {
      const { stderr, exitCode } = await call(['api', ...args, '--protect', user.userName, '--dry-run']);
      expect({ args, stderr, exitCode }).toEqual({
        args,
        stderr: expect.not.stringContaining('error'),
        exitCode: 0,
      });
    }
  });

  test('when access copy --mode mirror has a model without roles', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    const [model, user] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const { assignments } = sandbox.state;
    for (const held of assignments.filter(({ identity }) => identity === model.id)) {
      assignments.splice(assignments.indexOf(held), 1);
    }
    const args = ['access', 'copy', '--mode', 'mirror', '--from', model.id, '--to', user.id, '--yes'];
    expect(await call(args)).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining(`${model.userName} has no roles`),
    });
    expect(writes(sandbox)).toEqual([]);
    expect((await call([...args, '--override-guards'])).exitCode).toBe(0);
    expect(assignments.filter(({ identity }) => identity === user.id)).toEqual([]);
  });

  test('but check only the number of removals where the total cannot be listed', async () => {
    const world = await bulkWorld({ users: 25 });
    const TWILIO_ORG_ACCESS_TOKEN = world.sandbox.issueToken({
      scopes: ['managed-users/read', 'managed-users/update'],
    });
    const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes'];
    const { stderr, exitCode } = await world.call(args, { TWILIO_ORG_ACCESS_TOKEN });
    expect({
      exitCode,
      noted: stderr.includes('The limit on the fraction of active users was skipped'),
    }).toEqual({
      exitCode: 0,
      noted: true,
    });
  });

  test('and ask before a PUT or PATCH of api that may deactivate, as before a DELETE', async () => {
    const { call, sandbox, file } = await bulkWorld();
    const { id } = userAt(sandbox, 1);
    const body = file(
      'patch.json',
      JSON.stringify({ Operations: [{ op: 'replace', path: 'active', value: false }] }),
    );
    const { exitCode } = await call(['api', 'PATCH', `/scim/v2/Users/${id}`, '--input', body]);
    expect({ exitCode, requests: sandbox.requests.length }).toEqual({ exitCode: 2, requests: 0 });
  });

  test('also with --dry-run, after the plan is shown', async () => {
    const world = await bulkWorld({ users: 25 });
    const { stdout, exitCode } = await world.call([
      'users',
      'deactivate',
      ...activeUsers(world, 6),
      '--dry-run',
      '-o',
      'json',
    ]);
    expect({ shown: JSON.parse(stdout).length, exitCode }).toEqual({ shown: 6, exitCode: 9 });
  });
});

test('guards of a login that may not list users or roles still limit the number of removals, with a note', async () => {
  const world = await bulkWorld({ users: 30 });
  const { call, sandbox } = world;
  const scopes = ['managed-users/read', 'managed-users/update', 'role-assignments/delete'];
  const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes }) };
  const users = ['users', 'deactivate', ...activeUsers(world, 8), '--yes'];
  const sids = sandbox.state.assignments.slice(0, 12).map(({ sid }) => sid);
  for (const [args, what] of [
    [users, 'active users'],
    [['role-assignments', 'delete', ...sids, '--yes'], 'role assignments'],
  ] as const) {
    expect(await call([...args, '--max-removals', '7'], env)).toMatchObject({ exitCode: 9 });
    expect(await call([...args], env)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`The limit on the fraction of ${what} was skipped`),
    });
  }
});

test('an explicit --max-removal-fraction is enforced even where the total cannot be listed', async () => {
  const world = await bulkWorld({ users: 30 });
  const scopes = ['managed-users/read', 'managed-users/update'];
  const env = { TWILIO_ORG_ACCESS_TOKEN: world.sandbox.issueToken({ scopes }) };
  const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes', '--max-removal-fraction', '0.9'];
  const { stderr, exitCode } = await world.call(args, env);
  expect(stderr).toContain('A guard limits the fraction of active users, and their total is unknown');
  expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
  expect((await world.call([...args, '--override-guards'], env)).exitCode).toBe(0);
});

test('an explicit --max-removal-fraction also applies to few removals, where the total can be listed', async () => {
  const world = await bulkWorld({ users: 30, requireAssignmentFilter: true });
  const [user = ''] = activeUsers(world, 1);
  const limit = ['--yes', '--max-removal-fraction', '0.01'];
  const { stderr, exitCode } = await world.call(['users', 'deactivate', user, ...limit]);
  expect(stderr).toMatch(/This affects 1 of \d+ active users \(\d+ %\); the limit is 1 %/);
  expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
  const sid = world.sandbox.state.assignments[3]?.sid ?? '';
  expect(await world.call(['role-assignments', 'delete', sid, ...limit])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('The limit on the fraction of role assignments was skipped'),
  });
});

test('a removal of one user lists no users for the guards', async () => {
  const world = await bulkWorld({ users: 30 });
  await world.call(['users', 'deactivate', ...activeUsers(world, 1), '--yes']);
  expect(sent(world.sandbox).filter((line) => line === 'GET /scim/v2/Users')).toEqual([]);
});
