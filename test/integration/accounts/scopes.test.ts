import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountSid, withAccounts } from '../../support/accounts.ts';
import { home, userAt, writes } from '../../support/cli.ts';
import { billing, developer } from '../../support/role-assignments.ts';

function fileWith(name: string, content: string): string {
  const file = join(mkdtempSync(join(home, 'scopes-')), name);
  writeFileSync(file, content);
  return file;
}

/** Assignments of a user, as `ROLE SCOPE`. */
function heldBy({ sandbox }: Awaited<ReturnType<typeof withAccounts>>, identity: string): string[] {
  const own = sandbox.state.assignments.filter((assignment) => assignment.identity === identity);
  return own.map(({ role_sid, scope }) => `${role_sid} ${scope}`).sort();
}

describe('a scope by name', () => {
  test('is the account in --filter as well, and org the organization', async () => {
    const world = await withAccounts({ assignments: 0 });
    const { call, names, first, second, third, sandbox } = world;
    await names({ 'EU production': [first], Twins: [second], twins: [third] });
    const { id, userName } = userAt(sandbox, 1);
    for (const scope of [first, 'org'])
      await call(['role-assignments', 'create', '--user', userName, '--role', 'Developer', '--scope', scope]);
    const select = (command: string, filter: string) => call([...command.split(' '), '--filter', filter]);
    const found = async (command: string, filter: string) => {
      const { exitCode, stdout, stderr } = await select(`${command} -o json`, filter);
      expect(exitCode, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const org = sandbox.organizationSid;
    for (const [condition, scopes] of [
      ['= org', [org]],
      ['= ORG', [org]],
      ['= "eu PRODUCTION"', [first]],
      [`= ${first}`, [first]],
      ['!= "EU production"', [org]],
      ['in (org, "EU production")', [org, first]],
    ] as const) {
      const listed = await found('role-assignments list', `scope ${condition}`);
      expect(listed.map(({ scope }: { scope: string }) => scope).sort(), condition).toEqual(
        [...scopes].sort(),
      );
    }
    for (const scope of ['org', '"EU production"'])
      expect(await found('users list', `active = true and roles.scope = ${scope}`)).toMatchObject([{ id }]);
    for (const [value, problem] of [
      ['nowhere', '"nowhere" is not a scope'],
      ['Twins', '2 accounts are named "Twins"'],
    ] as const)
      for (const [command, field] of [
        ['role-assignments list', 'scope'],
        ['users list', 'roles.scope'],
      ] as const) {
        const from = sandbox.requests.length;
        const { exitCode, stderr } = await select(command, `${field} in (org, ${value})`);
        expect(exitCode).toBe(2);
        expect(stderr).toContain(`--filter is wrong at character ${field.length + 11}: ${problem}`);
        expect(sandbox.requests).toHaveLength(from);
      }
  });

  test.each(['EU production', 'eu PRODUCTION', ' EU  production '])(
    '%j is the account in every command that takes a scope',
    async (name) => {
      const world = await withAccounts({ assignments: 0 });
      const { call, names, first } = world;
      await names({ 'EU production': [first], 'US production': [world.second] });
      const { id, userName } = userAt(world.sandbox, 1);
      const of = ['--user', userName, '--scope', name];
      const succeed = async (...args: string[]) => {
        const result = await call(args);
        expect(result, result.stderr).toMatchObject({ exitCode: 0 });
        return result.stdout;
      };
      await succeed('role-assignments', 'create', ...of, '--role', 'Developer');
      expect(heldBy(world, id)).toEqual([`${developer} ${first}`]);
      const [listed] = JSON.parse(await succeed('role-assignments', 'list', '--scope', name, '-o', 'json'));
      expect(listed).toMatchObject({ identity: id, scope: first });
      expect(await succeed('role-assignments', 'export', '--scope', name)).toContain(`Developer,${first}`);
      await succeed('role-assignments', 'replace', ...of, '--from', 'Developer', '--to', 'Support', '--yes');
      expect(heldBy(world, id)).toEqual([`${developer.replace('103', '105')} ${first}`]);
      await succeed('role-assignments', 'delete', ...of, '--role', 'Support', '--yes');
      expect(heldBy(world, id)).toEqual([]);
      const roles = fileWith('roles.csv', `user,role,scope\n${userName},Developer,"${name}"\n`);
      await succeed('role-assignments', 'import', roles, '--yes');
      expect(heldBy(world, id)).toEqual([`${developer} ${first}`]);
      const people = fileWith(
        'people.csv',
        `email,role,scope,account\njoiner@example.com,Developer,"${name}",US production\n`,
      );
      const template = fileWith('team.yaml', `roles:\n  - role: Support\n    scope: \${account}\n`);
      await succeed('users', 'onboard', people, '--template', template, '--yes');
      const joiner = [...world.sandbox.state.users.all()].find(
        (user) => user.userName === 'joiner@example.com',
      );
      expect(heldBy(world, joiner?.id ?? '')).toEqual(
        [`${developer} ${first}`, `${developer.replace('103', '105')} ${world.second}`].sort(),
      );
    },
  );

  test('org is the organization in any case', async () => {
    const { call } = await withAccounts();
    expect((await call(['role-assignments', 'list', '--scope', 'ORG'])).exitCode).toBe(0);
  });

  test('an ambiguous name is refused with the candidates, before any request', async () => {
    const { call, names, first, second, sandbox } = await withAccounts();
    await names({ Production: [first], production: [second] });
    const rows = fileWith('roles.csv', 'user,role,scope\nada@example.com,Developer,PRODUCTION\n');
    for (const args of [
      ['role-assignments', 'list', '--scope', 'production'],
      ['role-assignments', 'export', '--scope', 'production'],
      [
        'role-assignments',
        'create',
        '--user',
        'ada@example.com',
        '--role',
        'Developer',
        '--scope',
        'Production',
      ],
    ]) {
      const { stderr, exitCode } = await call(args);
      expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining(first), exitCode: 2 });
      expect(stderr).toContain(second);
    }
    expect(sandbox.requests).toEqual([]);
    const imported = await call(['role-assignments', 'import', rows]);
    expect(imported).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`2 accounts are named "PRODUCTION"`),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('an unknown name is refused with similar names', async () => {
    const { call, names, first, second, sandbox } = await withAccounts();
    await names({ 'EU production': [first], 'EU sandbox': [second] });
    const list = async (scope: string) => (await call(['role-assignments', 'list', '--scope', scope])).stderr;
    expect(await list('EU prodution')).toContain(
      '"EU prodution" is not a scope. Did you mean "EU production"?',
    );
    expect(await list('EU')).toContain('Did you mean "EU production" or "EU sandbox"?');
    expect(await list('Berlin')).toContain('or the name of an account: twilio-org accounts list');
    expect(await list('AC1234')).toContain('4 of 32 digits');
    expect(sandbox.requests).toEqual([]);
    const rows = fileWith('roles.csv', 'user,role,scope\nada@example.com,Developer,EU prodution\n');
    expect((await call(['role-assignments', 'import', rows])).stderr).toContain(
      'Did you mean "EU production"?',
    );
  });

  test('a list that is broken is warned about, and matters only where a name is needed', async () => {
    const { call, configDir, first } = await withAccounts();
    writeFileSync(join(configDir, 'accounts.json'), '{', { mode: 0o600 });
    const byName = await call(['role-assignments', 'list', '--scope', 'EU production']);
    expect(byName).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('could not be read') });
    const bySid = await call(['role-assignments', 'list', '--scope', first]);
    expect(bySid).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("can't be used: it is not JSON"),
    });
    expect((await call(['role-assignments', 'list'])).stderr).toBe('');
  });

  test('the file of TWILIO_ORG_ACCOUNTS_FILE gives names in CI', async () => {
    const { call, first } = await withAccounts({ assignments: 40 });
    const TWILIO_ORG_ACCOUNTS_FILE = fileWith('accounts.csv', `sid,name\n${first},EU production\n`);
    const args = ['role-assignments', 'list', '-o', 'json', '--scope'];
    const byName = await call([...args, 'EU production'], { env: { TWILIO_ORG_ACCOUNTS_FILE } });
    expect(byName).toEqual(await call([...args, first]));
  });

  test('a saved plan holds where the account has another name', async () => {
    const world = await withAccounts({ assignments: 0 });
    const { call, names, first, sandbox } = world;
    await names({ 'EU production': [first] });
    const { id, userName } = userAt(sandbox, 1);
    const roles = fileWith('roles.csv', `user,role,scope\n${userName},Developer,EU production\n`);
    const plan = join(mkdtempSync(join(home, 'plan-')), 'plan.jsonl');
    expect((await call(['role-assignments', 'import', roles, '--plan-out', plan])).exitCode).toBe(0);
    await call(['accounts', 'unname', first]);
    const applied = await call(['runs', 'apply', plan, '--yes']);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    expect(heldBy(world, id)).toEqual([`${developer} ${first}`]);
  });
});

