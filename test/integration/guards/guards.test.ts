import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { glob } from '../../../src/changes/guards/glob.ts';
import { effectiveGuards, type GuardFlags } from '../../../src/changes/guards/policy.ts';
import type { GuardSettings } from '../../../src/login/config/schema.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { sent, userAt, userNow, writes } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';

const admin = 'IX00000000000000000000000000000102';

function activeUsers({ sandbox }: Awaited<ReturnType<typeof bulkWorld>>, count: number, from = 1): string[] {
  const { state } = sandbox;
  const active = [...state.users.all()].filter(({ id, active }) => active && !state.suspended.has(id));
  return active.slice(from, from + count).map(({ id }) => id);
}

describe('what takes access away is refused with exit code 9, and nothing is sent,', () => {
  test('when it is more than --max-removals, which is 20 by itself', async () => {
    const world = await bulkWorld({ users: 200 });
    const { call, sandbox } = world;
    const { stderr, exitCode } = await call(['users', 'deactivate', ...activeUsers(world, 21), '--yes']);
    expect(stderr).toContain(
      '21 removals are more than the 20 that are allowed at once: nothing was changed',
    );
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

  test('when it is too large a part of the active users', async () => {
    const world = await bulkWorld({ users: 25 });
    const { stderr, exitCode } = await world.call(['users', 'deactivate', ...activeUsers(world, 6), '--yes']);
    expect(stderr).toMatch(/6 of \d+ active users are a larger part than the 0\.2 that is allowed/);
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
    const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes', '--max-removal-fraction', '0.5'];
    expect((await world.call(args)).exitCode).toBe(0);
  });

  test('but not when it is just the part that is allowed, which is also what the refusal advises', async () => {
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
      stderr: expect.stringContaining('pass --max-removal-fraction 0.29'),
      exitCode: 9,
    });
    expect((await call(args(29, '0.29'))).exitCode).toBe(0);
  });

  test('when it is too large a part of all role assignments', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    const sids = sandbox.state.assignments.slice(0, 8).map(({ sid }) => sid);
    const { stderr, exitCode } = await call(['role-assignments', 'delete', ...sids, '--yes']);
    expect(stderr).toMatch(/8 of \d+ role assignments are a larger part/);
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
  ])('when a protected user would lose by it: %s', async (_, argsFor) => {
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

  test('also where a plan, an undo, a resumed run or a body of api takes it', async () => {
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

  test('however the path or the body of api is written', async () => {
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
    // What lets them sign in takes nothing away.
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

  test('when the model of a mirror holds nothing', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    const [model, user] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const { assignments } = sandbox.state;
    for (const held of assignments.filter(({ identity }) => identity === model.id)) {
      assignments.splice(assignments.indexOf(held), 1);
    }
    const args = ['access', 'copy', '--mode', 'mirror', '--from', model.id, '--to', user.id, '--yes'];
    expect(await call(args)).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining(`${model.userName} holds no roles`),
    });
    expect(writes(sandbox)).toEqual([]);
    expect((await call([...args, '--override-guards'])).exitCode).toBe(0);
    expect(assignments.filter(({ identity }) => identity === user.id)).toEqual([]);
  });

  test('when who it is can not be told, and somebody is protected by name', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    const [{ sid, identity } = { sid: '', identity: '' }] = sandbox.state.assignments;
    const only = (...scopes: string[]) => ({ TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes }) });
    const args = ['role-assignments', 'delete', sid, '--yes', '--protect'];
    const blind = await call([...args, 'x@y.example'], only('role-assignments/delete'));
    expect(blind).toMatchObject({ exitCode: 9, stderr: expect.stringContaining(`Whose role ${sid} is`) });
    const roles = ['role-assignments/delete', 'role-assignments/list'];
    const nameless = await call([...args, 'x@y.example'], only(...roles));
    expect(nameless).toMatchObject({ exitCode: 9, stderr: expect.stringContaining(`Who ${identity} is`) });
    expect((await call([...args, identity], only(...roles))).stderr).toContain('is protected');
    expect(writes(sandbox)).toEqual([]);
    // Either scope that reads users is enough, and a SID needs none.
    const listing = only(...roles, 'managed-users/list');
    expect((await call([...args, 'x@y.example', '--dry-run'], listing)).exitCode).toBe(0);
    expect((await call([...args, `US${'0'.repeat(32)}`], only(...roles))).exitCode).toBe(0);
  });

  test('when too few active users would be left with the --admin-role', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    for (const { id } of [one, two])
      await call(['role-assignments', 'create', '--user', id, '--role', admin, '--scope', 'org']);
    sandbox.requests.length = 0;
    const keep = ['--keep-admins', '2', '--admin-role', 'Admin', '--yes'];
    const { stderr, exitCode } = await call(['users', 'deactivate', one.id, ...keep]);
    expect(stderr).toContain('1 active users would be left with the role Admin, and 2 have to be');
    const { sid = '' } = sandbox.state.assignments.find(({ identity }) => identity === two.id) ?? {};
    expect((await call(['role-assignments', 'delete', sid, ...keep])).exitCode).toBe(9);
    const loud = `IY${sid.slice(2).toUpperCase()}`;
    expect((await call(['role-assignments', 'delete', loud, ...keep, '--dry-run'])).exitCode).toBe(9);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await call(['users', 'deactivate', userAt(sandbox, 3).id, ...keep])).exitCode).toBe(0);
    expect(
      (await call(['users', 'deactivate', one.id, '--keep-admins', '1', ...keep.slice(2)])).exitCode,
    ).toBe(0);
  });

  test('but nobody counts as an admin who is not active, or is one of an account or a resource alone', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const { accounts, assignments } = sandbox.state;
    const [one, two, inactive] = [1, 2, 7].map((index) => userAt(sandbox, index).id);
    const give = (identity = '', scope = sandbox.organizationSid, resource_type: string | null = null) => {
      const sid = `IY${String(assignments.length).padStart(32, '0')}`;
      const resource = { resource_type, resource_id: resource_type && '1' };
      assignments.push({ sid, role_sid: admin, scope, identity, order: 0, ...resource });
      return sid;
    };
    give(one);
    give(two, accounts[0]?.sid);
    give(two, sandbox.organizationSid, 'project');
    give(inactive);
    const keep = ['--keep-admins', '1', '--admin-role', admin, '--yes'];
    for (const organization of [sandbox.organizationSid, undefined]) {
      const env = { TWILIO_ORG_ORGANIZATION_SID: organization };
      const { stderr, exitCode } = await call(['users', 'deactivate', one ?? '', ...keep], env);
      expect(stderr).toContain('0 active users would be left with the role Admin, and 1 have to be');
      expect(exitCode).toBe(9);
    }
    // Whoever has the role twice has it still when one of the two goes.
    const again = give(one);
    expect((await call(['role-assignments', 'delete', again, ...keep])).exitCode).toBe(0);
    // Where there are too few already, what takes the role from nobody is no reason to refuse it.
    const three = userAt(sandbox, 3).id;
    expect(
      (await call(['users', 'deactivate', three, '--keep-admins', '2', ...keep.slice(2)])).exitCode,
    ).toBe(0);
  });

  test('when who has the --admin-role can only be listed by a scope that is not known here', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, requireAssignmentFilter: true });
    const args = ['users', 'deactivate', userAt(sandbox, 1).id, '--yes'];
    const keep = ['--keep-admins', '1', '--admin-role', admin];
    const { stderr, exitCode } = await call([...args, ...keep], { TWILIO_ORG_ORGANIZATION_SID: undefined });
    expect(stderr).toContain('Set TWILIO_ORG_ORGANIZATION_SID');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await call([...args, ...keep])).exitCode).toBe(0);
  });

  test('when nobody at all is found with the --admin-role: that is no answer to who would be left', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const account = sandbox.state.accounts[0]?.sid ?? '';
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['role-assignments', 'create', '--user', two.id, '--role', admin, '--scope', account]);
    const before = writes(sandbox).length;
    const args = ['users', 'deactivate', one.id, '--keep-admins', '1', '--admin-role', admin, '--yes'];
    const { stderr, exitCode } = await call(args);
    expect(stderr).toContain('No active user was found with the role Admin in the organization');
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 9, writes: 0 });
    expect((await call([...args, '--override-guards'])).exitCode).toBe(0);
  });

  test('when a listing holds less than is to go, with a way on that is one', async () => {
    const world = await bulkWorld({ users: 30 });
    const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes'];
    world.sandbox.state.users.list = () => [Buffer.from('{"Resources":[],"totalResults":0}')];
    const { stderr, exitCode } = await world.call([...args, '--max-removal-fraction', '1']);
    expect(stderr).toContain(
      'The list of active users holds 0, and 6 of them are to go: nothing was changed',
    );
    expect(stderr).not.toContain('pass --max-removal-fraction');
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await world.call([...args, '--override-guards'])).exitCode).toBe(0);
  });

  test('when a listing has lost most of what it held before', async () => {
    const world = await bulkWorld({ users: 60 });
    const args = () => ['users', 'deactivate', ...activeUsers(world, 6), '--yes'];
    expect((await world.call(args())).exitCode).toBe(0);
    // The same organization, as something answers that has lost most of its users.
    const { configDir, sandbox } = world;
    const file = `${configDir}/counts.json`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('"users": 60', '"users": 6000'));
    const before = writes(sandbox).length;
    const { stderr, exitCode } = await world.call(args());
    expect(stderr).toContain('The list of users holds 60, and held 6000 the last time');
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 9, writes: 0 });
    expect((await world.call([...args(), '--override-guards'])).exitCode).toBe(0);
    // Somebody has said that it is true, so it is what later listings are compared with.
    expect((await world.call(args())).exitCode).toBe(0);
  });

  test('but not because of what was taken away here before', async () => {
    const { call, sandbox, file } = await bulkWorld({ users: 20 });
    const { assignments } = sandbox.state;
    const sids = assignments.slice(0, Math.ceil(assignments.length * 0.6)).map(({ sid }) => sid);
    const large = ['--max-removals', '99', '--max-removal-fraction', '1', '--yes'];
    expect((await call(['role-assignments', 'delete', ...sids, ...large])).exitCode).toBe(0);
    const lines = [1, 2, 3, 5, 6, 8].map((index) => `${userAt(sandbox, index).userName},Support,org`);
    const args = ['role-assignments', 'import', file('in.csv', `user,role,scope\n${lines.join('\n')}\n`)];
    expect(await call(args)).toMatchObject({ exitCode: 0 });
    const others = assignments.splice(4);
    expect(await call(args)).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('the last time') });
    assignments.push(...others);
    expect((await call(args)).exitCode).toBe(0);
  });

  test('when a listing that the plan is made of has lost most of what it held before', async () => {
    const { call, sandbox, file, lastRun } = await bulkWorld({ users: 60 });
    const names = [1, 2, 3, 5, 6, 8].map((index) => userAt(sandbox, index).userName);
    const input = file('in.csv', `email,displayName\n${names.map((name) => `${name},Wrong`).join('\n')}\n`);
    expect((await call(['users', 'import', input])).exitCode).toBe(0);
    const undo = ['runs', 'undo', await lastRun(), '--yes'];
    const before = writes(sandbox).length;
    sandbox.state.users.list = () => [Buffer.from('{"Resources":[],"totalResults":0}')];
    const { stderr, exitCode } = await call(undo);
    expect(stderr).toContain('The list of users holds 0, and held 60 the last time: nothing was changed');
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 9, writes: 0 });
  });

  test('or has come back nearly empty where an import or an undo looks people up', async () => {
    const { call, sandbox, configDir, state } = await bulkWorld({ users: 40 });
    const text = [
      'email,displayName',
      ...state()
        .users.slice(0, 8)
        .map(({ userName }) => `${userName},Same`),
    ].join('\n');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(configDir, { recursive: true, mode: 0o700 });
    const counts = { [`${sandbox.apiUrl} ${sandbox.organizationSid}`]: { users: 4000 } };
    writeFileSync(`${configDir}/counts.json`, JSON.stringify(counts), { mode: 0o600 });
    const args = ['users', 'import', '-', '--dry-run'];
    const { stderr, exitCode } = await call(args, {}, text);
    expect(stderr).toContain('The list of users holds 40, and held 4000 the last time');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await call([...args, '--override-guards'], {}, text)).exitCode).toBe(0);
    // Somebody has said that it is true.
    expect((await call(args, {}, text)).exitCode).toBe(0);
    const remember = (now: object, of: string = sandbox.organizationSid) =>
      writeFileSync(`${configDir}/counts.json`, JSON.stringify({ [`${sandbox.apiUrl} ${of}`]: now }));
    for (const [users, exitCode] of [
      [81, 9],
      [80, 0],
    ]) {
      remember({ users });
      expect(await call(args, {}, text)).toMatchObject({ exitCode });
    }
    // Of a token alone nobody knows whose organization it is about.
    remember({ users: 4000 }, 'default');
    expect((await call(args, { TWILIO_ORG_ORGANIZATION_SID: undefined }, text)).exitCode).toBe(0);
    remember({ assignments: 4000 });
    const sids = sandbox.state.assignments.slice(0, 6).map(({ sid }) => sid);
    expect(await call(['role-assignments', 'delete', ...sids, '--yes'])).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('The list of assignments holds'),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('unless how many there are can not be listed: then the number alone counts', async () => {
    const world = await bulkWorld({ users: 25 });
    const TWILIO_ORG_ACCESS_TOKEN = world.sandbox.issueToken({
      scopes: ['managed-users/read', 'managed-users/update'],
    });
    const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes'];
    const { stderr, exitCode } = await world.call(args, { TWILIO_ORG_ACCESS_TOKEN });
    expect({ exitCode, noted: stderr.includes('could not be looked up') }).toEqual({
      exitCode: 0,
      noted: true,
    });
  });

  test('a PUT or PATCH through api that may deactivate asks as DELETE does', async () => {
    const { call, sandbox, file } = await bulkWorld();
    const { id } = userAt(sandbox, 1);
    const body = file(
      'patch.json',
      JSON.stringify({ Operations: [{ op: 'replace', path: 'active', value: false }] }),
    );
    const { exitCode } = await call(['api', 'PATCH', `/scim/v2/Users/${id}`, '--input', body]);
    expect({ exitCode, requests: sandbox.requests.length }).toEqual({ exitCode: 2, requests: 0 });
  });

  test('under --dry-run too, after the plan is shown', async () => {
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

test('where the login may not list users or roles, that is said, and the number of removals still holds', async () => {
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
      stderr: expect.stringContaining(`How large a part of all ${what} this is could not be looked up`),
    });
  }
});

