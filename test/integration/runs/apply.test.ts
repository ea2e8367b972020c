import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { start, userAt, userNow, writes } from '../../support/cli.ts';

describe('runs apply', () => {
  const text = (name: string) =>
    `email,displayName,role,scope\nada@example.com,Ada,Support,org\n${name},Changed,,\n`;

  test('applies exactly the saved plan, once', async () => {
    const { call, sandbox, file, path } = await bulkWorld();
    const user = userAt(sandbox, 1);
    const plan = path('p.plan');
    await call(['users', 'import', file('in.csv', text(user.userName)), '--plan-out', plan]);
    expect(writes(sandbox)).toEqual([]);
    expect(statSync(plan).mode & 0o777).toBe(0o600);
    expect((await call(['runs', 'apply', plan])).exitCode).toBe(0);
    expect(userNow(sandbox, user).displayName).toBe('Changed');
    const count = writes(sandbox).length;
    const again = await call(['runs', 'apply', plan]);
    expect(again.stderr).toContain('The plan does not hold any more: ada@example.com already exists');
    expect({ exitCode: again.exitCode, writes: writes(sandbox).length }).toEqual({
      exitCode: 7,
      writes: count,
    });
  });

  test('refuses with exit code 7 a plan whose preconditions have changed, also of users without a change', async () => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const [same, other] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const plan = path('p.plan');
    await call([
      'users',
      'import',
      file('in.csv', `email,displayName\n${same.userName},${same.displayName}\n${other.userName},New\n`),
      '--plan-out',
      plan,
    ]);
    mutateUser(sandbox.state, userNow(sandbox, same), { locale: 'is-IS' }, Date.now());
    const { stderr, exitCode } = await call(['runs', 'apply', plan]);
    expect(stderr).toContain(`${same.userName} has changed`);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 7, writes: [] });
    const offboard = path('o.plan');
    await call(['users', 'offboard', other.id, '--yes', '--plan-out', offboard]);
    const [assignment] = sandbox.state.assignments.filter(({ identity }) => identity === other.id);
    sandbox.state.assignments.splice(sandbox.state.assignments.indexOf(assignment as never), 1);
    expect(await call(['runs', 'apply', offboard, '--yes'])).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('can no longer be found'),
    });
  });

  test.each<[string, (names: { one: string; two: string; csv: string }) => string[], 'a role' | 'a user']>([
    ['a role more of somebody to be offboarded', ({ one }) => ['users', 'offboard', one, '--yes'], 'a role'],
    [
      'a role more of the one whose roles are copied',
      ({ one, two }) => ['access', 'copy', '--from', one, '--to', two],
      'a role',
    ],
    [
      'a role more of the one who is to get exactly those of another',
      ({ one, two }) => ['access', 'copy', '--from', two, '--to', one, '--mode', 'mirror', '--yes'],
      'a role',
    ],
    [
      'a user deactivated meanwhile who is to get roles',
      ({ one, two }) => ['access', 'copy', '--from', two, '--to', one],
      'a user',
    ],
    [
      'a user deactivated meanwhile of a list of roles',
      ({ csv }) => ['role-assignments', 'import', csv],
      'a user',
    ],
    [
      'a user deactivated meanwhile whose role is replaced',
      ({ one }) => [
        ...['role-assignments', 'replace', '--user', one, '--from', 'Admin', '--to', 'Support'],
        ...['--scope', 'org', '--yes'],
      ],
      'a user',
    ],
    [
      'a user deactivated meanwhile who is to be',
      ({ one, two }) => ['users', 'deactivate', two, one],
      'a user',
    ],
    [
      'a user deactivated meanwhile who was active already',
      ({ one }) => ['users', 'activate', one],
      'a user',
    ],
  ])('refuses with exit code 7 after %s', async (_, command, what) => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const { state } = sandbox;
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const admin = ['--user', one.id, '--role', 'Admin', '--scope', 'org'];
    await call(['role-assignments', 'create', ...admin]);
    const csv = file('roles.csv', `user,role,scope\n${one.userName},Support,org\n`);
    const plan = path('p.plan');
    await call([...command({ one: one.id, two: two.id, csv }), '--plan-out', plan]);
    const before = writes(sandbox).length;
    const there = state.assignments.find(({ identity }) => identity === one.id);
    if (what === 'a user') mutateUser(state, userNow(sandbox, one), { active: false }, Date.now());
    else if (there !== undefined)
      state.assignments.push({ ...there, sid: `IY${'9'.repeat(32)}`, scope: 'AC9' });
    const { stderr, exitCode } = await call(['runs', 'apply', plan, '--yes']);
    expect(stderr).toContain(
      what === 'a user' ? `${one.userName} has changed` : `the roles of ${one.userName} have changed`,
    );
    expect({ exitCode, sent: writes(sandbox).length }).toEqual({ exitCode: 7, sent: before });
  });

  test.each<[string, (names: { one: string; two: string; file: (text: string) => string }) => string[]]>([
    ['users import', ({ file }) => ['users', 'import', file('email,role,scope')]],
    ['role-assignments import', ({ file }) => ['role-assignments', 'import', file('user,role,scope')]],
    ['access copy', ({ one, two }) => ['access', 'copy', '--from', two, '--to', one]],
  ])(
    'refuses with exit code 7 after a role was taken away that was there already: %s',
    async (_, command) => {
      const { call, sandbox, file, path } = await bulkWorld({ users: 30, assignments: 0 });
      const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
      for (const { id } of [two, one])
        await call(['role-assignments', 'create', '--user', id, '--role', 'Admin', '--scope', 'org']);
      const before = writes(sandbox).length;
      const list = (head: string) => file('in.csv', `${head}\n${one.userName},Admin,org\n`);
      const plan = path('p.plan');
      await call([...command({ one: one.id, two: two.id, file: list }), '--plan-out', plan]);
      const gone = sandbox.state.assignments.pop();
      const { stderr, exitCode } = await call(['runs', 'apply', plan]);
      expect(stderr).toContain(`${gone?.sid} can no longer be found`);
      expect({ exitCode, sent: writes(sandbox).length }).toEqual({ exitCode: 7, sent: before });
    },
  );

  test('applies a plan to take away one role that is named by its SID alone', async () => {
    const { call, sandbox, path } = await bulkWorld({ users: 30 });
    const [role] = sandbox.state.assignments;
    const plan = path('p.plan');
    const command = ['role-assignments', 'delete', role?.sid ?? '', '--plan-out', plan];
    expect((await call(command)).exitCode).toBe(0);
    expect(writes(sandbox)).toEqual([]);
    expect((await call(['runs', 'apply', plan, '--yes'])).exitCode).toBe(0);
    expect(sandbox.state.assignments).not.toContain(role);
    expect((await call(['runs', 'apply', plan, '--yes'])).exitCode).toBe(7);
  });

  test('applies a plan once, also when two processes get it at the same time', async () => {
    const { call, sandbox, file, path, env } = await bulkWorld({ allowDuplicates: true, latency: 30 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const list = `user,role,scope\n${one.userName},Support,org\n${two.userName},Support,org\n`;
    const plan = path('p.plan');
    await call(['role-assignments', 'import', file('roles.csv', list), '--plan-out', plan]);
    const both = await Promise.all([1, 2].map(() => start(['runs', 'apply', plan], { env })));
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 7]);
    expect(writes(sandbox)).toHaveLength(2);
  });

  test('refuses a plan from a pipe, which can be read only once', async () => {
    const { env, sandbox, file, call, path } = await bulkWorld();
    const plan = path('p.plan');
    await call(['users', 'import', file('in.csv', 'email\nada@example.com\n'), '--plan-out', plan]);
    const { exitCode, stderr } = await start(['runs', 'apply', '/dev/stdin'], {
      env,
      input: readFileSync(plan, 'utf8'),
    });
    expect(stderr).toContain('/dev/stdin: it is not a regular file\n');
    expect({ exitCode, sent: writes(sandbox) }).toEqual({ exitCode: 2, sent: [] });
  });

  test('refuses a plan whose row names another user than it changes', async () => {
    const world = await bulkWorld({ users: 30 });
    const { call, sandbox, file, path } = world;
    const [leaver, heir, other] = [1, 2, 3].map((index) => userAt(sandbox, index));
    const admin = ['--user', leaver?.id ?? '', '--role', 'Admin', '--scope', 'org'];
    await call(['role-assignments', 'create', ...admin]);
    const before = writes(sandbox).length;
    const plan = path('p.plan');
    await call([
      'users',
      'offboard',
      leaver?.id ?? '',
      '--copy-roles-to',
      heir?.id ?? '',
      '--plan-out',
      plan,
    ]);
    const good = readFileSync(plan, 'utf8');
    for (const [from, to] of [
      [/("row":{"id":"US[0-9a-f]+","userName":)"[^"]+"/, `$1"${other?.userName}"`],
      [/"row":{"id":"US[0-9a-f]+"/, `"row":{"id":"${other?.id}"`],
      [/"whose":"[^"]+"/, `"whose":"${other?.userName}"`],
    ] as const) {
      expect(good).toMatch(from);
      const { stderr, exitCode } = await call([
        ...['runs', 'apply', file('forged.plan', good.replace(from, to)), '--yes'],
      ]);
      expect(stderr).toMatch(/The plan does not hold any more: .* is called .* in it/);
      expect({ exitCode, sent: writes(sandbox).length }).toEqual({ exitCode: 7, sent: before });
    }
    expect((await call(['runs', 'apply', plan, '--yes'])).exitCode).toBe(0);
  });

  test('refuses a plan whose row names another role than it gives or takes', async () => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const csv = file('in.csv', `user,role,scope\n${userAt(sandbox, 3).userName},Support,org\n`);
    await call(['role-assignments', 'import', csv, '--plan-out', path('give.plan')]);
    const { sid } = sandbox.state.assignments[5] ?? {};
    await call(['role-assignments', 'delete', `${sid}`, '--plan-out', path('take.plan')]);
    const holder = userAt(sandbox, 6);
    await call(['role-assignments', 'create', '--user', holder.id, '--role', 'Support', '--scope', 'org']);
    const held = file('held.csv', `user,role,scope\n${holder.userName},Support,org\n`);
    await call(['role-assignments', 'import', held, '--plan-out', path('held.plan')]);
    const before = writes(sandbox);
    const [{ sid: admin } = {}] = rows(
      (await call(['roles', 'list', '--search', 'Admin', '-o', 'json'])).stdout,
    );
    const other = `IX${'0'.repeat(29)}999`;
    for (const [name, from, to] of [
      ['give.plan', '"role":"Support"', '"role":"Developer"'],
      ['give.plan', '"role":"Support"', '"role":"No such role"'],
      // The label stays, and the SID that is sent is exchanged.
      ['give.plan', /"role_sid":"IX[0-9a-f]+"/, `"role_sid":"${admin}"`],
      ['give.plan', /"scope":"OR[0-9a-f]+"/, `"scope":"${sandbox.state.accounts[0]?.sid}"`],
      ['held.plan', '"role":"Support"', '"role":"Developer"'],
      ['held.plan', '"scope":"org"', `"scope":"AC${'1'.repeat(32)}"`],
      ['held.plan', /"user":"[^"]+","role"/, `"user":"${userAt(sandbox, 4).userName}","role"`],
      ['give.plan', '"role":"Support","scope":"org"', `"role":"Support","scope":"AC${'1'.repeat(32)}"`],
      ['take.plan', /"row":\{(.*?)"role_sid":"IX[0-9a-f]+"/, `"row":{$1"role_sid":"${other}"`],
      ['take.plan', /"row":\{"sid":"IY[0-9a-f]+"/, `"row":{"sid":"IY${'1'.repeat(32)}"`],
    ] as const) {
      const good = readFileSync(path(name), 'utf8');
      expect(good).toMatch(from);
      const forged = file('forged.plan', good.replace(from, to));
      const { stderr, exitCode } = await call(['runs', 'apply', forged, '--yes']);
      expect({ to, stderr, exitCode }).toMatchObject({
        exitCode: 7,
        stderr: expect.stringMatching(
          /does not hold any more: (it says .* where it is |.* is called .* in it)/,
        ),
      });
    }
    expect(writes(sandbox)).toEqual(before);
    for (const name of ['give.plan', 'take.plan', 'held.plan']) {
      expect(await call(['runs', 'apply', path(name), '--yes'])).toMatchObject({ exitCode: 0 });
    }
  });

  test('records the roles by their own names, and not by those that the plan claims', async () => {
    const { call, file, path, lastRun } = await bulkWorld();
    const csv = file('in.csv', 'email,role,scope\nada@example.com,Support,org\n');
    await call(['users', 'import', csv, '--plan-out', path('i.plan')]);
    const admin = rows((await call(['roles', 'list', '-o', 'json'])).stdout).find(
      ({ friendly_name }) => friendly_name === 'Admin',
    )?.sid;
    const good = readFileSync(path('i.plan'), 'utf8');
    const forged = file('forged.plan', good.replaceAll(/IX[0-9a-f]{32}/g, `${admin}`));
    expect(forged).not.toBe(good);
    const dry = await call(['runs', 'apply', forged, '--dry-run', '-o', 'table']);
    expect(dry.stdout).toContain('Admin');
    expect(dry.stdout).not.toContain('Support');
    expect((await call(['runs', 'apply', forged, '--yes'])).exitCode).toBe(0);
    const { stdout } = await call(['runs', 'show', await lastRun(), '-o', 'json']);
    expect(stdout).toContain(`give role Admin (${admin})`);
    expect(stdout).not.toContain('Support');
  });

  test('refuses a malformed plan, and applies guards to every plan', async () => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const user = userAt(sandbox, 1);
    const plan = path('p.plan');
    await call(['users', 'offboard', user.id, '--yes', '--plan-out', plan]);
    const good = readFileSync(plan, 'utf8');
    for (const [from, to] of [
      [/IY[0-9a-f]{32}/, '../../../v2/token'],
      [/"id":"US[0-9a-f]{32}"(?=,"externalId")/, '"id":"../Roles"'],
      ['"delete-assignment"', '"delete-everything"'],
      ['"delete-assignment"', '"constructor"'],
      ['"type":"planned"', '"type":"__proto__"'],
      ['"steps":[', '"steps":7,"was":['],
      ['"rests":[', '"rests":7,"was":['],
      // Values that a guard would not count as a removal, but a server might.
      ['"active":false}', '"active":0}'],
      ['"active":false}', '"active":false,"emails":[]}'],
      ['"active":false}', '"displayName":7}'],
      ['"fields":{"active":false}', '"fields":{"active":"false"}'],
      ['"columns":[', '"columns":[1,'],
      // Headings are printed: these would clear the screen, or run in a spreadsheet, or hide what is printed beside them.
      ['"columns":[', '"columns":["\\u001b[2J",'],
      ['"columns":[', '"columns":["=HYPERLINK(\\"http://127.0.0.1\\")",'],
      ['"columns":[', '"columns":["change",'],
      ['"done":"deactivated"', '"done":"kept"'],
      [/"planned_at":"[^"]+"/, '"planned_at":"today"'],
      [/"run":"[^"]+"/, '"run":"../runs"'],
      ['"verb":"users offboard"', '"verb":"users list\\u001b[2J"'],
      ['"row":{', '"row":{"userName":{},"was":{'],
      ['"item",', '"item","needs":{"1":1},'],
      ['"item",', '"item","needs":{"0":1,"1":0},'],
      ['"item",', '"item","needs":{"one":0},'],
      ['"item",', '"item","needs":{"99":0},'],
      [/(\n\{"type":"item".*)(\n\{"type":"planned".*)/, '$1$2$1'],
      [/(\n\{"type":"planned".*)/, '$1$1'],
      [/(\{"type":"run".*)/, '$1\n$1'],
      ['"command":', '"order":'],
      ['"item",', '"item","needs":7,'],
      ['"item",', '"item","note":{},'],
      [/"role_sid":"IX[0-9a-f]+"/, '"role_sid":7'],
      [/"scope":"(OR|AC)[0-9a-f]+"/, '"scope":{}'],
      [/"resource_type":(null|"[^"]*")/, '"resource_type":{}'],
      // Without the identity, the other facts about the role cannot be checked.
      [/,"identity":"US[0-9a-f]+"/, ''],
    ] as const) {
      expect(good).toMatch(from);
      const bad = file('bad.plan', good.replace(from, to));
      const { stderr, exitCode } = await call(['runs', 'apply', bad, '--yes']);
      expect({ from, stderr, exitCode }).toEqual({
        from,
        stderr: expect.stringContaining(`error: ${bad} can't be used: `),
        exitCode: 2,
      });
    }
    const csv = file('in.csv', 'email,role,scope\nada@example.com,Support,org\n');
    await call(['users', 'import', csv, '--plan-out', path('i.plan')]);
    await call(['users', 'delete', user.id, '--plan-out', path('d.plan')]);
    const [joiner, deletion] = ['i.plan', 'd.plan'].map((name) => readFileSync(path(name), 'utf8'));
    for (const [plan = '', from, to] of [
      [joiner, '"do":"create-user"', '"do":"update-user"'],
      [joiner, '"fields":{"email":"ada@example.com"', '"fields":{"email":"ada"'],
      // Only a new user has no SID yet.
      [joiner, /\{"do":"create-user".*?\}\},/, ''],
      [joiner, '"identity":null', '"identity":"../Roles"'],
      [joiner, /"role_sid":"IX/, '"role_sid":"IY'],
      [joiner, /"scope":"OR/, '"scope":"IX'],
      [deletion, '"user":{', '"user":7,"was":{'],
      [good, /"identity":"US/, '"identity":"../'],
      [good, '"holder":"US', '"holder":"../'],
      [good, '"item",', '"item","needs":{"1":-1},'],
      [good, /\{"holder":"US[0-9a-f]{32}","assignments":/, '{"assignment":"IY1","identity":"US1","scope":'],
    ] as const) {
      expect(plan).toMatch(from);
      const { exitCode } = await call(['runs', 'apply', file('bad.plan', plan.replace(from, to)), '--yes']);
      expect([String(from), exitCode]).toEqual([String(from), 2]);
    }
    expect((await call(['runs', 'apply', file('cut.plan', good.slice(0, -30)), '--yes'])).exitCode).toBe(2);
    expect(
      (await call(['runs', 'apply', file('rows.csv', 'email\na@example.com\n'), '--yes'])).exitCode,
    ).toBe(2);
    expect(await call(['runs', 'apply', path('none.plan')])).toMatchObject({
      exitCode: 2,
      stderr: `error: There is no ${path('none.plan')}\nName a file that --plan-out saved\n`,
    });
    for (const [from, to] of [
      ['"active":true', '"active":false'],
      // Of a role to take away: what would be shown, and given by an undo.
      [/"role_sid":"IX[0-9a-f]+"/, `"role_sid":"IX${'9'.repeat(32)}"`],
      [/"resource_type":(null|"[^"]*")/, '"resource_type":"billing_group"'],
    ] as const) {
      expect(good).toMatch(from);
      const forged = file('forged.plan', good.replace(from, to));
      expect([String(from), (await call(['runs', 'apply', forged, '--yes'])).exitCode]).toEqual([
        String(from),
        7,
      ]);
    }
    expect((await call(['runs', 'apply', plan, '--yes', '--protect', user.userName])).exitCode).toBe(9);
    expect((await call(['runs', 'apply', plan])).exitCode).toBe(2);
    expect(writes(sandbox)).toEqual([]);
    expect((await call(['runs', 'apply', plan, '--yes'])).exitCode).toBe(0);
    expect(userNow(sandbox, user).active).toBe(false);
  });
});