describe('the names of scopes', () => {
  test('are shown on a terminal, and programs get SIDs', async () => {
    const { call, names, first, second } = await withAccounts({ users: 20, assignments: 120 });
    await names({ 'EU production': [first] });
    const table = await call(['role-assignments', 'list', '--no-color'], { columns: 160 });
    expect(table.stdout).toMatch(/ EU production$/m);
    expect(table.stdout).not.toContain(first);
    expect(table.stdout).toContain(second.slice(0, 8));
    const json = JSON.parse((await call(['role-assignments', 'list', '-o', 'json'])).stdout);
    expect(Object.keys(json[0])).not.toContain('scope_name');
    expect((await call(['role-assignments', 'list'])).stdout).not.toContain('EU production');
  });

  test('are scope_name with --names', async () => {
    const { call, names, first, sandbox } = await withAccounts({ users: 20, assignments: 120 });
    await names({ 'EU production': [first] });
    const json = JSON.parse((await call(['role-assignments', 'list', '--names', '-o', 'json'])).stdout);
    for (const { scope, scope_name } of json) {
      const name = scope === first ? 'EU production' : scope === sandbox.organizationSid ? 'org' : null;
      expect({ scope, scope_name }).toEqual({ scope, scope_name: name });
    }
    const csv = await call(['role-assignments', 'list', '--names', '-o', 'csv', '--scope', first]);
    expect(csv.stdout).toMatch(/^sid,user_name,role_name,scope,resource_type,resource_id,scope_name\r\n/);
    expect(csv.stdout).toContain(',EU production\r\n');
  });

  test('stand in plans beside the SID', async () => {
    const { call, names, first, sandbox } = await withAccounts({ assignments: 0 });
    await names({ 'EU production': [first] });
    const { userName } = userAt(sandbox, 1);
    const args = ['--user', userName, '--role', 'Developer', '--scope', first];
    const shown = `Developer in EU production (${first})`;
    const create = ['role-assignments', 'create', ...args];
    expect((await call([...create, '--dry-run', '-o', 'table'])).stdout).toContain(shown);
    expect((await call([...create, '--dry-run', '--no-color'], { columns: 200 })).stdout).toContain(shown);
    expect((await call(create)).exitCode).toBe(0);
    const run = await call(['runs', 'show', 'last', '--no-color'], { columns: 200 });
    expect(run.stdout).toContain(`in EU production (${first})`);
    const remove = ['role-assignments', 'delete', ...args, '--dry-run', '-o', 'table'];
    expect((await call(remove)).stdout).toContain(shown);
    const offboard = ['users', 'offboard', userName, '--dry-run', '-o', 'table'];
    expect((await call(offboard)).stdout).toContain(shown);
    expect((await call(['users', 'get', userName, '--no-color'], { columns: 120 })).stdout).toContain(
      'Developer in EU production',
    );
  });

  test('are in the differences of two users, and programs get SIDs', async () => {
    const { call, names, first, sandbox } = await withAccounts({ assignments: 0 });
    const [ada, grace] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const create = [
      'role-assignments',
      'create',
      '--user',
      ada.userName,
      '--role',
      'Developer',
      '--scope',
      first,
    ];
    expect((await call(create)).exitCode).toBe(0);
    const diff = ['access', 'diff', ada.userName, grace.userName];
    const before = await call(diff);
    await names({ 'EU production': [first] });
    expect(await call(diff)).toEqual(before);
    const { stdout } = await call([...diff, '--no-color'], { columns: 120 });
    expect(stdout).toMatch(/Developer +EU production$/m);
  });

  test('that two accounts share come with the SID', async () => {
    const { call, names, first, second } = await withAccounts({ users: 20, assignments: 120 });
    await names({ Production: [first], production: [second] });
    const { stdout } = await call(['role-assignments', 'list', '--no-color'], { columns: 200 });
    expect(stdout).toContain(`Production (${first})`);
    expect(stdout).toContain(`production (${second})`);
  });
});