test('a fraction that somebody asked for is not let go because it can not be looked up', async () => {
  const world = await bulkWorld({ users: 30 });
  const scopes = ['managed-users/read', 'managed-users/update'];
  const env = { TWILIO_ORG_ACCESS_TOKEN: world.sandbox.issueToken({ scopes }) };
  const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes', '--max-removal-fraction', '0.9'];
  const { stderr, exitCode } = await world.call(args, env);
  expect(stderr).toContain("How large a part of all active users this is can't be told");
  expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
  expect((await world.call([...args, '--override-guards'], env)).exitCode).toBe(0);
});

test('a fraction that somebody asked for holds for a handful too, as far as it can be looked up', async () => {
  const world = await bulkWorld({ users: 30, requireAssignmentFilter: true });
  const [user = ''] = activeUsers(world, 1);
  const limit = ['--yes', '--max-removal-fraction', '0.01'];
  const { stderr, exitCode } = await world.call(['users', 'deactivate', user, ...limit]);
  expect(stderr).toMatch(/1 of \d+ active users is a larger part than the 0\.01 that is allowed/);
  expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
  const sid = world.sandbox.state.assignments[3]?.sid ?? '';
  expect(await world.call(['role-assignments', 'delete', sid, ...limit])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('could not be looked up'),
  });
});

