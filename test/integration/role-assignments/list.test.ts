import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { sandboxed, sent, userAt } from '../../support/cli.ts';
import { billing, each, path, requests, shown, support } from '../../support/role-assignments.ts';

describe('role-assignments list', () => {
  test('shows all pages, as the API has them', async () => {
    const { run, sandbox } = await sandboxed({ users: 50, assignments: 230 });
    const { stdout, stderr, exitCode } = await run(['role-assignments', 'list', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(shown(sandbox));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(sent(sandbox)).toEqual([`GET ${path}`, `GET ${path}`, `GET ${path}`]);
    expect(sandbox.requests[0]?.query).toEqual({ PageSize: '100' });
  });

  test('has the alias assignments, and stops reading at --limit', async () => {
    const { call, sandbox } = await sandboxed({ users: 50, assignments: 230 });
    const { stdout, stderr } = await call(['assignments', 'list', '--limit', '5', '-o', 'jsonl']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(shown(sandbox).slice(0, 5));
    expect(stderr).toBe('Only the first 5 role assignments are shown (--limit 5): there are more\n');
    expect(sent(sandbox)).toEqual([`GET ${path}`]);
  });

  test('filters by user, role, scope and resource', async () => {
    const { call, sandbox } = await sandboxed({ users: 30, assignments: 300 });
    const all = shown(sandbox);
    const list = async (...flags: string[]) =>
      JSON.parse((await call(['assignments', 'list', '-o', 'json', ...flags])).stdout);
    const user = userAt(sandbox, 1);
    const scope = sandbox.accountSids[0] ?? '';
    const ofUser = all.filter(({ identity }) => identity === user.id);
    expect(ofUser.length).toBeGreaterThan(0);
    expect(await list('--user', user.userName)).toEqual(ofUser);
    expect(sandbox.requests.at(-1)?.query.Identity).toBe(user.id);
    expect(await list('--scope', scope)).toEqual(all.filter((assignment) => assignment.scope === scope));
    expect(sandbox.requests.at(-1)?.query.Scope).toBe(scope);
    expect(await list('--scope', 'org')).toEqual(
      all.filter((assignment) => assignment.scope === sandbox.organizationSid),
    );
    expect(await list('--role', 'billing')).toEqual(all.filter(({ role_sid }) => role_sid === billing));
    const narrowed = all.find(({ resource_type }) => resource_type === 'billing_group');
    expect(narrowed).toBeDefined();
    const flags = ['--resource-type', 'billing_group', '--resource-id', narrowed?.resource_id ?? ''];
    expect(await list(...flags)).toEqual(
      all.filter(({ resource_id }) => resource_id === narrowed?.resource_id),
    );
    expect(sandbox.requests.at(-1)?.query.ResourceType).toBe('billing_group');
  });

  test('--names adds the names of users and roles', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const owner = userAt(sandbox, 0);
    const [first] = JSON.parse((await call(['assignments', 'list', '--names', '-o', 'json'])).stdout);
    expect(first).toEqual({
      ...shown(sandbox)[0],
      user_name: owner.userName,
      role_name: 'Admin',
      scope_name: 'org',
    });
    const tsv = (await call(['assignments', 'list', '--names'])).stdout.split('\n')[0];
    expect(tsv).toBe([first.sid, owner.userName, 'Admin', sandbox.organizationSid, '', '', 'org'].join('\t'));
  });

  test('looks names up when --fields asks for them, and otherwise reads the list alone', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stdout } = await call(['assignments', 'list', '--fields', 'role_name', '--limit', '1']);
    expect(stdout).toBe('Admin\n');
    sandbox.requests.length = 0;
    await call(['assignments', 'list', '--fields', 'sid']);
    expect(sent(sandbox)).toEqual([`GET ${path}`]);
  });

  test('leaves the names of deleted users and roles empty', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const gone = {
      ...sandbox.state.assignments[0],
      identity: `US${'e'.repeat(32)}`,
      sid: `IY${'e'.repeat(32)}`,
    };
    sandbox.state.assignments.unshift({ ...gone, order: 0 } as never);
    const [first] = JSON.parse((await call(['assignments', 'list', '--names', '-o', 'json'])).stdout);
    expect(first).toMatchObject({ user_name: null, role_name: 'Admin' });
  });

  test.each([null, undefined])(
    'shows role assignments with %s for a user, a role or a scope',
    async (none) => {
      const { call, sandbox } = await sandboxed({ users: 2, assignments: 1 });
      const { assignments } = sandbox.state;
      for (const member of ['identity', 'role_sid', 'scope'])
        assignments.push({
          ...assignments[0],
          sid: `IY${member}`,
          [member]: none,
        } as (typeof assignments)[0]);
      for (const command of [
        ['assignments', 'list'],
        ['assignments', 'list', '--names'],
        ['users', 'list', '--roles'],
      ]) {
        for (const format of ['table', 'tsv', 'csv', 'json', 'jsonl']) {
          const { stdout, stderr, exitCode } = await call([...command, '-o', format]);
          expect({ stderr, exitCode }, `${command.join(' ')} ${format}`).toEqual({ stderr: '', exitCode: 0 });
          if (command[0] === 'assignments') expect(stdout).toContain('IYscope');
        }
      }
    },
  );

  test('fails when --names asks for names that the login may not read', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['role-assignments/list'] }) };
    const { stdout, stderr, exitCode } = await call(['assignments', 'list', '--names'], { env });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 });
    expect(stderr).toContain('managed-users/list');
    const table = await call(['assignments', 'list', '-o', 'table'], { env });
    expect(table.stdout).toMatch(/^User +Role +Scope +(?:Resource +)?SID\nUS[0-9a-f]{32} +IX/);
    expect(table.stderr).toMatch(/^Without names: .*managed-users\/list/);
    expect(table.exitCode).toBe(0);
  });

  test('in an organization that requires a filter (25203) names the flags', async () => {
    const { run, sandbox } = await sandboxed({ users: 3, requireAssignmentFilter: true });
    const { stderr, exitCode } = await run(['assignments', 'list']);
    expect(stderr).toMatch(/needs a filter.*\n.*pass --user or --scope\n\(Twilio error 25203/);
    expect(exitCode).toBe(1);
    expect((await run(['assignments', 'list', '--scope', 'org'])).exitCode).toBe(0);
    expect((await run(['assignments', 'list', '--user', userAt(sandbox, 0).id])).exitCode).toBe(0);
  });
});

