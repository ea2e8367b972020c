import { describe, expect, test } from 'vitest';
import { admin, groupManager, messaging, worldOfThree } from '../../support/access-world.ts';
import { call as callAt } from '../../support/cli.ts';
import { requests } from '../../support/role-assignments.ts';

interface Row {
  user_name: string | null;
  role_name: string;
  count: number;
  undecided: number;
  cells: Record<string, string>[];
}

/** The organization of three, with names for two of its accounts. */
async function world() {
  const found = await worldOfThree();
  await found.call(['accounts', 'name', found.eu, 'EU production']);
  await found.call(['accounts', 'name', found.us, 'US staging']);
  const matrix = (...args: string[]) => found.call(['access', 'matrix', ...args]);
  const json = async (...args: string[]): Promise<Row[]> =>
    JSON.parse((await matrix(...args, '-o', 'json')).stdout);
  const csv = async (...args: string[]) => {
    const { stdout } = await matrix(...args, '-o', 'csv');
    return stdout.trimEnd().split('\r\n');
  };
  const terminal = (columns: number, ...args: string[]) =>
    callAt(['access', 'matrix', ...args], { env: { ...found.env, NO_COLOR: '1' }, columns });
  return { ...found, matrix, json, csv, terminal };
}

/** The entries of a row, such as `org Admin here yes`. */
function entries({ cells }: Row): string[] {
  return cells.map(
    ({ scope_name, role_name, user_name, how, answer }) =>
      `${scope_name} ${role_name ?? user_name} ${how} ${answer}`,
  );
}