test('what takes away a handful costs no listing', async () => {
  const world = await bulkWorld({ users: 30 });
  await world.call(['users', 'deactivate', ...activeUsers(world, 5), '--yes']);
  expect(sent(world.sandbox).filter((line) => line === 'GET /scim/v2/Users')).toEqual([]);
});

test.each([
  ...['', 'ceo', 'ceo@example.com ', 'external:7', '@', 'ceo@', '@example.com', '@*', '*@'],
  ...['ceo@example.com,cfo@example.com', 'ceo@*;cfo@*'],
])('a pattern that protects nobody is refused before anything is sent or kept: "%s"', async (pattern) => {
  const { call, sandbox } = await bulkWorld();
  const args = ['users', 'deactivate', userAt(sandbox, 1).id, '--yes', '--protect', pattern];
  expect(await call(args)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('matches no user'),
  });
  expect((await call(['guards', 'set', '--protect', pattern])).exitCode).toBe(2);
  expect((await call(['guards', 'set', '--keep-admins', '1', '--admin-role', ''])).exitCode).toBe(2);
  expect(sent(sandbox)).toEqual([]);
});

test.each([
  ['ceo@example.com', 'CEO@Example.Com', true],
  ['c?o@*', 'ceo@example.com', true],
  ['*@example.com', 'ceo@example.com', true],
  ['*@example.com', 'ceo@example.community', false],
  ['ceo@*', 'the-ceo@example.com', false],
  ['*o*@*e', 'ceo@example', true],
  ['a.b@example.com', 'axb@example.com', false],
  ['a+(b@*', 'A+(B@example.com', true],
  // The same to whoever reads it, in other characters.
  ['jos\u00e9@example.com', 'JOSE\u0301@example.com', true],
  ['stra\u00dfe@example.com', 'STRASSE@example.com', true],
  ['karl@example.com', '\u212aarl@example.com', true],
  ['ceo@example.com\u200b', 'ceo@exam\u00adple.com', true],
  ['?@example.com', '\u{1f600}@example.com', true],
  ['ceo*@example.com', 'ceo\n\u2028@example.com', true],
])('the pattern %j matches %j: %s', (pattern, name, expected) => {
  expect(glob(pattern)(name)).toBe(expected);
});