describe('role-assignments list with several values of a flag', () => {
  async function listing() {
    const world = await bulkWorld({ users: 40, assignments: 300 });
    const { sandbox, call } = world;
    const list = async (...flags: string[]) => {
      const { stdout, stderr, exitCode } = await call(['assignments', 'list', '-o', 'json', ...flags]);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      return rows(stdout);
    };
    const bySid = (some: { sid?: string }[]) => some.map(({ sid }) => sid).toSorted();
    const same = (found: { sid?: string }[], wanted: { sid: string }[]) => {
      expect(wanted.length).toBeGreaterThan(0);
      expect(bySid(found)).toEqual(bySid(wanted));
    };
    return { ...world, list, same, all: shown(sandbox) };
  }

  test('lists assignments that match any value of each flag and all flags', async () => {
    const { sandbox, list, same, all } = await listing();
    const users = [1, 2, 5].map((index) => userAt(sandbox, index));
    const ids = users.map(({ id }) => id);
    const scopes = [sandbox.organizationSid, sandbox.accountSids[0] ?? ''];
    const ofUsers = all.filter(({ identity }) => ids.includes(identity));
    same(await list(...each('--user', ...ids)), ofUsers);
    same(await list(...each('--user', ...users.map(({ userName }) => userName))), ofUsers);
    same(
      await list(...each('--scope', 'org', scopes[1] ?? '')),
      all.filter(({ scope }) => scopes.includes(scope)),
    );
    const roles = all.slice(0, 40).map(({ role_sid }) => role_sid);
    const some = [...new Set(roles)].slice(0, 3);
    same(
      await list(...each('--role', ...some)),
      all.filter(({ role_sid }) => some.includes(role_sid)),
    );
    same(
      await list(...each('--user', ...ids), ...each('--scope', ...scopes), ...each('--role', ...some)),
      ofUsers.filter(({ scope, role_sid }) => scopes.includes(scope) && some.includes(role_sid)),
    );
    const types = [...new Set(all.flatMap(({ resource_type }) => resource_type ?? []))];
    expect(types.length).toBeGreaterThan(1);
    same(
      await list(...each('--resource-type', ...types.slice(0, 2))),
      all.filter(({ resource_type }) => types.slice(0, 2).includes(resource_type ?? '')),
    );
    same(
      await list(...each('--resource-type', ...types.slice(0, 2)), ...each('--scope', ...scopes)),
      all.filter(
        ({ resource_type, scope }) =>
          types.slice(0, 2).includes(resource_type ?? '') && scopes.includes(scope),
      ),
    );
  });

  test('finds roles by name and by SID, and names those that it cannot find', async () => {
    const { sandbox, call, list, same, all } = await listing();
    same(
      await list(...each('--role', 'Billing', support)),
      all.filter(({ role_sid }) => [billing, support].includes(role_sid)),
    );
    requests(sandbox);
    const names = [
      '--role',
      'Nope',
      '--role',
      'Viewer',
      '--user',
      'no@example.com',
      '--user',
      'none@example.com',
    ];
    const { stdout, stderr, exitCode } = await call(['assignments', 'list', ...names]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 6 });
    expect(stderr.split('\n')[0]).toBe(
      'error: There is no user no@example.com; There is no user none@example.com; There is no role Nope; 2 roles are named Viewer',
    );
    expect(sent(sandbox)).not.toContain(`GET ${path}`);
  });

  test('sends one request for each user or scope, even when a user is named twice', async () => {
    const { sandbox, list, same, all } = await listing();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const ofBoth = all.filter(({ identity }) => [one.id, two.id].includes(identity));
    requests(sandbox);
    same(await list(...each('--user', one.id, one.id, two.id)), ofBoth);
    expect(requests(sandbox).map(({ query }) => query)).toEqual([
      { Identity: one.id, PageSize: '100' },
      { Identity: two.id, PageSize: '100' },
    ]);
    same(
      await list(...each('--user', one.id, one.userName)),
      ofBoth.filter(({ identity }) => identity === one.id),
    );
    expect(requests(sandbox).filter((request) => request.path === path)).toHaveLength(1);
    await list(...each('--user', one.id, two.id), ...each('--scope', 'org', sandbox.accountSids[0] ?? ''));
    expect(requests(sandbox)).toHaveLength(2);
    await list(...each('--user', one.id, two.id), '--scope', 'org');
    expect(requests(sandbox).map(({ query }) => query.Scope)).toEqual(Array(2).fill(sandbox.organizationSid));
    await list(...each('--scope', 'org', sandbox.organizationSid));
    expect(new Set(requests(sandbox).map(({ query }) => query.Scope))).toEqual(
      new Set([sandbox.organizationSid]),
    );
    await list(...each('--role', billing, support), '--user', one.id);
    expect(requests(sandbox)).toHaveLength(1);
  });

  test('applies --limit to the whole list, and requests no more than it needs', async () => {
    const { sandbox, call, all } = await listing();
    const ids = [1, 2, 5].map((index) => userAt(sandbox, index).id);
    const ofUsers = ids.flatMap((id) => all.filter(({ identity }) => identity === id));
    const count = ofUsers.filter(({ identity }) => identity === ids[0]).length;
    const limited = (limit: number) =>
      call(['assignments', 'list', ...each('--user', ...ids), '--limit', `${limit}`, '--fields', 'sid']);
    const more = await limited(count + 1);
    expect(more.stdout).toBe(
      ofUsers
        .slice(0, count + 1)
        .map(({ sid }) => `${sid}\n`)
        .join(''),
    );
    expect(more.stderr).toContain(`Only the first ${count + 1} role assignments are shown`);
    requests(sandbox);
    expect((await limited(1)).stderr).toMatch(/^Only the first of the role assignments is shown/);
    expect(requests(sandbox)).toHaveLength(1);
    const whole = await limited(ofUsers.length);
    expect(whole.stdout.trim().split('\n')).toHaveLength(ofUsers.length);
    expect(whole.stderr).toBe('');
  });

  test('works where a filter is required (25203), with names, and in pages', async () => {
    const { sandbox, call } = await bulkWorld({ users: 60, assignments: 700, requireAssignmentFilter: true });
    const scopes = [sandbox.organizationSid, sandbox.accountSids[0] ?? ''];
    const args = ['assignments', 'list', ...each('--scope', ...scopes), '--names', '-o', 'json'];
    const found = rows((await call(args)).stdout);
    const wanted = shown(sandbox).filter(({ scope }) => scopes.includes(scope));
    expect(wanted.length).toBeGreaterThan(200);
    expect(found.map(({ sid }) => sid)).toEqual(
      scopes.flatMap((scope) => wanted.filter((one) => one.scope === scope).map(({ sid }) => sid)),
    );
    expect(found.every(({ user_name, role_name }) => user_name && role_name)).toBe(true);
  });
});

