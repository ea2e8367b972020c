import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { call, sandboxed, sent, userAt, writes } from '../../support/cli.ts';
import {
  billing,
  each,
  grant,
  groupManager,
  path,
  requests,
  shown,
  ssoAdmin,
  support,
} from '../../support/role-assignments.ts';
import { answering, json } from '../../support/server.ts';

describe('role-assignments create', () => {
  test('gives the role, and a second time says that nothing needs to change', async () => {
    const { run, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    const args = ['role-assignments', 'create', ...grant(user.userName), '-o', 'json'];
    const first = await run(args);
    const created = JSON.parse(first.stdout);
    expect(first).toMatchObject({ stderr: '', exitCode: 0 });
    expect(created).toEqual({
      sid: expect.stringMatching(/^IY/),
      identity: user.id,
      role_sid: billing,
      scope: sandbox.organizationSid,
      resource_type: null,
      resource_id: null,
    });
    const second = await run(args);
    expect(JSON.parse(second.stdout)).toEqual(created);
    expect(second.stderr).toBe(`The user already has this role (${created.sid}); nothing to change\n`);
    expect(second.exitCode).toBe(0);
    expect(writes(sandbox)).toEqual([`POST ${path}`]);
  });

  test('gives a role for one resource in an account', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    const args = ['assignments', 'create', '--user', user.id, '--role', groupManager];
    args.push(
      '--scope',
      sandbox.accountSids[0] ?? '',
      '--resource-type',
      'billing_group',
      '--resource-id',
      'bg_1',
    );
    expect((await call(args)).exitCode).toBe(0);
    expect(shown(sandbox)).toMatchObject([
      { identity: user.id, role_sid: groupManager, scope: sandbox.accountSids[0], resource_id: 'bg_1' },
    ]);
    // The whole scope is something else than one resource in it.
    expect((await call(args.slice(0, -4))).exitCode).toBe(0);
    expect(shown(sandbox)).toHaveLength(2);
  });

  test.each([
    [['--role', 'SSO Admin'], 'The role SSO Admin can be given only in the organization (org); nothing was'],
    [
      each('--role', 'SSO Admin', 'Domain Admin', 'Billing'),
      "2 roles can't be given there, so nothing was changed: The role SSO Admin can be given only in the organization (org); The role Domain Admin",
    ],
    [
      ['--role', 'Billing Group Manager', '--resource-type', 'studio_flow', '--resource-id', 'FW1'],
      "The role Billing Group Manager can't be given for a studio_flow. It can be given for billing_group; nothing",
    ],
  ])('refuses %j before anything is sent, in a dry run as well', async (flags, message) => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const where = ['--user', userAt(sandbox, 1).id, '--scope', sandbox.accountSids[0] ?? ''];
    for (const extra of [[], ['--dry-run']]) {
      const args = ['assignments', 'create', ...where, ...flags, ...extra, '-o', 'json'];
      const { stderr, exitCode } = await call(args);
      expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining(message), exitCode: 2 });
    }
    expect(writes(sandbox)).toEqual([]);
  });

  test('--dry-run shows the request and only reads', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    const { stdout, stderr } = await call(['assignments', 'create', ...grant(user.id), '-n', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        user: user.id,
        role: 'Billing',
        role_sid: billing,
        scope: sandbox.organizationSid,
        identity: user.id,
        resource_type: null,
        resource_id: null,
        change: 'give role Billing in org',
        method: 'POST',
        url: `${sandbox.apiUrl}${path}`,
        body: { role_sid: billing, scope: sandbox.organizationSid, identity: user.id },
      },
    ]);
    expect(stderr).toBe('Dry run: nothing was changed\n');
    expect(writes(sandbox)).toEqual([]);
  });

  test('works for a login that may not list role assignments, with a note', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['role-assignments/create'] }) };
    const args = [
      'assignments',
      'create',
      '--user',
      userAt(sandbox, 1).id,
      '--role',
      billing,
      '--scope',
      'org',
    ];
    const { stderr, exitCode } = await call(args, { env });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/could not be looked up \(scope role-assignments\/list\)/);
    expect(shown(sandbox)).toHaveLength(1);
  });

  test('refuses an ambiguous role before anything is changed', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const args = [
      'assignments',
      'create',
      '--user',
      userAt(sandbox, 1).id,
      '--role',
      'Viewer',
      '--scope',
      'org',
    ];
    const { stderr, exitCode } = await call(args);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/2 roles are named Viewer\n.*IX0+106 \(general\), IX0+304 \(billing\)/);
    expect(writes(sandbox)).toEqual([]);
  });

  test('for a role that does not fit the scope names the command that shows levels', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const args = ['assignments', 'create', '--user', userAt(sandbox, 1).id, '--role', ssoAdmin];
    const { stderr, exitCode } = await call([...args, '--scope', sandbox.accountSids[0] ?? '']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/lowest level is ORGANIZATION\n`twilio-org roles list` shows/);
  });

  test('that Twilio refuses for the organization (25200) suggests a managed account, not the organization again', async () => {
    const message = 'Scope must be an account managed by the organization';
    const { url } = await answering((response, { method }) =>
      method === 'GET'
        ? json({ content: [], meta: { key: 'content', next_page_url: null } })(response)
        : json({ code: 25200, message }, 400)(response),
    );
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'a-canary' };
    const organization = { TWILIO_ORG_ORGANIZATION_SID: `OR${'0'.repeat(32)}` };
    const user = ['--user', `US${'0'.repeat(32)}`];
    const args = ['assignments', 'create', ...user, '--role', billing, '--scope', 'org'];
    const { stderr, exitCode } = await call(args, { env: { ...env, ...organization } });
    expect(stderr).toMatch(
      /^error: .*\nThe scope was the organization .*Pass a managed account: --scope .*AC…/,
    );
    expect(exitCode).toBe(1);
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

  test('leaves existing assignments unchanged, and says so', async () => {
    const { sandbox, create, names } = await world();
    const users = names.map(({ userName }) => userName);
    await create('--user', users[1] ?? '', '--role', 'Support', '--scope', 'org');
    const [before] = shown(sandbox);
    const flags = [...each('--user', ...users), '--role', 'Support', '--scope', 'org', '-o', 'json'];
    const { stdout, stderr, exitCode } = await create(...flags);
    expect(exitCode).toBe(0);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['created', 'unchanged', 'created']);
    expect(rows(stdout)[1]).toMatchObject({ ...before, reason: 'The user has this role already' });
    expect(stderr).toContain(`${users[1]} already has Support in org (${before?.sid}); nothing to change\n`);
    expect(shown(sandbox)).toHaveLength(3);
    const again = await create(...flags);
    expect(again.exitCode).toBe(0);
    expect(rows(again.stdout).map(({ outcome }) => outcome)).toEqual(Array(3).fill('unchanged'));
    expect(writes(sandbox)).toHaveLength(3);
  });

  test('names all errors at once, and sends no change', async () => {
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

  test('keeps the error of a single mistake, and of a single combination', async () => {
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
    const refused = await create('--user', user, '--role', ssoAdmin, '--scope', account, '-o', 'json');
    expect(JSON.parse(refused.stderr.split('\n').at(-2) ?? '').error).toMatchObject({
      kind: 'failure',
      code: 25202,
    });
    expect({ ...refused, stderr: '' }).toEqual({ stdout: '', stderr: '', exitCode: 1 });
  });

  test('gives the other roles when Twilio refuses one, and names that one', async () => {
    const { sandbox, create, names } = await world();
    const unknown = `AC${'0'.repeat(32)}`;
    const account = sandbox.accountSids[0] ?? '';
    const { stdout, exitCode } = await create(
      ...each('--user', names[0]?.userName ?? ''),
      ...each('--role', 'Support'),
      ...each('--scope', account, unknown),
      '-o',
      'json',
    );
    expect(exitCode).toBe(3);
    expect(rows(stdout)).toMatchObject([
      { role_sid: support, scope: account, outcome: 'created' },
      { scope: unknown, outcome: 'failed', reason: 'Account not found' },
    ]);
    expect(shown(sandbox)).toHaveLength(1);
  });

  test('treats the same value twice as one combination, and prints one object', async () => {
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

  test('changes nothing with --dry-run and --plan-out, and the plan can be applied', async () => {
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

  test('is refused before anything is sent when a user would have more than 50 roles', async () => {
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
    expect(stderr).toMatch(/^error: \S+ would have 51 roles; Twilio's limit is 50\. Nothing was changed\n/);
    expect(exitCode).toBe(7);
    expect(writes(sandbox)).toEqual([]);
  });

  test('works for a login that may not list role assignments, with notes', async () => {
    const { sandbox, call, names } = await world();
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['role-assignments/create'] }) };
    const users = each('--user', ...names.map(({ id }) => id));
    const args = ['assignments', 'create', ...users, ...each('--role', billing, support), '--scope', 'org'];
    const { stderr, exitCode } = await call(args, env);
    expect(exitCode).toBe(0);
    for (const scope of ['managed-users/read', 'roles/list', 'role-assignments/list'])
      expect(stderr).toContain(scope);
    expect(shown(sandbox)).toHaveLength(6);
  });
});