test('a pattern of many stars takes no time, whatever a name is', () => {
  const started = performance.now();
  expect(glob('*a*a*a*a*a*a*a*b')(`${'a'.repeat(10_000)}c`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});

describe('guards of a profile', () => {
  test('are not loosened without a question, and their refusal names no flag that could not help', async () => {
    const { sandbox, plant, call, config } = await withProfiles({ users: 30 });
    await plant('default', { organization_sid: sandbox.organizationSid });
    const set = ['guards', 'set', '--max-removals', '1', '--protect', 'ceo@*', '--protect', 'cfo@*'];
    expect((await call(set)).exitCode).toBe(0);
    const ids = [1, 2].map((index) => userAt(sandbox, index).id);
    const { stderr, exitCode } = await call(['users', 'deactivate', ...ids, '--yes']);
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('guards set'), exitCode: 9 });
    expect(stderr).not.toContain('--max-removals');
    for (const looser of [
      ['--max-removals', '2'],
      ['--protect', 'ceo@*'],
      ['--max-removals', '0', '--protect', 'ceo@*'],
    ]) {
      expect((await call(['guards', 'set', ...looser])).exitCode).toBe(2);
    }
    expect(config().profiles.default?.guards).toEqual({ max_removals: 1, protect: ['ceo@*', 'cfo@*'] });
    expect((await call(['guards', 'set', '--protect', 'ceo@*', '--yes'])).exitCode).toBe(0);
    expect(config().profiles.default?.guards).toEqual({ max_removals: 1, protect: ['ceo@*'] });
  });

  test('are set, shown, can only be tightened by flags, and are removed', async () => {
    const { sandbox, plant, call, config } = await withProfiles({ users: 30 });
    await plant('default', { organization_sid: sandbox.organizationSid });
    const user = userAt(sandbox, 1);
    expect(
      (await call(['guards', 'set', '--protect', `${user.userName}`, '--max-removals', '5'])).exitCode,
    ).toBe(0);
    expect(config().profiles.default?.guards).toEqual({ protect: [user.userName], max_removals: 5 });
    expect((await call(['guards', 'set', '--max-removals', '4'])).exitCode).toBe(0);
    expect(JSON.parse((await call(['guards', 'show', '-o', 'json'])).stdout)).toMatchObject({
      max_removals: 4,
      protect: [user.userName],
    });
    const deactivate = ['users', 'deactivate', user.id, '--yes'];
    expect((await call(deactivate)).exitCode).toBe(9);
    const looser = await call(['users', 'deactivate', userAt(sandbox, 2).id, '--yes', '--max-removals', '5']);
    expect(looser).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('looser than the guard of the profile'),
    });
    expect(writes(sandbox)).toEqual([]);
    expect((await call([...deactivate, '--override-guards'])).exitCode).toBe(0);
    expect((await call(['guards', 'unset', '--yes'])).exitCode).toBe(0);
    expect(config().profiles.default?.guards).toBeUndefined();
  });

  test('stay as they are under --dry-run', async () => {
    const { plant, call, config } = await withProfiles();
    await plant();
    expect((await call(['guards', 'set', '--max-removals', '3'])).exitCode).toBe(0);
    for (const args of [['set', '--max-removals', '1'], ['set', '--max-removals', '9'], ['unset']]) {
      const { stderr, exitCode } = await call(['guards', ...args, '--dry-run']);
      expect({ args, stderr, exitCode }).toEqual({
        args,
        stderr: expect.stringContaining('Dry run: nothing was changed'),
        exitCode: 0,
      });
    }
    expect(config().profiles.default?.guards).toEqual({ max_removals: 3 });
  });

  test('stay when somebody logs in again, and logging out says that they go', async () => {
    const { sandbox, plant, call, config } = await withProfiles();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    await plant('default', { grant: 'client-credentials', organization_sid: sandbox.organizationSid });
    expect((await call(['guards', 'set', '--protect', 'ceo@*'])).exitCode).toBe(0);
    const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const env = { TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl };
    expect((await call([...login, '--client-secret-stdin'], env, client_secret)).exitCode).toBe(0);
    expect(config().profiles.default?.guards).toEqual({ protect: ['ceo@*'] });
    const { stderr, exitCode } = await call(['auth', 'logout']);
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining('The guards of default are forgotten as well'),
      exitCode: 0,
    });
  });

  test('do not hold for credentials from the environment, and that is said', async () => {
    const { sandbox, plant, call, configDir } = await withProfiles({ users: 30 });
    await plant('default', { organization_sid: sandbox.organizationSid });
    const user = userAt(sandbox, 1);
    expect((await call(['guards', 'set', '--protect', user.userName])).exitCode).toBe(0);
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken(), TWILIO_ORG_API_URL: sandbox.apiUrl };
    const args = ['users', 'deactivate', user.id, '--yes', '--quiet', '--dry-run'];
    const said = 'The guards of profile default do not hold with credentials from TWILIO_ORG_ACCESS_TOKEN';
    const stderr = async (others = {}) => (await call(args, { ...env, ...others })).stderr;
    expect(await stderr()).toContain(said);
    expect(await stderr({ TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid })).toContain(said);
    expect(await stderr({ TWILIO_ORG_ORGANIZATION_SID: `OR${'1'.repeat(32)}` })).not.toContain('guards');
    // Neither does a configuration that can not be read matter to them.
    writeFileSync(`${configDir}/config.json`, '{');
    expect(await call(args, env)).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringContaining('guards'),
    });
  });

  test('that make no sense are refused instead of not holding', async () => {
    const { plant, call, configDir } = await withProfiles();
    await plant();
    const file = `${configDir}/config.json`;
    const text = readFileSync(file, 'utf8');
    for (const guards of [
      ...['{"max_removals":"5"}', '{"protected":["x"]}', '{"protect":[""]}', '7', '{"max_removals":-1}'],
      ...['{"max_removal_fraction":1.5}', '{"protect":["ceo"]}', '{"admin_role":" "}'],
    ]) {
      writeFileSync(file, text.replace('"store"', `"guards": ${guards}, "store"`));
      expect(await call(['users', 'list'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('guards'),
      });
    }
  });
});

