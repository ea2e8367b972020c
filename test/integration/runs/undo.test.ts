import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { start, userAt, userNow, writes } from '../../support/cli.ts';
import { importWorld } from '../../support/interrupted.ts';
import { begun } from '../../support/runs-under-way.ts';

describe('the advice to undo a run', () => {
  test('is not given where an undo could do nothing', async () => {
    const { call, sandbox, lastRun } = await bulkWorld();
    const [owner, one] = [userAt(sandbox, 0), userAt(sandbox, 1)];
    const closing = async (verb: string) => {
      const { stderr, exitCode } = await call(['runs', verb, await lastRun(), '--yes']);
      expect({ verb, stderr, exitCode }).toMatchObject({ exitCode: 0 });
      expect(stderr).toContain(' in all\n');
      return stderr;
    };
    await call(['api', 'DELETE', `/scim/v2/Users/${one.id}`, '--yes']);
    expect(await closing('resume')).not.toContain('To undo:');
    // Twilio forbids to deactivate the Owner, so that there is nothing to undo.
    expect((await call(['users', 'deactivate', owner.id, '--keep-admins', '0', '--yes'])).exitCode).not.toBe(
      0,
    );
    expect(await closing('undo')).not.toContain('To undo:');
    expect(await closing('resume')).not.toContain('To undo:');
  });
});

