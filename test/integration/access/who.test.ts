import { describe, expect, test } from 'vitest';
import { groupManager, messaging, worldOfThree } from '../../support/access-world.ts';
import { rows } from '../../support/bulk.ts';
import { requests } from '../../support/role-assignments.ts';

type Row = Record<string, string>;

describe('access who', () => {
  test('lists the holders of a role wherever they hold it', async () => {
    const { ask, one, two, org, eu } = await worldOfThree();
    const { stdout, exitCode } = await ask('who', '--role', 'admin');
    expect(exitCode).toBe(0);
    const found = rows(stdout).map(({ user_name, scope, how, answer }) => [user_name, scope, how, answer]);
    expect(new Set(found)).toEqual(
      new Set([
        [one.userName, org, 'here', 'yes'],
        [two.userName, eu, 'here', 'yes'],
      ]),
    );
  });

  test('lists apart who holds it in an account only by inheritance, unless told to assume an answer', async () => {
    const { ask, one, two, eu } = await worldOfThree();
    const asked = async (...args: string[]) => {
      const { stdout, stderr, exitCode } = await ask('who', '--role', 'Admin', '--scope', eu, ...args);
      const found = rows(stdout).map(({ user_name, how, answer }) => `${user_name} ${how} ${answer}`);
      return { found, stderr, exitCode };
    };
    const here = `${two.userName} here yes`;
    const open = await asked();
    expect(open.found).toEqual([here, `${one.userName} organization-wide undecided`]);
    expect(open.stderr).toContain('1 of 2 is undecided, and is listed last');
    expect(open.exitCode).toBe(0);
    expect((await asked('--exit-code')).exitCode).toBe(12);
    expect((await asked('--assume-inheritance', 'no')).found).toEqual([here]);
    const assumed = await asked('--assume-inheritance', 'yes');
    expect(new Set(assumed.found)).toEqual(new Set([here, `${one.userName} organization-wide yes`]));
    expect(assumed.stderr).toContain('Assumed: roles of the organization apply in its accounts');
  });

  test('finds who may do something, with the pattern that allows it', async () => {
    const { ask, one, two, three, us } = await worldOfThree();
    const { stdout } = await ask('who', '--can', '/twilio/messaging/services/write');
    const found = rows(stdout).map(({ user_name, allow }) => `${user_name} ${allow}`);
    expect(new Set(found)).toEqual(
      new Set([
        `${one.userName} /twilio/*`,
        `${two.userName} /twilio/*`,
        `${three.userName} /twilio/messaging/*`,
      ]),
    );
    const inAccount = await ask('who', '--can', '/twilio/messaging/services/write', '--scope', us);
    expect(rows(inAccount.stdout).map(({ user_name, answer }) => [user_name, answer])).toEqual([
      [three.userName, 'yes'],
      [one.userName, 'undecided'],
    ]);
  });

  test('lists a role for one resource as such, and for that resource alone', async () => {
    const { ask, one, three } = await worldOfThree();
    const can = ['who', '--can', '/twilio/billing/groups/write', '--scope', 'org'];
    const names = async (...args: string[]) =>
      rows((await ask(...can, ...args)).stdout).map(({ user_name, how }) => `${user_name} ${how}`);
    const both = new Set([`${one.userName} here`, `${three.userName} resource only`]);
    expect(new Set(await names())).toEqual(both);
    expect(new Set(await names('--resource', 'billing_group/bg_1'))).toEqual(both);
    expect(await names('--resource', 'billing_group/bg_2')).toEqual([`${one.userName} here`]);
  });

  test('leaves out inactive users with --active', async () => {
    const { ask, call, two } = await worldOfThree();
    await call(['users', 'deactivate', two.id, '--yes']);
    const names = rows((await ask('who', '--role', 'Admin', '--active')).stdout).map((row) => row.user_name);
    expect(names).not.toContain(two.userName);
    expect(names).toHaveLength(1);
  });

  test('reads only the scope of the question, and the organization', async () => {
    const { ask, sandbox, eu, org } = await worldOfThree();
    await ask('who', '--role', 'Admin', '--scope', eu);
    const lists = requests(sandbox).filter((line) => line.path.includes('RoleAssignments'));
    expect(lists).toHaveLength(2);
    expect(lists.map(({ query }) => query.Scope).toSorted()).toEqual([eu, org].toSorted());
    sandbox.requests.length = 0;
    await ask('who', '--role', 'Admin', '--scope', eu, '--assume-inheritance', 'no');
    expect(requests(sandbox).filter((line) => line.path.includes('RoleAssignments'))).toHaveLength(1);
  });

  test.each([
    [['who'], 'Whose access?'],
    [['who', '--can', 'messaging'], 'is not a permission'],
    [['who', '--can', '/twilio/*/read'], 'is not a permission'],
    [['who', '--role', 'Admin', '--resource', 'bg_1'], 'is not a resource'],
    [['who', '--role', 'Admin', '--assume-inheritance', 'maybe'], '--assume-inheritance'],
  ])('%j is refused before any request', async (args, message) => {
    const { ask, sandbox } = await worldOfThree();
    const { exitCode, stderr } = await ask(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(sandbox.requests).toEqual([]);
  });
});

describe('access explain', () => {
  const write = ['--can', '/twilio/messaging/services/write'];

  test('answers yes with the assignment and the pattern', async () => {
    const { ask, two, eu } = await worldOfThree();
    const { stdout, exitCode } = await ask('explain', two.userName, ...write, '--scope', eu);
    expect(exitCode).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      answer: 'yes',
      user_name: two.userName,
      scope: eu,
      assumed_inheritance: null,
    });
    expect(answer.findings).toMatchObject([
      { role_name: 'Admin', effect: 'grants', how: 'here', allow: '/twilio/*' },
    ]);
  });

  test('answers no with near misses; exits with 10 only with --exit-code', async () => {
    const { ask, three, eu } = await worldOfThree();
    const { stdout, exitCode } = await ask('explain', three.id, ...write, '--scope', eu);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      answer: 'no',
      findings: [{ effect: 'near miss', miss: 'another scope' }],
    });
    expect((await ask('explain', three.id, ...write, '--scope', eu, '--exit-code')).exitCode).toBe(10);
  });

  test('is undecided with 12 where only inheritance would allow it', async () => {
    const { ask, one, eu } = await worldOfThree();
    const open = await ask('explain', one.id, ...write, '--scope', eu);
    expect(open.exitCode).toBe(12);
    expect(JSON.parse(open.stdout)).toMatchObject({
      answer: 'undecided',
      findings: [{ doubts: ['inheritance'] }],
    });
    expect(JSON.parse(open.stderr).error.kind).toBe('undecided');
    const assumed = await ask('explain', one.id, ...write, '--scope', eu, '--assume-inheritance', 'yes');
    expect(assumed.exitCode).toBe(0);
    expect(JSON.parse(assumed.stdout)).toMatchObject({ answer: 'yes', assumed_inheritance: 'yes' });
  });

  test('answers for any scope without --scope', async () => {
    const { ask, three } = await worldOfThree();
    const answer = JSON.parse((await ask('explain', three.id, ...write)).stdout);
    expect(answer).toMatchObject({ answer: 'yes', scope: null });
  });

  test('answers for the scope itself or for one resource; without both, for any', async () => {
    const { ask, three, org } = await worldOfThree();
    const groups = ['--can', '/twilio/billing/groups/write'];
    const answer = async (...args: string[]) => {
      const { answer, findings } = JSON.parse((await ask('explain', three.id, ...groups, ...args)).stdout);
      return [answer, findings.map(({ effect, how, miss }: Row) => `${effect} ${how} ${miss}`)];
    };
    expect(await answer()).toEqual(['yes', ['grants resource only null']]);
    expect(await answer('--scope', org)).toEqual(['no', ['near miss null resource only']]);
    const one = ['--scope', org, '--resource', 'billing_group/bg_1'];
    expect(await answer(...one)).toEqual(['yes', ['grants resource only null']]);
  });

  test('tells of roles elsewhere that may allow it', async () => {
    const { call, sandbox, three, org } = await worldOfThree();
    const limited = sandbox.state.assignments.find(({ role_sid }) => role_sid === groupManager);
    Object.assign(limited ?? {}, { role_sid: `IX${'f'.repeat(32)}` });
    const { stdout, exitCode } = await call([
      ...['access', 'explain', three.id, '--can', '/twilio/billing/groups/write'],
      ...['--scope', org, '-o', 'table', '--exit-code'],
    ]);
    expect(exitCode).toBe(10);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /Near miss .* in org, for billing_group bg_1: may allow it, but for this resource alone; a role is not among the roles/,
    );
  });

  test('lists the roles of the user without --can', async () => {
    const { ask, three, us } = await worldOfThree();
    const all = rows((await ask('explain', three.id)).stdout);
    expect(all.map(({ role_sid }) => role_sid).toSorted()).toEqual([groupManager, messaging]);
    const inAccount = rows((await ask('explain', three.id, '--scope', us)).stdout);
    expect(inAccount.map(({ role_sid }) => role_sid)).toEqual([messaging]);
  });
});