test('flags and profile together make the guards in force', () => {
  expect(effectiveGuards({})).toEqual({
    max_removals: 20,
    max_removal_fraction: 0.2,
    protect: [],
    keep_admins: 0,
  });
  expect(effectiveGuards({ maxRemovals: 100 })).toMatchObject({ max_removals: 100 });
  expect(
    effectiveGuards({ maxRemovals: 3, protect: ['b'] }, { max_removals: 5, protect: ['a'] }),
  ).toMatchObject({ max_removals: 3, protect: ['a', 'b'] });
  expect(effectiveGuards({ adminRole: 'admin' }, { keep_admins: 2, admin_role: 'Admin' })).toMatchObject({
    keep_admins: 2,
  });
  for (const [flags, kept] of [
    [{ maxRemovals: 6 }, { max_removals: 5 }],
    [{ maxRemovalFraction: 0.3 }, { max_removal_fraction: 0.2 }],
    [{ keepAdmins: 1 }, { keep_admins: 2, admin_role: 'Admin' }],
    [{ adminRole: 'Support' }, { keep_admins: 2, admin_role: 'Admin' }],
    [{ keepAdmins: 1 }, {}],
  ] as [GuardFlags, GuardSettings][]) {
    expect(() => effectiveGuards(flags, kept)).toThrow(expect.objectContaining({ kind: 'usage' }));
  }
});
