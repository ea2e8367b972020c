import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { sent, userAt, writes } from '../../support/cli.ts';
import { billing, support } from '../../support/role-assignments.ts';

const path = '/v2/Organizations/RoleAssignments';

function shown({ state }: Sandbox) {
  return state.assignments.map(({ order: _, ...assignment }) => assignment);
}

/** The same flag with each of the values. */
const each = (flag: string, ...values: string[]) => values.flatMap((value) => [flag, value]);

/** The requests since the last call of it. */
function requests({ requests: all }: Sandbox) {
  return all.splice(0).map(({ method, path, query }) => ({ method, path, query }));
}

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

  test('takes the union of each flag, and of different flags what fits all of them', async () => {
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

  test('of roles by name and by SID finds both, and says which it can not find', async () => {
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

  test('names the same user once, and sends a request a user, or a scope, and no more', async () => {
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

  test('keeps --limit, over all of it, and asks for no more than that takes', async () => {
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

  test('works where a filter is wanted (25203), with names, and in pages', async () => {
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

describe('role-assignments create with several values of a flag', () => {
  async function world(options = {}) {
    const made = await bulkWorld({ users: 20, assignments: 0, ...options });
    const names = [1, 2, 3].map((index) => userAt(made.sandbox, index));
    const create = (...flags: string[]) => made.call(['role-assignments', 'create', ...flags]);
    return { ...made, names, create };
  }

  test('gives every combination in one run, and prints an array', async () => {
    const { sandbox, create, call, names, lastRun } = await world();
    const [one, two] = names;
    const flags = [
      ...each('--user', one?.userName ?? '', two?.id ?? ''),
      ...each('--role', 'Billing', support),
      ...each('--scope', 'org', sandbox.accountSids[0] ?? ''),
    ];
    const { stdout, stderr, exitCode } = await create(...flags, '-o', 'json');
    const created = rows(stdout);
    expect(exitCode).toBe(0);
    // The rows have the order of the plan; which request of several came first is up to the machine.
    const bySid = <T extends { sid?: string }>(list: T[]) =>
      list.toSorted((a, b) => String(a.sid).localeCompare(String(b.sid)));
    expect(bySid(created)).toEqual(bySid(shown(sandbox)).map((one) => ({ ...one, outcome: 'created' })));
    expect(created).toHaveLength(8);
    expect(
      new Set(created.map(({ identity, role_sid, scope }) => `${identity} ${role_sid} ${scope}`)).size,
    ).toBe(8);
    expect(stderr).toMatch(
      /^8 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 8 in all\n.*runs undo/,
    );
    const run = await lastRun();
    expect((await call(['runs', 'show', run, '--fields', 'user,outcome'])).stdout).toMatch(
      new RegExp(`^(${one?.userName}\tcreated\n){4}(${two?.userName}\tcreated\n){4}$`),
    );
    expect((await call(['runs', 'undo', run, '--yes', '--override-guards'])).exitCode).toBe(0);
    expect(shown(sandbox)).toEqual([]);
  });

  test('leaves alone what is given already, and says so', async () => {
    const { sandbox, create, names } = await world();
    const users = names.map(({ userName }) => userName);
    await create('--user', users[1] ?? '', '--role', 'Support', '--scope', 'org');
    const [before] = shown(sandbox);
    const flags = [...each('--user', ...users), '--role', 'Support', '--scope', 'org', '-o', 'json'];
    const { stdout, stderr, exitCode } = await create(...flags);
    expect(exitCode).toBe(0);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['created', 'unchanged', 'created']);
    expect(rows(stdout)[1]).toMatchObject({ ...before, reason: 'The user has this role already' });
    expect(stderr).toContain(`${users[1]} has Support in org already (${before?.sid}): nothing to do\n`);
    expect(shown(sandbox)).toHaveLength(3);
    const again = await create(...flags);
    expect(again.exitCode).toBe(0);
    expect(rows(again.stdout).map(({ outcome }) => outcome)).toEqual(Array(3).fill('unchanged'));
    expect(writes(sandbox)).toHaveLength(3);
  });

  test('names all that is wrong at once, and sends nothing that changes anything', async () => {
    const { sandbox, create, names } = await world();
    const wrong = await create(
      ...each('--user', names[0]?.userName ?? '', 'no@example.com', `US${'0'.repeat(32)}`, 'external:none'),
      ...each('--role', 'Support', 'Nope', 'Viewer', `IX${'9'.repeat(32)}`),
      ...each('--scope', 'org'),
    );
    expect({ ...wrong, stderr: '' }).toEqual({ stdout: '', stderr: '', exitCode: 6 });
    for (const name of [
      'no@example.com',
      `US${'0'.repeat(32)}`,
      'external:none',
      'Nope',
      `IX${'9'.repeat(32)}`,
    ]) {
      expect(wrong.stderr).toContain(`There is no ${/^IX|Nope/.test(name) ? 'role' : 'user'} ${name}`);
    }
    expect(wrong.stderr).toContain('2 roles are named Viewer');
    expect(wrong.stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(writes(sandbox)).toEqual([]);
    requests(sandbox);
    const misspelled = await create(...each('--user', 'US1', 'nobody'), '--role', 'IX1', '--scope', 'AC1');
    expect(misspelled.stderr).toMatch(
      /^error: "US1" is not a user; "nobody" is not a user; "IX1" is not a role; "AC1" is not a scope\n/,
    );
    expect(misspelled.exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });

  test('keeps the error of a single fault, and of a single combination', async () => {
    const { sandbox, create, names } = await world();
    const user = names[0]?.userName ?? '';
    const one = await create(
      ...each('--user', user, 'no@example.com'),
      '--role',
      'Support',
      '--scope',
      'org',
      '-o',
      'json',
    );
    expect(JSON.parse(one.stderr).error).toMatchObject({
      kind: 'not-found',
      message: 'There is no user no@example.com',
      hint: expect.stringContaining('users list'),
    });
    const account = sandbox.accountSids[0] ?? '';
    const refused = await create('--user', user, '--role', 'SSO Admin', '--scope', account, '-o', 'json');
    expect(JSON.parse(refused.stderr.split('\n').at(-2) ?? '').error).toMatchObject({
      kind: 'failure',
      code: 25202,
    });
    expect({ ...refused, stderr: '' }).toEqual({ stdout: '', stderr: '', exitCode: 1 });
  });

  test('of which Twilio refuses one says which, and gives the others', async () => {
    const { sandbox, create, names } = await world();
    const account = sandbox.accountSids[0] ?? '';
    const { stdout, exitCode } = await create(
      ...each('--user', names[0]?.userName ?? ''),
      ...each('--role', 'Support', 'SSO Admin'),
      '--scope',
      account,
      '-o',
      'json',
    );
    expect(exitCode).toBe(3);
    expect(rows(stdout)).toMatchObject([
      { role_sid: support, scope: account, outcome: 'created' },
      { scope: account, outcome: 'failed', reason: expect.stringContaining('lowest level is ORGANIZATION') },
    ]);
    expect(shown(sandbox)).toHaveLength(1);
  });

  test('the same value twice is one combination, and prints one object', async () => {
    const { sandbox, create, names } = await world();
    const user = names[0]?.userName ?? '';
    const { stdout } = await create(
      ...each('--user', user, user),
      ...each('--role', support, support),
      '--scope',
      'org',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout)).toEqual(shown(sandbox)[0]);
    const { id } = names[1] ?? {};
    const other = await create(
      ...each('--user', id ?? '', names[1]?.userName ?? ''),
      '--role',
      support,
      '--scope',
      'org',
      '-o',
      'json',
    );
    expect(rows(other.stdout)).toHaveLength(1);
    expect(shown(sandbox)).toHaveLength(2);
  });

  test('--dry-run and --plan-out change nothing, and the plan can be applied', async () => {
    const { sandbox, create, call, path: file, names } = await world();
    const flags = [...each('--user', ...names.map(({ id }) => id)), '--role', 'Support', '--scope', 'org'];
    const dryRun = await create(...flags, '--dry-run', '-o', 'json');
    expect(rows(dryRun.stdout).map(({ body }) => body)).toEqual(
      names.map(({ id }) => ({ identity: id, role_sid: support, scope: sandbox.organizationSid })),
    );
    expect((await create(...flags, '--plan-out', file('p.plan'))).exitCode).toBe(0);
    expect(writes(sandbox)).toEqual([]);
    expect((await call(['runs', 'apply', file('p.plan'), '--yes'])).exitCode).toBe(0);
    expect(shown(sandbox)).toHaveLength(3);
    await create(
      '--user',
      names[0]?.id ?? '',
      '--role',
      'Billing',
      '--scope',
      'org',
      '--plan-out',
      file('one.plan'),
    );
    expect(shown(sandbox)).toHaveLength(3);
    expect((await call(['runs', 'apply', file('one.plan'), '--yes'])).exitCode).toBe(0);
    expect(shown(sandbox)).toHaveLength(4);
  });

  test('after which somebody would hold more than 50 roles is refused before anything is sent', async () => {
    const { sandbox, create, names } = await world();
    const user = names[0];
    const { state } = sandbox;
    for (let index = 0; index < 49; index += 1) {
      state.assignments.push({
        sid: `IY${String(index).padStart(32, 'a')}`,
        identity: user?.id ?? '',
        role_sid: billing,
        scope: sandbox.accountSids[0] ?? '',
        resource_type: 'billing_group',
        resource_id: `billing_group_${index}`,
        order: 1_000 + index,
      } as never);
    }
    const { stderr, exitCode } = await create(
      '--user',
      user?.userName ?? '',
      ...each('--role', 'Support', 'Billing'),
      '--scope',
      'org',
    );
    expect(stderr).toMatch(/^error: \S+ would hold 51 roles, and Twilio allows 50: nothing was changed\n/);
    expect(exitCode).toBe(7);
    expect(writes(sandbox)).toEqual([]);
  });

  test('works for a login that may not list, with notes', async () => {
    const { sandbox, call, names } = await world();
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['role-assignments/create'] }) };
    const users = each('--user', ...names.map(({ id }) => id));
    const args = ['assignments', 'create', ...users, ...each('--role', billing, support), '--scope', 'org'];
    const { stderr, exitCode } = await call(args, env);
    expect(exitCode).toBe(0);
    for (const scope of ['managed-users/list', 'roles/list', 'role-assignments/list'])
      expect(stderr).toContain(scope);
    expect(shown(sandbox)).toHaveLength(6);
  });
});

describe('role-assignments delete with several values of a flag', () => {
  async function world() {
    const made = await bulkWorld({ users: 20, assignments: 0 });
    const users = [1, 2, 3].map((index) => userAt(made.sandbox, index).userName);
    const flags = [...each('--user', ...users), ...each('--role', 'Support', 'Billing'), '--scope', 'org'];
    await made.call(['assignments', 'create', ...flags]);
    expect(shown(made.sandbox)).toHaveLength(6);
    made.sandbox.requests.length = 0;
    const remove = (...args: string[]) => made.call(['role-assignments', 'delete', ...args]);
    return { ...made, users, flags, remove };
  }

  test('takes every combination away in one run, and a second time says that nobody has them', async () => {
    const { sandbox, call, remove, flags, users, lastRun } = await world();
    const before = shown(sandbox);
    const first = await remove(...flags.slice(2), '--yes', '-o', 'json');
    expect(first.exitCode).toBe(0);
    expect(rows(first.stdout)).toEqual(
      before.slice(2).map((assignment) => ({ ...assignment, outcome: 'deleted' })),
    );
    expect(shown(sandbox)).toEqual(before.slice(0, 2));
    const second = await remove(...flags, '--yes', '-o', 'json');
    expect(second.exitCode).toBe(0);
    expect(rows(second.stdout).map(({ outcome }) => outcome)).toEqual([
      'deleted',
      'deleted',
      ...Array(4).fill('unchanged'),
    ]);
    expect(second.stderr).toContain(`${users[2]} does not have Billing in org: nothing to do\n`);
    expect(shown(sandbox)).toEqual([]);
    const third = await remove(...flags, '--yes', '-o', 'json');
    expect({
      exitCode: third.exitCode,
      changed: rows(third.stdout).filter(({ outcome }) => outcome !== 'unchanged'),
    }).toEqual({
      exitCode: 0,
      changed: [],
    });
    expect((await call(['runs', 'undo', await lastRun(), '--yes'])).exitCode).toBe(0);
    expect(shown(sandbox)).toHaveLength(2);
  });

  test('off a terminal without --yes is refused before any request; guards weigh all of it', async () => {
    const { sandbox, remove, flags, users } = await world();
    const refused = await remove(...flags);
    expect({ exitCode: refused.exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 2, sent: [] });
    expect((await remove(...flags, '--yes', '--max-removals', '5')).exitCode).toBe(9);
    expect((await remove(...flags, '--yes', '--protect', users[2] ?? '')).exitCode).toBe(9);
    expect(writes(sandbox)).toEqual([]);
    expect(shown(sandbox)).toHaveLength(6);
  });

  test('names all users and roles that there are not, and takes nothing away', async () => {
    const { sandbox, remove, flags } = await world();
    const { stderr, exitCode } = await remove(
      ...flags,
      '--user',
      'no@example.com',
      '--role',
      'Nope',
      '--yes',
    );
    expect(stderr).toMatch(/^error: There is no role Nope; There is no user no@example\.com\n/);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 6, writes: [] });
  });
});

describe('role-assignments replace with several values of a flag', () => {
  async function world() {
    const made = await bulkWorld({ users: 20, assignments: 0 });
    const users = [1, 2].map((index) => userAt(made.sandbox, index).userName);
    const scopes = each('--scope', 'org', made.sandbox.accountSids[0] ?? '');
    const where = [...each('--user', ...users), ...scopes];
    await made.call(['assignments', 'create', ...where, '--role', 'Support']);
    return { ...made, users, where };
  }

  test('replaces the role of each user in each scope, and is undone as one', async () => {
    const { sandbox, call, where, lastRun, state } = await world();
    const before = state();
    const args = [
      'assignments',
      'replace',
      ...where,
      '--from',
      'Support',
      '--to',
      'Billing',
      '--yes',
      '-o',
      'json',
    ];
    const { stdout, exitCode } = await call(args);
    expect(exitCode).toBe(0);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['replaced', 'replaced']);
    expect(shown(sandbox).map(({ role_sid }) => role_sid)).toEqual(Array(4).fill(billing));
    expect((await call(['runs', 'undo', await lastRun(), '--yes'])).exitCode).toBe(0);
    expect(state()).toEqual(before);
  });

  test('goes on with the other scopes where Twilio refuses the new role, whose old one then stays', async () => {
    const { sandbox, call, where } = await world();
    const { exitCode, stdout } = await call([
      'assignments',
      'replace',
      ...where,
      '--from',
      'Support',
      '--to',
      'SSO Admin',
      '--yes',
      '-o',
      'json',
    ]);
    expect(exitCode).toBe(3);
    expect(rows(stdout)[0]?.reason).toMatch(/lowest level is ORGANIZATION/);
    const [organization, account] = [sandbox.organizationSid, sandbox.accountSids[0]];
    const left = shown(sandbox).map(({ scope, role_sid }) => [scope, role_sid === support ? 'old' : 'new']);
    expect(left.toSorted()).toEqual(
      [
        [account, 'old'],
        [account, 'old'],
        [organization, 'new'],
        [organization, 'new'],
      ].toSorted(),
    );
  });

  test('says where there is nothing to replace', async () => {
    const { call, where, sandbox } = await world();
    sandbox.requests.length = 0;
    const { exitCode, stderr } = await call([
      'assignments',
      'replace',
      ...where,
      '--from',
      'Developer',
      '--to',
      'Billing',
      '--yes',
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /org: The user has neither role there: nothing to replace; AC\w+: The user has neither/,
    );
    expect(writes(sandbox)).toEqual([]);
  });
});