describe('what assignments name and no list has', () => {
  const stranger = `US${'9'.repeat(32)}`;
  const gone = `IX${'9'.repeat(32)}`;

  async function world() {
    const found = await worldOfThree();
    const [own, other] = found.sandbox.state.assignments;
    Object.assign(own ?? {}, { identity: stranger });
    Object.assign(other ?? {}, { role_sid: gone });
    return found;
  }

  test('is explained where a list shows it: an identity that is not a managed user', async () => {
    const { ask, call, org } = await world();
    const listed = await ask('explain', stranger);
    expect(rows(listed.stdout).map(({ user_name, scope }) => [user_name, scope])).toEqual([[null, org]]);
    expect(listed.stderr).toContain(`${stranger} is not a managed user: only its roles are known`);
    const asked = await ask('explain', stranger, '--can', '/twilio/x', '--scope', org);
    expect(JSON.parse(asked.stdout)).toMatchObject({ answer: 'yes', user_name: null, identity: stranger });
    const table = await call(['access', 'explain', stranger, '--can', '/twilio/x', '-o', 'table']);
    expect(table.stdout).toContain(`${stranger} (unmanaged)`);
    expect((await ask('explain', `US${'8'.repeat(32)}`)).exitCode).toBe(6);
  });

  test('can be asked about: a role that is assigned', async () => {
    const { ask, two } = await world();
    const who = await ask('who', '--role', gone.toLowerCase().replace('ix', 'IX'));
    expect(rows(who.stdout).map(({ user_name }) => user_name)).toEqual([two.userName]);
    const matrix = await ask('matrix', '--role', gone);
    expect(rows(matrix.stdout).map(({ user_name }) => user_name)).toEqual([two.userName]);
    expect((await ask('who', '--role', `IX${'8'.repeat(32)}`)).exitCode).toBe(6);
  });
});
