import { describe, expect, test } from 'vitest';
import { roleBySid } from '../../../src/sandbox/iam/role-fixtures.ts';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import { sandboxed, sent, userAt, userNow, type World } from '../../support/cli.ts';
import { readProjectFile } from '../../support/house.ts';

const listUsers = 'GET /scim/v2/Users';
const listRoles = 'GET /v2/Organizations/Roles';
const listAssignments = 'GET /v2/Organizations/RoleAssignments';

/** Lists users, and returns the places of those that are printed. */
async function indexes({ call, sandbox }: World, ...flags: string[]): Promise<number[]> {
  const { stdout } = await call(['users', 'list', '-o', 'jsonl', '--fields', 'id', ...flags]);
  const ids = [...sandbox.state.users.all()].map(({ id }) => id);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : ids.indexOf(JSON.parse(line).id)));
}

describe('users list --filter', () => {
  test('selects the same users in every format, and reads no more than without', async () => {
    const { call, sandbox } = await sandboxed({ users: 15 });
    const inactive = [4, 7, 13].map((index) => userAt(sandbox, index));
    for (const format of ['table', 'json', 'jsonl', 'csv', 'tsv']) {
      const args = ['users', 'list', '--filter', 'active = false', '-o', format];
      const { stdout, stderr, exitCode } = await call(args);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      for (const user of sandbox.state.users.all())
        expect([format, stdout.includes(user.id)]).toEqual([format, inactive.includes(user)]);
    }
    expect(new Set(sent(sandbox))).toEqual(new Set([listUsers]));
    expect(sandbox.requests).toHaveLength(5);
  });

  test('comes after the other filters, and before --limit', async () => {
    const world = await sandboxed({ users: 15 });
    const { call, sandbox } = world;
    expect(await indexes(world, '--inactive', '--filter', 'locale is not empty', '--limit', '2')).toEqual([
      4, 7,
    ]);
    const cut = await call(['users', 'list', '--filter', 'active = false', '--limit', '2']);
    expect(cut.stderr).toBe('Only the first 2 users are shown (--limit 2): there are more\n');
    const exact = await call(['users', 'list', '--filter', 'active = false', '--limit', '3']);
    expect(exact.stderr).toBe('');
    const { userName } = userAt(sandbox, 3);
    expect(await indexes(world, '--filter', `userName = ${userName.toUpperCase()}`)).toEqual([3]);
  });

  test('says how many were compared where none fits', async () => {
    const { call } = await sandboxed({ users: 3 });
    const list = (...flags: string[]) => call(['users', 'list', ...flags]);
    expect(await list('--filter', 'userName = nobody')).toEqual({
      stdout: '',
      stderr: 'No users fit --filter (3 were compared)\n',
      exitCode: 0,
    });
    expect((await list('--search', 'nobody', '--filter', 'active = true')).stderr).toBe('No users\n');
    expect(await list('--filter', 'userName = nobody', '-o', 'json', '-q')).toMatchObject({
      stdout: '[]\n',
      stderr: '',
    });
  });

  test('that is wrong is refused before any request, with a mark at the character', async () => {
    const { call, sandbox } = await sandboxed();
    const args = ['users', 'list', '--filter', 'active == false'];
    expect(await call(args)).toEqual({
      stdout: '',
      stderr:
        'error: --filter is wrong at character 8: expected an operator, not "=="\n' +
        '  active == false\n' +
        '         ^\n' +
        'Write = instead of ==\n',
      exitCode: 2,
    });
    const { stderr, exitCode } = await call([...args, '-o', 'json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stderr).error).toEqual({
      kind: 'usage',
      message: '--filter is wrong at character 8: expected an operator, not "=="',
      hint: 'Write = instead of ==',
    });
    expect((await call(['users', 'list', '--filter', ' '])).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });
});

describe('users list --sort', () => {
  test('orders, then cuts, in every format', async () => {
    const world = await sandboxed({ users: 6 });
    const { call, sandbox } = world;
    for (const [index, displayName] of ['b', 'a', null, 'C', 'c', 'B'].entries())
      Object.assign(userAt(sandbox, index), { displayName });
    expect(await indexes(world, '--sort', 'displayName')).toEqual([1, 0, 5, 3, 4, 2]);
    expect(await indexes(world, '--sort', '-displayName')).toEqual([3, 4, 0, 5, 1, 2]);
    expect(await indexes(world, '--sort', 'displayName:desc,active', '--limit', '2')).toEqual([4, 3]);
    const { stdout } = await call([
      'users',
      'list',
      '--sort=-displayName',
      '--fields',
      'displayName',
      '-o',
      'csv',
    ]);
    expect(stdout).toBe('displayName\r\nC\r\nc\r\nb\r\nB\r\na\r\n""\r\n');
    expect((await call(['users', 'list', '--sort', 'displayname,x'])).stderr).toMatch(
      /^error: Unknown fields "displayname", "x" in --sort\nDid you mean displayName\? Known fields: id,/,
    );
  });
});

const developer = roleBySid('IX00000000000000000000000000000104')?.friendly_name ?? '';

/** Gives the user these roles, and nobody else any. */
function give({ state, organizationSid }: Sandbox, identity: string) {
  const [first] = state.assignments;
  if (first === undefined) throw new Error('The sandbox has no role assignments');
  const role = (number: number) => `IX00000000000000000000000000000${number}`;
  const scope = `AC${'1'.repeat(32)}`;
  const place = { identity, resource_type: null, resource_id: null };
  const held = [
    { ...first, ...place, sid: `IY${'2'.repeat(32)}`, role_sid: role(104), scope },
    { ...first, ...place, sid: `IY${'1'.repeat(32)}`, role_sid: role(102), scope: organizationSid },
    {
      ...first,
      ...place,
      sid: `IY${'3'.repeat(32)}`,
      role_sid: `IX${'9'.repeat(32)}`,
      scope,
      resource_type: 'flow',
      resource_id: 'FW12',
    },
  ];
  state.assignments.splice(0, state.assignments.length, ...held);
  return { scope, held };
}

describe('users list --roles', () => {
  test('adds the roles with their names to the objects, with three requests', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const { held } = give(sandbox, user.id);
    const { stdout, exitCode } = await call(['users', 'list', '--roles', '-o', 'json']);
    expect(exitCode).toBe(0);
    const names = held.map(({ role_sid }) => roleBySid(role_sid)?.friendly_name ?? null);
    expect(names).toEqual([developer, 'Admin', null]);
    const roles = held.map(({ sid, role_sid, scope, resource_type, resource_id }, index) => ({
      role_sid,
      role_name: names[index],
      scope,
      resource_type,
      resource_id,
      sid,
    }));
    const users = [...sandbox.state.users.all()].map((each) => ({
      ...each,
      roles: each === userNow(sandbox, user) ? roles : [],
    }));
    expect(JSON.parse(stdout)).toEqual(users);
    expect(Object.keys(JSON.parse(stdout)[1].roles[0])).toEqual(Object.keys(roles[0] ?? {}));
    expect(sent(sandbox).toSorted()).toEqual([listUsers, listRoles, listAssignments].toSorted());
  });

  test('shows the roles in words to people, and in one cell to spreadsheets', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    const { scope } = give(sandbox, userAt(sandbox, 1).id);
    const list = (...flags: string[]) => call(['users', 'list', '--roles', ...flags]);
    const table = (await list('-o', 'table')).stdout.split('\n');
    expect(table[0]).toMatch(/^E-mail +Name +Status +Roles +SID$/);
    expect(table[1]).toMatch(/ none +US/);
    const inScopes = (org: string) =>
      [
        `Admin in ${org}`,
        `IX${'9'.repeat(32)} in ${scope} (flow FW12)`,
        `${developer} in ${scope}`,
      ].toSorted();
    expect(table[2]).toContain(` ${inScopes('org').join(', ')} `);
    const cell = inScopes(sandbox.organizationSid).join('; ');
    expect((await list('-o', 'csv', '--fields', 'userName,roles')).stdout).toBe(
      `userName,roles\r\n${userAt(sandbox, 0).userName},\r\n${userAt(sandbox, 1).userName},"${cell}"\r\n`,
    );
    expect((await list()).stdout.split('\n')[1]?.split('\t').at(-1)).toBe(cell);
  });

  test('cuts no role on a narrow terminal', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    give(sandbox, userAt(sandbox, 1).id);
    const names = ['Admin', developer];
    for (let index = 0; index < 20; index += 1) {
      const [first] = sandbox.state.assignments;
      if (first !== undefined)
        sandbox.state.assignments.push({
          ...first,
          sid: `IY${String(index).padStart(32, '0')}`,
          resource_id: `end${index}.`,
        });
    }
    for (const columns of [40, 80, 120]) {
      const { stdout } = await call(['users', 'list', '--roles'], { columns, env: { NO_COLOR: '1' } });
      for (const name of [...names, 'end0.', 'end19.'])
        expect([columns, stdout.includes(name)]).toEqual([columns, true]);
    }
  });

  test('is implied by a field, a filter or an order that needs it', async () => {
    const world = await sandboxed({ users: 3 });
    const { call, sandbox } = world;
    const { id, userName } = userAt(sandbox, 1);
    give(sandbox, id);
    const list = async (...flags: string[]) => (await call(['users', 'list', ...flags])).stdout;
    expect(await list('--fields', 'userName,roles.1.role_name', '--filter', 'roles is not empty')).toBe(
      `${userName}\tAdmin\n`,
    );
    expect(await indexes(world, '--filter', 'roles.role_name = admin')).toEqual([1]);
    expect(await indexes(world, '--filter', 'roles is empty', '--sort', 'roles.role_name')).toEqual([0, 2]);
    expect(await indexes(world, '--sort', 'roles.role_name', '--limit', '1')).toEqual([1]);
  });

  test('of a single user reads the assignments of that user alone', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id, userName } = userAt(sandbox, 1);
    give(sandbox, id);
    const args = ['users', 'list', '--roles', '-o', 'json', '--user-name', userName];
    const [user] = JSON.parse((await call(args)).stdout);
    expect(user.roles).toHaveLength(3);
    const [request] = sandbox.requests.filter(({ path }) => path.endsWith('/RoleAssignments'));
    expect(request?.query).toMatchObject({ Identity: id });
    expect(sandbox.requests).toHaveLength(3);
  });

  test('names the scope that a login lacks', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    for (const lacking of ['role-assignments/list', 'managed-users/list']) {
      const scopes = ['managed-users/list', 'role-assignments/list', 'roles/list'].filter(
        (one) => one !== lacking,
      );
      const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes }) };
      const { stdout, stderr, exitCode } = await call(['users', 'list', '--roles'], { env });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 });
      expect(stderr).toContain(lacking);
    }
  });
});