describe('role-assignments list for people', () => {
  const unmanaged = `US${'9'.repeat(32)}`;

  async function world() {
    const made = await sandboxed({ users: 3, assignments: 6 });
    const [first] = made.sandbox.state.assignments;
    if (first === undefined) throw new Error('There is no assignment');
    made.sandbox.state.assignments.push({ ...first, sid: `IY${'9'.repeat(32)}`, identity: unmanaged });
    const table = async (columns: number | undefined, ...args: string[]) =>
      (await made.call(['assignments', 'list', '-o', 'table', ...args], { columns, env: { NO_COLOR: '1' } }))
        .stdout;
    return { ...made, table };
  }

  test.each([40, 80, 120, 200, undefined])(
    'with %s columns shows the SID of somebody who is unmanaged, and says so',
    async (columns) => {
      const { table } = await world();
      const printed = await table(columns);
      expect(printed).toContain(unmanaged);
      expect(printed).toContain('(unmanaged)');
    },
  );

  test('has the name of the person, or given and family name, and org for the own organization', async () => {
    const { sandbox, table } = await world();
    const owner = userAt(sandbox, 0);
    Object.assign(owner, { displayName: undefined, name: { givenName: 'Maya', familyName: 'Bennett-Lin' } });
    const [, first] = (await table(120)).split('\n');
    expect(first).toMatch(/^\S+@\S+ +Maya Bennett-Lin +Admin +org\b/);
    expect(await table(120)).not.toContain(sandbox.organizationSid);
  });

  test.each([40, 80, 120, 200])(
    'with %i columns shows SIDs whatever the room with --sids',
    async (columns) => {
      const { sandbox, table } = await world();
      const [first] = sandbox.state.assignments;
      const printed = await table(columns, '--sids');
      for (const sid of [first?.sid, first?.identity, first?.role_sid]) expect(printed).toContain(sid);
      if (columns < 120) expect(await table(columns)).not.toContain(first?.sid);
    },
  );

  test('sends the requests for the assignments, the users and the roles, each once', async () => {
    const { sandbox, table } = await world();
    await table(80);
    expect(sent(sandbox)).toHaveLength(3);
  });
});