describe('the level of an account', () => {
  test.each([
    ['account', 0],
    ['sub-account', 2],
    [undefined, 0],
  ] as const)('%s decides about a role of accounts: exit code %i', async (level, exitCode) => {
    const world = await withAccounts({ assignments: 0 });
    const { call, names, first, sandbox } = world;
    await names({ EU: level === undefined ? [first] : [first, level] });
    const [ada, grace] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const roles = fileWith('roles.csv', `user,role,scope\n${ada.userName},Billing,EU\n`);
    const people = fileWith('people.csv', 'email\njoiner@example.com\n');
    const template = fileWith('team.yaml', 'roles:\n  - role: Billing\n    scope: EU\n');
    const rows = fileWith('people.csv', 'email,role,scope\nother@example.com,Billing,EU\n');
    const of = ['--user', grace.userName, '--scope', 'EU'];
    expect((await call(['role-assignments', 'create', ...of, '--role', 'Developer'])).exitCode).toBe(0);
    const before = writes(sandbox).length;
    for (const args of [
      ['role-assignments', 'create', '--user', ada.userName, '--role', 'Billing', '--scope', 'EU'],
      ['role-assignments', 'import', roles, '--yes'],
      ['role-assignments', 'replace', ...of, '--from', 'Developer', '--to', 'Billing', '--yes'],
      ['access', 'copy', '--from', grace.userName, '--to', ada.userName, '--yes'],
      ['users', 'onboard', people, '--template', template, '--yes'],
      ['users', 'import', rows, '--yes'],
    ]) {
      const isCopy = args[0] === 'access';
      const result = await call(args);
      // The copied role is one that can be given anywhere.
      expect(result, result.stderr).toMatchObject({ exitCode: isCopy ? 0 : exitCode });
      if (exitCode === 2 && !isCopy)
        expect(result.stderr).toContain(
          'he role Billing can be given only in the organization or in an account, and EU is a subaccount',
        );
    }
    if (exitCode === 2) expect(writes(sandbox).length).toBe(before + 1);
  });

  test('is no matter where the assignment exists, but its copy is refused', async () => {
    const { call, names, first, sandbox } = await withAccounts({ assignments: 0 });
    const [ada, grace] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const of = ['--user', ada.userName, '--role', 'Billing', '--scope', first];
    expect((await call(['role-assignments', 'create', ...of])).exitCode).toBe(0);
    await names({ EU: [first, 'sub-account'] });
    expect((await call(['role-assignments', 'create', ...of])).exitCode).toBe(0);
    const roles = fileWith('roles.csv', `user,role,scope\n${ada.userName},${billing},EU\n`);
    expect((await call(['role-assignments', 'import', roles])).exitCode).toBe(0);
    const before = writes(sandbox).length;
    for (const args of [
      ['access', 'copy', '--from', ada.userName, '--to', grace.userName, '--yes'],
      ['users', 'offboard', ada.userName, '--copy-roles-to', grace.userName, '--yes'],
    ]) {
      const copy = await call(args);
      expect(copy).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('EU is a subaccount') });
    }
    expect(writes(sandbox)).toHaveLength(before);
    expect((await call(['role-assignments', 'delete', ...of, '--yes'])).exitCode).toBe(0);
  });
});

test('the SID of an account without a name is shown as before', async () => {
  const { call, names } = await withAccounts({ users: 20, assignments: 120 });
  const before = await call(['role-assignments', 'list', '--no-color'], { columns: 160 });
  await names({ 'Not there': [accountSid('1')] });
  expect(await call(['role-assignments', 'list', '--no-color'], { columns: 160 })).toEqual(before);
});