describe('other lists', () => {
  test('roles list reads what roles allow where the filter needs it', async () => {
    const { call, sandbox } = await sandboxed();
    const list = async (...flags: string[]) =>
      (await call(['roles', 'list', '--fields', 'friendly_name', ...flags])).stdout
        .split('\n')
        .filter(Boolean);
    const found = await list(
      '--filter',
      'policy.allow contains "/twilio/messaging" and lowest_level != ORGANIZATION',
      '--sort',
      'friendly_name:desc',
    );
    expect(found.length).toBeGreaterThan(1);
    expect(found).toEqual(found.toSorted().toReversed());
    expect(sandbox.requests.at(-1)?.query).toMatchObject({ Expand: 'true' });
    await list('--filter', 'friendly_name = Admin');
    expect(sandbox.requests.at(-1)?.query).not.toHaveProperty('Expand');
  });

  test('role-assignments list selects the same in every format, by names as well', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { held } = give(sandbox, userAt(sandbox, 1).id);
    const filter = ['--filter', 'role_name = admin', '--sort', 'user_name'];
    for (const format of ['table', 'json', 'csv', 'tsv']) {
      const { stdout } = await call(['role-assignments', 'list', '-o', format, ...filter]);
      expect(held.map(({ sid }) => stdout.includes(sid))).toEqual([false, true, false]);
    }
    const before = sandbox.requests.length;
    await call(['role-assignments', 'list', '--filter', 'scope starts with AC', '-o', 'json']);
    expect(sent(sandbox).slice(before)).toEqual([listAssignments]);
  });

  test('role-assignments list says how many were compared where none fits', async () => {
    const { call } = await sandboxed({ users: 3 });
    expect((await call(['role-assignments', 'list', '--filter', 'scope is empty'])).stderr).toMatch(
      /^No role assignments fit --filter \(\d+ were compared\)\n$/,
    );
  });
});

describe('docs/commands.md', () => {
  const [, section = ''] = readProjectFile('docs/commands.md').split('\n## Filters\n');
  const [, examples = ''] = /```sh\n(.*?)```/s.exec(section) ?? [];

  test.each(examples.trim().split('\n'))('%s works', async (line) => {
    const { call } = await sandboxed({ users: 20 });
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const { stderr, exitCode } = await call(words.slice(1));
    expect({ stderr: stderr.replace(/^No .* fit --filter \(\d+ were compared\)\n$/, ''), exitCode }).toEqual({
      stderr: '',
      exitCode: 0,
    });
  });
});