describe('access matrix', () => {
  test('has a row for each person, with what they have in each scope', async () => {
    const { json, one, two, three } = await world();
    const rows = await json();
    expect(Object.fromEntries(rows.map((row) => [row.user_name, entries(row)]))).toEqual({
      [one.userName]: [
        'org Admin here yes',
        'EU production Admin organization-wide undecided',
        'US staging Admin organization-wide undecided',
      ],
      [two.userName]: ['EU production Admin here yes'],
      [three.userName]: [
        'org Billing Group Manager resource only yes',
        'US staging Messaging Admin here yes',
      ],
    });
    expect(rows.find(({ user_name }) => user_name === one.userName)).toMatchObject({
      count: 1,
      undecided: 2,
      active: true,
      managed: true,
      assumed_inheritance: null,
    });
  });

  test('is decided by an assumption, which it states', async () => {
    const { matrix, json, one } = await world();
    const own = async (answer: string) =>
      entries(
        (await json('--assume-inheritance', answer)).find((row) => row.user_name === one.userName) as Row,
      );
    expect(await own('no')).toEqual(['org Admin here yes']);
    expect(await own('yes')).toContain('US staging Admin organization-wide yes');
    const open = await matrix();
    expect(open.stderr).toContain('2 of 6 entries are undecided');
    expect(open.stderr).toContain('--assume-inheritance yes|no');
    expect((await matrix('--exit-code')).exitCode).toBe(12);
    const assumed = await matrix('--assume-inheritance', 'yes', '--exit-code');
    expect([assumed.exitCode, assumed.stderr]).toEqual([
      0,
      'Assumed: roles of the organization apply in its accounts\n',
    ]);
  });

  test('has a column for each scope in CSV: its SID, or its name with --names', async () => {
    const { csv, eu, us, org, three } = await world();
    const own = 'user_name,identity,active,managed,count,undecided,assumed_inheritance';
    expect((await csv())[0]).toBe(`${own},${org},${eu},${us}`);
    const named = await csv('--names', '--assume-inheritance', 'no');
    expect(named[0]).toBe(`${own},org,EU production,US staging`);
    expect(named).toContain(
      `${three.userName},${three.id},true,true,2,0,no,Billing Group Manager (resource only: billing_group bg_1),,Messaging Admin`,
    );
  });

  test('keeps the order of the scopes that are asked for, also in TSV, which has no header', async () => {
    const { matrix, csv, eu, us, two } = await world();
    const asked = ['--scope', us, '--scope', 'eu PRODUCTION', '--scope', eu, '--assume-inheritance', 'no'];
    expect((await csv(...asked))[0]).toMatch(new RegExp(`,${us},${eu}$`));
    const { stdout } = await matrix(...asked, '-o', 'tsv');
    expect(stdout.split('\n')).toContain(`${two.userName}\t${two.id}\ttrue\ttrue\t1\t0\tno\t\tAdmin`);
  });

  test('has roles as columns, and then the scopes in its cells; for one scope yes', async () => {
    const { csv, eu, org, two } = await world();
    const rows = await csv('--columns', 'roles', '--names');
    expect(rows[0]).toMatch(/,Admin,Billing Group Manager,Messaging Admin$/);
    expect(rows.find((row) => row.startsWith(two.userName))).toMatch(/,EU production,,$/);
    expect((await csv('--columns', 'roles')).find((row) => row.startsWith(two.userName))).toContain(
      `,${eu},,`,
    );
    const inOne = await csv(
      '--columns',
      'roles',
      '--scope',
      org,
      '--role',
      'Billing Group Manager',
      '--names',
    );
    expect(inOne[1]).toMatch(/,yes \(resource only: billing_group bg_1\)$/);
  });

  test('has roles as rows, with the people in its cells', async () => {
    const { json, one, two } = await world();
    const rows = await json('--rows', 'roles');
    expect(rows.map(({ role_name, count, undecided }) => [role_name, count, undecided])).toEqual([
      ['Admin', 2, 0],
      ['Billing Group Manager', 1, 0],
      ['Messaging Admin', 1, 0],
    ]);
    expect(entries(rows[0] as Row)).toEqual([
      `org ${one.userName} here yes`,
      `EU production ${two.userName} here yes`,
      `EU production ${one.userName} organization-wide undecided`,
      `US staging ${one.userName} organization-wide undecided`,
    ]);
  });

  test('answers who may do something where, and takes the filters of access who', async () => {
    const { json, call, one, two, three } = await world();
    const can = ['--can', '/twilio/messaging/services/write', '--assume-inheritance', 'no'];
    const people = async (...args: string[]) => (await json(...args)).map(({ user_name }) => user_name);
    expect(new Set(await people(...can))).toEqual(new Set([one.userName, two.userName, three.userName]));
    expect(await people(...can, '--role', 'Messaging Admin')).toEqual([three.userName]);
    expect(await people('--role', groupManager, '--resource', 'billing_group/bg_2')).toEqual([]);
    await call(['users', 'deactivate', two.id, '--yes']);
    expect(await people('--role', admin, '--role', messaging, '--active')).not.toContain(two.userName);
  });

  test('marks inactive people, and identities that are not managed users', async () => {
    const { json, call, terminal, sandbox, two, eu } = await world();
    await call(['users', 'deactivate', two.id, '--yes']);
    const identity = `US${'f'.repeat(32)}`;
    sandbox.state.assignments.push({
      sid: `IY${'f'.repeat(32)}`,
      identity,
      role_sid: admin,
      scope: eu,
      resource_type: null,
      resource_id: null,
      order: 1000,
    });
    const rows = await json('--scope', eu);
    expect(rows.map(({ user_name }) => user_name).at(-1)).toBeNull();
    expect(rows.at(-1)).toMatchObject({ identity, active: null, managed: false });
    const { stdout } = await terminal(120, '--scope', eu);
    expect(stdout).toMatch(new RegExp(`${two.userName} +Inactive`));
    expect(stdout).toContain(`${identity} (unmanaged)`);
  });

  test('on a terminal shows as many columns as have room, and says how to see the others', async () => {
    const { terminal, call, sandbox, one } = await world();
    const { stdout: wide, stderr } = await terminal(120);
    expect(wide).toMatch(/^E-mail +Scopes +org \(2\) +EU production \(1 \+ 1\?\) +US staging \(1 \+ 1\?\)\n/);
    expect(stderr).not.toContain('room');
    expect(stderr).toMatch(/^2 of 6 entries are undecided/m);
    for (let n = 0; n < 60; n += 1) {
      const digits = n.toString(16).padStart(2, '0').repeat(16);
      const { assignments } = sandbox.state;
      assignments.push({
        sid: `IY${digits}`,
        identity: one.id,
        role_sid: admin,
        scope: `AC${digits}`,
        resource_type: null,
        resource_id: null,
        order: 2000 + n,
      });
    }
    for (const columns of [80, 120]) {
      const { stdout, stderr } = await terminal(columns);
      expect(stdout.split('\n').every((line) => line.length <= columns)).toBe(true);
      expect(stdout).toContain('org (2)');
      expect(stderr).toMatch(/Only \d+ of 63 columns have room here/);
      expect(stderr).toMatch(/^62 of 126 entries in all columns are undecided/m);
    }
    const narrow = await terminal(40, '--scope', 'org');
    expect(narrow.stdout).toContain(`${one.userName}\n  Scopes   1\n  org (2)  Admin\n`);
    const all = await call(['access', 'matrix', '-o', 'table']);
    expect(all.stdout).toContain(`AC${'3b'.repeat(16)} (1`);
    expect(all.stderr).not.toContain('room');
  });

  test('reads each thing once, and of the scopes only those of the question', async () => {
    const { json, sandbox, eu, us, org } = await world();
    const lists = async (...args: string[]) => {
      sandbox.requests.length = 0;
      await json(...args);
      const all = requests(sandbox);
      expect(all.filter(({ path }) => !path.includes('RoleAssignments'))).toHaveLength(2);
      expect(new Set(all.map(({ path, query }) => JSON.stringify([path, query]))).size).toBe(all.length);
      return all.flatMap(({ path, query }) => (path.includes('RoleAssignments') ? [query.Scope] : []));
    };
    expect(await lists()).toEqual([undefined]);
    expect(await lists('--scope', 'org')).toEqual([org]);
    expect(await lists('--scope', eu, '--assume-inheritance', 'no')).toEqual([eu]);
    expect(new Set(await lists('--scope', eu, '--scope', us))).toEqual(new Set([eu, us, org]));
  });

  test.each([
    [['--rows', 'roles', '--columns', 'roles'], 'Rows and columns are both roles'],
    [['--rows', 'scopes'], '--rows'],
    [['--scope', 'nowhere'], 'nowhere'],
    [['--can', 'messaging'], 'is not a permission'],
    [['--fields', 'name'], 'Known fields: user_name, identity'],
  ])('%j is refused before any request', async (args, message) => {
    const { matrix, sandbox } = await world();
    const before = sandbox.requests.length;
    const { exitCode, stderr } = await matrix(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(sandbox.requests).toHaveLength(before);
  });

  test('tells columns apart whose account has the name of another one', async () => {
    const { csv, call, us } = await world();
    await call(['accounts', 'name', us, 'count']);
    expect((await csv('--names'))[0]).toMatch(new RegExp(`,org,count \\(${us}\\),EU production$`));
  });
});