describe('runs undo', () => {
  test('reverts an import, lists first what cannot be undone, and a second time finds nothing to do', async () => {
    const world = await importWorld();
    const before = world.state();
    await world.call(['users', 'import', world.input]);
    const run = await world.lastRun();
    const args = ['runs', 'undo', run, '--yes', '--max-removals', '50', '--max-removal-fraction', '1'];
    const { stderr, exitCode } = await world.call(args);
    expect(stderr).toMatch(
      /^20 users were created and got a welcome e-mail\. An undo can only deactivate them\n/,
    );
    expect(exitCode).toBe(0);
    const after = world.state();
    expect(after.assignments).toEqual(before.assignments);
    expect(after.users.filter(({ userName }) => !userName.startsWith('new'))).toEqual(before.users);
    expect(after.users.filter(({ userName, active }) => userName.startsWith('new') && active)).toEqual([]);
    const count = writes(world.sandbox).length;
    expect(await world.call(args)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Nothing is left to undo'),
    });
    expect(writes(world.sandbox)).toHaveLength(count);
    // The undo is a run of its own, and can be undone.
    const [undone] = rows((await world.call(['runs', 'list', '-o', 'json', '--limit', '1'])).stdout);
    expect(undone).toMatchObject({ undoes: run });
    // `runs show` reports that the run was undone.
    const shown = await world.call(['runs', 'show', run]);
    expect(shown.stderr).toContain(`This run was undone by ${undone?.run}`);
  });

  test('runs in one process at a time: of two at once, the second finds nothing to do', async () => {
    const { call, sandbox, lastRun, env, state } = await bulkWorld({
      users: 30,
      allowDuplicates: true,
      latency: 30,
    });
    const before = state();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['users', 'offboard', one.id, two.id, '--yes']);
    const run = await lastRun();
    const both = await Promise.all(
      [1, 2].map(() => start(['runs', 'undo', run, '--yes', '--reactivate'], { env })),
    );
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes('Nothing is left to undo'))).toHaveLength(1);
    expect(state()).toEqual(before);
  });

  test('sends nothing after another process has taken over the run', async () => {
    const { call, sandbox, lastRun, env, configDir } = await bulkWorld();
    let lock: string | undefined;
    const url = await between(sandbox.apiUrl, () => {
      if (lock === undefined) return undefined;
      rmSync(lock, { recursive: true });
      mkdirSync(lock);
      lock = undefined;
      return undefined;
    });
    const here = { ...env, TWILIO_ORG_API_URL: url };
    await call(['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id, '--yes'], here);
    const run = await lastRun();
    const before = writes(sandbox).length;
    lock = join(configDir, 'runs', `${run}.jsonl.lock`);
    const { exitCode, stderr } = await call(['runs', 'undo', run, '--yes'], here);
    expect([exitCode, stderr]).toEqual([
      8,
      expect.stringMatching(/Another twilio-org process took over .* while this one was suspended/),
    ]);
    expect(writes(sandbox)).toHaveLength(before);
  });

  test('gives a replaced role before it takes the other one, and begins with the last user', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld();
    const names = ['kim@example.com', 'lee@example.com'];
    const list = ['email,role,scope', ...names.map((name) => `${name},Developer,org`)].join('\n');
    await call(['users', 'import', file('in.csv', list)]);
    const users = names.flatMap((name) => sandbox.state.users.byUserName(name) ?? []);
    const roles = ['--from', 'Developer', '--to', 'Billing', '--scope', 'org'];
    const both = users.flatMap(({ id }) => ['--user', id]);
    await call(['role-assignments', 'replace', ...both, ...roles, '--yes']);
    const before = sandbox.state.journal.length;
    expect((await call(['runs', 'undo', await lastRun(), '--yes', '--concurrency', '1'])).exitCode).toBe(0);
    const effects = sandbox.state.journal
      .slice(before)
      .flatMap((entry) =>
        'assignment' in entry ? [{ user: entry.assignment.identity, effect: entry.effect }] : [],
      );
    expect(effects[0]?.user).toBe(users[1]?.id);
    for (const { id } of users) {
      const own = effects.filter(({ user }) => user === id).map(({ effect }) => effect);
      expect(own).toEqual(['assignment created', 'assignment deleted']);
    }
  });

  test('keeps what others have changed since, and reports it', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call([
      'users',
      'import',
      file('in.csv', `email,displayName\n${one.userName},Wrong\n${two.userName},Wrong\n`),
    ]);
    mutateUser(sandbox.state, userNow(sandbox, one), { displayName: 'Corrected' }, Date.now());
    mutateUser(sandbox.state, userNow(sandbox, two), { locale: 'is-IS' }, Date.now());
    const run = await lastRun();
    // The dry run announces it, before any confirmation.
    expect((await call(['runs', 'undo', run, '--dry-run'])).stderr).toContain(
      `${one.userName} is left alone: displayName has changed since\n`,
    );
    const { stdout, exitCode } = await call(['runs', 'undo', run, '--yes', '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${one.userName} is left alone: displayName has changed since`);
    expect(userNow(sandbox, one).displayName).toBe('Corrected');
    // A later change to another field does not prevent the undo.
    expect(userNow(sandbox, two)).toMatchObject({ displayName: two.displayName, locale: 'is-IS' });
  });

  test('keeps a role that others have taken away and given again since', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld({ users: 10, assignments: 0 });
    const { assignments } = sandbox.state;
    const { userName } = userAt(sandbox, 1);
    const list = file('in.csv', `user,role,scope\n${userName},Support,org\n${userName},Billing,org\n`);
    await call(['role-assignments', 'import', list]);
    const [support, billing] = assignments.splice(0);
    if (support !== undefined && billing !== undefined)
      assignments.push({ ...support, sid: `IY${'9'.repeat(32)}` }, billing);
    const { stdout, exitCode } = await call(['runs', 'undo', await lastRun(), '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${support?.sid} was already taken away`);
    expect(assignments.map(({ sid }) => sid)).toEqual([`IY${'9'.repeat(32)}`]);
  });

  test('keeps a new user whom others have changed or deactivated since', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld();
    const names = ['ada', 'grace', 'joan'].map((name) => `${name}@example.com`);
    await call(['users', 'import', file('in.csv', `email,displayName\n${names.join(',New\n')},New\n`)]);
    const [ada, grace, joan] = [-3, -2, -1].map((at) => [...sandbox.state.users.all()].at(at));
    for (const [user, change] of [
      [ada, { displayName: 'Hired again' }],
      [grace, { active: false }],
    ] as const) {
      if (user !== undefined) mutateUser(sandbox.state, user, change, Date.now());
    }
    const before = writes(sandbox).length;
    const { stdout, exitCode } = await call(['runs', 'undo', await lastRun(), '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('ada@example.com is left alone: displayName has changed since');
    expect(stdout).toContain('grace@example.com is no longer active');
    expect(writes(sandbox).slice(before)).toEqual([`PUT /scim/v2/Users/${joan?.id}`]);
  });

  test('gives roles again that were taken away, and lets users sign in again', async () => {
    const { call, sandbox, lastRun, state } = await bulkWorld({ users: 30 });
    const before = state();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['users', 'offboard', one.id, two.id, '--yes']);
    expect(state()).not.toEqual(before);
    expect((await call(['runs', 'undo', await lastRun(), '--yes', '--reactivate'])).exitCode).toBe(0);
    expect(state()).toEqual(before);
  });

  test('keeps what others had done before the run was resumed', async () => {
    const world = await bulkWorld();
    const { call, sandbox, file } = world;
    const names = ['ada@example.com', 'grace@example.com'];
    const run = await begun(world, ['users', 'import', file('in.csv', ['email', ...names].join('\n'))]);
    await call(['users', 'create', '--email', 'ada@example.com']);
    const { stdout, stderr } = await call(['runs', 'resume', run, '-o', 'json']);
    expect(rows(stdout)).toMatchObject([
      { outcome: 'unchanged', reason: 'Others have done this meanwhile: create ada@example.com' },
      { outcome: 'created' },
    ]);
    expect(stderr).toContain('1 created, 0 changed, 1 unchanged');
    expect(rows((await call(['runs', 'show', run, '-o', 'json'])).stdout)).toMatchObject(rows(stdout));
    const undone = await call(['runs', 'undo', run, '--yes']);
    expect(undone.stderr).toMatch(/^1 user was created/);
    expect(undone.stdout).toContain('Not done by this run, so it stays: create ada@example.com');
    const active = (name: string) =>
      [...sandbox.state.users.all()].find(({ userName }) => userName === name)?.active;
    expect(names.map(active)).toEqual([true, false]);
  });

  test.each([
    ['was begun, and found to be done when it was resumed', { type: 'intent' }, true],
    [
      'nobody knew of, and found to be done when it was resumed',
      { type: 'outcome', status: 'unknown' },
      true,
    ],
    ['was begun, and is found to be done', { type: 'intent' }, false],
    ['nobody knows of, and is found to be done', { type: 'outcome', status: 'unknown' }, false],
  ])('reverts what %s', async (_, end, resumed) => {
    const world = await bulkWorld();
    const { call, sandbox, file, configDir } = world;
    const run = await begun(world, ['users', 'import', file('in.csv', 'email\nada@example.com\n')]);
    const line = { ...end, item: 0, step: 0, at: '2026-03-14T09:15:01.000Z' };
    appendFileSync(join(configDir, 'runs', `${run}.jsonl`), `${JSON.stringify(line)}\n`);
    await call(['users', 'create', '--email', 'ada@example.com']);
    if (resumed) {
      const { stdout } = await call(['runs', 'resume', run, '-o', 'json']);
      expect(rows(stdout)).toMatchObject([{ outcome: 'created' }]);
    }
    expect((await call(['runs', 'undo', run, '--yes'])).exitCode).toBe(0);
    expect([...sandbox.state.users.all()].at(-1)).toMatchObject({
      userName: 'ada@example.com',
      active: false,
    });
  });

  test('takes away a role of a new user, also when it was unknown whether it had been given', async () => {
    const world = await bulkWorld();
    const { call, sandbox, file, configDir } = world;
    const list = file('in.csv', 'email,role,scope\nada@example.com,Support,org\n');
    const run = await begun(world, ['users', 'import', list]);
    await call(['users', 'create', '--email', 'ada@example.com']);
    const ada = [...sandbox.state.users.all()].at(-1);
    const made = ['--user', ada?.id ?? '', '--role', 'Support', '--scope', 'org'];
    await call(['role-assignments', 'create', ...made]);
    const lines = [
      { type: 'outcome', item: 0, step: 0, status: 'done', sid: ada?.id, at: '2026-03-14T09:15:01.000Z' },
      { type: 'intent', item: 0, step: 1, at: '2026-03-14T09:15:02.000Z' },
    ].map((line) => `${JSON.stringify(line)}\n`);
    appendFileSync(join(configDir, 'runs', `${run}.jsonl`), lines.join(''));
    expect((await call(['runs', 'undo', run, '--yes'])).exitCode).toBe(0);
    expect(sandbox.state.assignments.filter(({ identity }) => identity === ada?.id)).toEqual([]);
    expect([...sandbox.state.users.all()].at(-1)).toMatchObject({ id: ada?.id, active: false });
  });

  test('of a stopped run makes runs resume refuse it until the undo is undone', async () => {
    const world = await bulkWorld();
    const { call, sandbox, file, lastRun } = world;
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const input = file('in.csv', `email,displayName\n${one.userName},New\n${two.userName},New\n`);
    const url = await between(sandbox.apiUrl, ({ method, writes: count }) =>
      method !== 'GET' && count === 2 ? '503 before' : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    await call(['users', 'import', input, '--concurrency', '1', '--max-retries', '0'], env);
    const run = await lastRun();
    await call(['runs', 'undo', run, '--plan-out', world.path('undo.plan')], env);
    await call(['runs', 'apply', world.path('undo.plan'), '--yes'], env);
    const undo = await lastRun();
    const count = writes(sandbox).length;
    expect(await call(['runs', 'resume', run, '--yes'], env)).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining(`This run was undone by ${undo}`),
    });
    expect(writes(sandbox)).toHaveLength(count);
    await call(['runs', 'undo', undo, '--yes'], env);
    expect((await call(['runs', 'resume', run, '--yes'], env)).exitCode).toBe(0);
    expect([one, two].map((user) => userNow(sandbox, user).displayName)).toEqual(['New', 'New']);
  });

  test('of a run without changes yet makes runs resume refuse it until the undo is undone', async () => {
    const world = await bulkWorld();
    const input = world.file('in.csv', 'email\nada@example.com\ngrace@example.com\n');
    const run = await begun(world, ['users', 'import', input]);
    const { stderr, exitCode } = await world.call(['runs', 'undo', run, '--yes']);
    expect(stderr).toContain('Nothing is left to undo');
    expect(exitCode).toBe(0);
    const undo = await world.lastRun();
    const refused = await world.call(['runs', 'resume', run]);
    expect(refused.stderr).toContain(`This run was undone by ${undo}`);
    expect(refused.exitCode).toBe(7);
    await world.call(['runs', 'undo', run, '--yes']);
    expect(await world.lastRun()).toBe(undo);
    expect(writes(world.sandbox)).toEqual([]);
    expect((await world.call(['runs', 'undo', undo, '--yes'])).exitCode).toBe(0);
    expect((await world.call(['runs', 'resume', run])).exitCode).toBe(0);
    expect(writes(world.sandbox)).toHaveLength(2);
  });

  test('looks up unknown outcomes, and reverts what took effect', async () => {
    const { call, sandbox, lastRun, configDir } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['users', 'deactivate', one.id, two.id, '--yes']);
    const run = await lastRun();
    const file = join(configDir, 'runs', `${run}.jsonl`);
    // As if the process had been killed before it could write down the last outcome.
    writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
    expect((await call(['runs', 'undo', run, '--yes'])).exitCode).toBe(0);
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([true, true]);
  });

  test('reports unknown outcomes that others have changed since', async () => {
    const { call, sandbox, lastRun, configDir, file } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const lines = ['email,displayName', `${one.userName},Wrong`, `${two.userName},Wrong`];
    await call(['users', 'import', file('in.csv', lines.join('\n')), '--concurrency', '1']);
    const run = await lastRun();
    const journal = join(configDir, 'runs', `${run}.jsonl`);
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/\{"type":"outcome","item":1.*\n/, ''));
    mutateUser(sandbox.state, userNow(sandbox, two), { displayName: 'Corrected' }, Date.now());
    const { stderr, exitCode } = await call(['runs', 'undo', run, '--yes']);
    expect(stderr).toContain(`Not undone, because it may not have happened: change ${two.userName}`);
    expect(exitCode).toBe(0);
    expect([one, two].map((user) => userNow(sandbox, user).displayName)).toEqual([
      one.displayName,
      'Corrected',
    ]);
    // Once more, it is nobody else who has changed it back.
    expect((await call(['runs', 'undo', run, '--yes'])).stderr).toContain(
      `${one.userName} already has its earlier values`,
    );
  });

  test('shows its plan with --dry-run, and asks before it takes anything away', async () => {
    const { call, sandbox, lastRun } = await bulkWorld();
    await call(['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id, '--yes']);
    const count = writes(sandbox).length;
    expect((await call(['runs', 'undo', await lastRun(), '--dry-run'])).stdout).toContain(
      `activate ${userAt(sandbox, 1).userName}`,
    );
    expect((await call(['runs', 'undo', await lastRun()])).exitCode).toBe(2);
    expect(writes(sandbox)).toHaveLength(count);
  });
});
