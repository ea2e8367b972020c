import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { cleanEnv, program, sent, start, userAt, userNow, writes } from '../../support/cli.ts';
import { effects, type ImportWorld, importWorld, uninterrupted } from '../../support/interrupted.ts';
import { openTerminal } from '../../support/pty.ts';

/** A run that was killed before its first change: all there is of it is the plan. */
async function begun(
  { call, configDir, path }: Pick<ImportWorld, 'call' | 'configDir' | 'path'>,
  args: string[],
): Promise<string> {
  const run = '20260314-091500123-4f2a';
  const plan = path('begun.plan');
  await call([...args, '--plan-out', plan]);
  mkdirSync(join(configDir, 'runs'), { recursive: true, mode: 0o700 });
  writeFileSync(
    join(configDir, 'runs', `${run}.jsonl`),
    readFileSync(plan, 'utf8').replace(/"run":"[^"]+"/, `"run":"${run}"`),
    { mode: 0o600 },
  );
  return run;
}

describe('a run', () => {
  test('is listed with its whole name on a terminal of 80 columns', async () => {
    const { call, file, lastRun, env } = await bulkWorld();
    await call(['users', 'import', file('in.csv', 'email\nkim@example.com\nlee@example.com\n')]);
    const terminal = openTerminal(process.execPath, [program, 'runs', 'list'], { env: cleanEnv(env) });
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toContain(`2 created  ${await lastRun()}\r\n`);
    terminal.close();
  });

  test('is shown with what its roles were called, without asking Twilio, which may not have them any more', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld();
    await call(['users', 'import', file('in.csv', 'email,role,scope\nkim@example.com,Developer,org\n')]);
    await call(['users', 'offboard', 'kim@example.com', '--yes']);
    const run = await lastRun();
    sandbox.requests.length = 0;
    const [shown] = rows((await call(['runs', 'show', run, '-o', 'json'])).stdout);
    expect(shown?.change).toContain(
      `take away role Developer (IX${'0'.repeat(29)}103) in ${sandbox.organizationSid}`,
    );
    expect(sandbox.requests).toEqual([]);
  });

  test('is listed, shown, and has nothing left to resume; its file is for the user alone and holds no token', async () => {
    const { call, sandbox, configDir, lastRun, env } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['users', 'deactivate', one.id, two.id, '--yes']);
    const run = await lastRun();
    const [listed] = rows((await call(['runs', 'list', '-o', 'json'])).stdout);
    expect(listed).toMatchObject({
      run,
      changed: 2,
      failed: 0,
      command: `users deactivate ${one.id} ${two.id} --yes`,
    });
    const shown = rows((await call(['runs', 'show', run, '-o', 'json'])).stdout);
    expect(shown.map(({ userName, change, outcome }) => [userName, change, outcome])).toEqual(
      [one, two].map(({ userName }) => [userName, `deactivate ${userName}`, 'deactivated']),
    );
    const again = await call(['runs', 'resume', run, '--yes', '-o', 'json']);
    expect(again).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('nothing to do') });
    expect(again.stderr).toContain('0 created, 2 changed, 0 unchanged, 0 failed, 0 not tried: 2 in all');
    expect(rows(again.stdout).map(({ outcome }) => outcome)).toEqual(['deactivated', 'deactivated']);
    expect(rows((await call(['runs', 'resume', run, '--dry-run', '-o', 'json'])).stdout)).toEqual([]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(env.TWILIO_ORG_ACCESS_TOKEN);
  });

  test('offers no undo where it could do nothing: of a request of `api`, and of an undo without changes', async () => {
    const { call, sandbox } = await bulkWorld();
    const [owner, one] = [userAt(sandbox, 0), userAt(sandbox, 1)];
    const closing = async (verb: string) => {
      const { stderr, exitCode } = await call(['runs', verb, 'last', '--yes']);
      expect({ verb, stderr, exitCode }).toMatchObject({ exitCode: 0 });
      expect(stderr).toContain(' in all\n');
      return stderr;
    };
    await call(['api', 'DELETE', `/scim/v2/Users/${one.id}`, '--yes']);
    expect(await closing('resume')).not.toContain('To take it back');
    // Twilio forbids to deactivate the Owner, so that there is nothing to undo.
    expect((await call(['users', 'deactivate', owner.id, '--yes'])).exitCode).not.toBe(0);
    expect(await closing('undo')).not.toContain('To take it back');
    expect(await closing('resume')).not.toContain('To take it back');
  });

  test('is kept of a single change too; so the latest run is the one that was meant', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const list = (name: string, ...users: { userName: string }[]) =>
      file('in.csv', ['email,displayName', ...users.map(({ userName }) => `${userName},${name}`)].join('\n'));
    await call(['users', 'import', list('First', one, two)]);
    await call(['users', 'import', list('Second', one)]);
    await call(['runs', 'undo', await lastRun(), '--yes']);
    expect([one, two].map((user) => userNow(sandbox, user).displayName)).toEqual(['First', 'First']);
    await call(['users', 'offboard', one.id, '--yes']);
    await call(['users', 'deactivate', two.id, '--yes']);
    await call(['runs', 'undo', await lastRun(), '--yes']);
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([false, true]);
  });

  test('goes on only with the profile, organization and origin that it was planned for', async () => {
    const { call, sandbox, lastRun, configDir } = await bulkWorld();
    await call(['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id, '--yes']);
    const run = await lastRun();
    const plan = join(configDir, 'runs', `${run}.jsonl`);
    for (const [what, env] of [
      ['the organization OR', { TWILIO_ORG_ORGANIZATION_SID: `OR${'1'.repeat(32)}` }],
      ['the API at http://', { TWILIO_ORG_API_URL: 'http://127.0.0.1:9' }],
      [
        'the profile TWILIO_ORG_ACCESS_TOKEN',
        {
          TWILIO_ORG_ACCESS_TOKEN: undefined,
          TWILIO_ORG_CLIENT_ID: 'OQ1',
          TWILIO_ORG_CLIENT_SECRET: 'canary',
        },
      ],
    ] as const) {
      for (const [verb, name] of [
        ['resume', run],
        ['undo', run],
        ['apply', plan],
      ] as const) {
        expect(await call(['runs', verb, name, '--yes'], env)).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining(`This was planned for ${what}`),
        });
      }
    }
  });

  test('whose last line was cut short is resumed all the same; one that is broken elsewhere is not', async () => {
    const { call, sandbox, configDir, lastRun } = await bulkWorld();
    await call(['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id, '--yes']);
    const run = await lastRun();
    const file = join(configDir, 'runs', `${run}.jsonl`);
    appendFileSync(file, '{"type":"outc');
    expect((await call(['runs', 'resume', run, '--yes'])).exitCode).toBe(0);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('{"type":"item"', '{"type":"item').replace('"planned"', '"plan'),
    );
    expect(await call(['runs', 'show', run])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("can't be used"),
    });
    expect(await call(['runs', 'show', '20260101-000000000-aaaa'])).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('There is no run 20260101-000000000-aaaa\n'),
    });
  });

  test('whose last line was cut short, and which has work left, is whole again once it was gone on with', async () => {
    const world = await bulkWorld();
    const { call, configDir, sandbox } = world;
    const run = await begun(world, ['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    appendFileSync(file, '{"type":"intent","item":0,"st');
    expect((await call(['runs', 'resume', run, '--yes'])).exitCode).toBe(0);
    // Whoever reads it next meets no broken line before what was written since.
    for (const verb of ['show', 'resume', 'undo']) {
      expect([
        verb,
        (await call(['runs', verb, run, ...(verb === 'show' ? [] : ['--yes'])])).exitCode,
      ]).toEqual([verb, 0]);
    }
    expect(
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => typeof JSON.parse(line)),
    ).toEqual(Array(9).fill('object'));
    expect([1, 2].map((index) => userNow(sandbox, userAt(sandbox, index)).active)).toEqual([true, true]);
  });

  test('of which somebody has removed an item is not gone on with: what was done would be said of others', async () => {
    const world = await bulkWorld();
    const { sandbox, call, configDir } = world;
    const run = await begun(world, ['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.toSpliced(1, 1).join('\n'));
    expect(await call(['runs', 'resume', run, '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('its plan is not whole'),
    });
    expect(await call(['runs', 'apply', file, '--yes'])).toMatchObject({ exitCode: 2 });
    expect(writes(sandbox)).toEqual([]);
  });

  test('overwrites nothing that others have changed before it was resumed', async () => {
    const world = await bulkWorld();
    const { call, sandbox, file } = world;
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const list = file('in.csv', `email,displayName\n${one.userName},New\n${two.userName},New\n`);
    const run = await begun(world, ['users', 'import', list]);
    mutateUser(sandbox.state, one, { displayName: 'Corrected' }, Date.now());
    mutateUser(sandbox.state, two, { locale: 'is-IS' }, Date.now());
    const { stdout, exitCode } = await call(['runs', 'resume', run, '-o', 'json']);
    expect(rows(stdout)).toMatchObject([
      { outcome: 'failed', reason: `somebody else changed displayName of ${one.userName} meanwhile` },
      { outcome: 'changed' },
    ]);
    expect(exitCode).toBe(3);
    expect(userNow(sandbox, one).displayName).toBe('Corrected');
    expect(userNow(sandbox, two)).toMatchObject({ displayName: 'New', locale: 'is-IS' });
  });

  test('that somebody has changed is refused by its name, with every verb, and does not hide the others', async () => {
    const { call, sandbox, configDir, lastRun } = await bulkWorld();
    for (const index of [1, 3]) {
      await call(['users', 'activate', userAt(sandbox, 7).id, userAt(sandbox, index).id]);
      await call(['users', 'deactivate', userAt(sandbox, 7).id, userAt(sandbox, index).id, '--yes']);
    }
    const run = await lastRun();
    const file = join(configDir, 'runs', `${run}.jsonl`);
    const good = readFileSync(file, 'utf8');
    const sent = writes(sandbox).length;
    for (const [from, to] of [
      ['"outcome","item":0,"step":0', '"outcome","item":0,"step":"length"'],
      ['"outcome","item":0', '"outcome","item":-1'],
      ['"outcome","item":0', '"outcome","item":2'],
      ['"outcome","item":0,"step":0', '"outcome","item":0,"step":1'],
      // As long a list as there can be: to look at each of its places takes for ever.
      ['"outcome","item":0,"step":0', '"outcome","item":0,"step":4294967294'],
      ['"intent","item":0,"step":0', '"intent","item":4294967294,"step":0'],
      ['{"type":"planned"', '{"type":"intent","item":0,"step":0,"at":""}\n{"type":"planned"'],
      ['"status":"done","sid":"US', '"status":"done","sid":"../US'],
      ['"status":"done"', '"status":"perhaps"'],
      ['"command":"', '"command":7,"was":"'],
    ] as const) {
      expect(good).toContain(from);
      writeFileSync(file, good.replace(from, to));
      for (const verb of ['show', 'resume', 'undo']) {
        const args = ['runs', verb, run, ...(verb === 'show' ? [] : ['--yes'])];
        const { stderr, exitCode } = await call(args);
        expect({ verb, to, stderr, exitCode }).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining(`error: ${file} can't be used: `),
        });
        // The run has changed something: nobody is to read that nothing was sent, or to do it all again.
        expect(stderr).toContain('The changes that this run made are unknown');
        expect(stderr).not.toMatch(/Nothing was sent|again/);
      }
      const { stdout, stderr } = await call(['runs', 'list']);
      expect(stderr).toContain(`warning: ${file} can't be used: `);
      expect(stdout).not.toContain(run);
      expect(stdout).not.toBe('');
    }
    expect(writes(sandbox)).toHaveLength(sent);
  });

  test.each<[string, (file: string) => unknown]>([
    ['a pipe nobody writes to', (file) => execFileSync('mkfifo', [file])],
    ['a device without end', (file) => symlinkSync('/dev/zero', file)],
    ['a folder', (file) => mkdirSync(file)],
  ])('whose place is taken by %s is refused at once', async (_, make) => {
    const { run, configDir, env } = await bulkWorld();
    const name = '20260101-000000000-aaaa';
    const file = join(configDir, 'runs', `${name}.jsonl`);
    mkdirSync(join(configDir, 'runs'), { recursive: true });
    make(file);
    onTestFinished(() => rmSync(file, { recursive: true }));
    for (const [verb, argument, code] of [
      ['show', name, 1],
      ['apply', file, 2],
    ] as const) {
      const { stderr, exitCode } = await run(['runs', verb, argument], env);
      expect(stderr).toMatch(/^error: Cannot read .*aaaa.jsonl: it is (no regular file|a folder)\n.*\n$/);
      expect(exitCode).toBe(code);
    }
  });

  test('that Ctrl-C stops finishes what is under way and says how to go on: exit code 130', async () => {
    const world = await importWorld({ latency: 20 });
    const url = await between(world.sandbox.apiUrl, ({ method, writes: count }) => {
      if (method !== 'GET' && count === 9) subprocess.kill('SIGINT');
      return undefined;
    });
    const env = { ...world.env, TWILIO_ORG_API_URL: url };
    const subprocess = start(
      ['users', 'import', world.input, '--concurrency', '2', '--results', world.path('r.csv')],
      { env },
    );
    const { exitCode, stderr, stdout } = await subprocess;
    expect(exitCode).toBe(130);
    const [, resume = ''] = /Go on with: twilio-org (runs resume \S+)/.exec(stderr) ?? [];
    const counts =
      /(\d+) created, (\d+) changed, (\d+) unchanged, (\d+) failed, (\d+) not tried: 30 in all/
        .exec(stderr)
        ?.slice(1)
        .map(Number) ?? [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(counts[3]).toBe(0);
    expect(counts[4]).toBeGreaterThan(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(30);
    expect(readFileSync(world.path('r.csv'), 'utf8').trimEnd().split('\r\n')).toHaveLength(31);
    expect((await world.call(resume.split(' '), { TWILIO_ORG_API_URL: url })).exitCode).toBe(0);
    expect(world.state()).toEqual(await uninterrupted());
  });

  test('is not resumed under --dry-run: what is left of it is shown', async () => {
    const world = await bulkWorld();
    const input = world.file('in.csv', 'email\nada@example.com\ngrace@example.com\n');
    const run = await begun(world, ['users', 'import', input]);
    const { stdout, exitCode } = await world.call(['runs', 'resume', run, '--dry-run']);
    expect(writes(world.sandbox)).toEqual([]);
    expect({ stdout, exitCode }).toEqual({
      stdout: '2\tada@example.com\tcreate ada@example.com\n3\tgrace@example.com\tcreate grace@example.com\n',
      exitCode: 0,
    });
  });

  test('that takes access away asks before it goes on; off a terminal without --yes nothing is asked for', async () => {
    const world = await bulkWorld();
    const { sandbox, call, path } = world;
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const run = await begun(world, ['users', 'deactivate', one.id, two.id]);
    sandbox.requests.length = 0;
    for (const args of [
      ['resume', run],
      ['undo', run],
      ['apply', path('begun.plan')],
    ]) {
      const { stderr, exitCode } = await call(['runs', ...args]);
      expect({ args, exitCode, stderr, sent: sent(sandbox) }).toEqual({
        args,
        exitCode: 2,
        stderr: expect.stringContaining('there is no terminal to ask on: nothing was sent'),
        sent: [],
      });
    }
    const terminal = openTerminal(process.execPath, [program, 'runs', 'resume', run], {
      env: cleanEnv(world.env),
    });
    onTestFinished(() => terminal.close());
    await terminal.waitFor('2 of 2 are left of: twilio-org users deactivate');
    await terminal.waitFor('Go on?');
    terminal.type('n\r');
    expect(await terminal.exited).toBe(130);
    expect(writes(sandbox)).toEqual([]);
  });

  test('of roles by their SIDs goes on, and is taken back as far as it can be, where they can not be looked for', async () => {
    const world = await bulkWorld({ requireAssignmentFilter: true });
    const [one, two, three] = world.sandbox.state.assignments.slice(0, 3).map(({ sid }) => sid);
    const url = await between(world.sandbox.apiUrl, ({ method, writes: count }) =>
      method === 'DELETE' && count === 2 ? 'break after' : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    await world.call(['role-assignments', 'delete', `${one}`, `${two}`, '--yes', '--concurrency', '1'], env);
    const first = await world.lastRun();
    const undone = await world.call(['runs', 'undo', first, '--yes'], env);
    expect(undone.stderr).toContain(`Left alone, because it may not have happened: take away ${two}`);
    expect(undone.stderr).toContain(`What ${one} stood for is not known: it can't be given back`);
    expect(undone.exitCode).toBe(0);

    const run = await begun(world, ['role-assignments', 'delete', `${two}`, `${three}`, '--yes']);
    const { stdout, exitCode } = await world.call(['runs', 'resume', run, '--yes']);
    expect(stdout).toMatch(new RegExp(`^${two}\t+failed\t.*not found\n${three}\t+deleted\t\n$`));
    expect(exitCode).toBe(3);
  });

  test('is resumed by one process at a time', async () => {
    const world = await importWorld({ latency: 30 });
    const url = await between(world.sandbox.apiUrl, ({ writes: count }) =>
      count > 3 && count < 12 ? '503 before' : undefined,
    );
    await world.call(['users', 'import', world.input, '--max-retries', '0'], { TWILIO_ORG_API_URL: url });
    const run = await world.lastRun();
    const env = { ...world.env, TWILIO_ORG_API_URL: url };
    const both = await Promise.all([1, 2].map(() => start(['runs', 'resume', run, '--yes'], { env })));
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(Math.max(...effects(world))).toBe(1);
    expect(world.state()).toEqual(await uninterrupted());
  });
});

describe('runs undo', () => {
  test('takes an import back, says first what can not be undone, and a second time finds nothing to do', async () => {
    const world = await importWorld();
    const before = world.state();
    await world.call(['users', 'import', world.input]);
    const run = await world.lastRun();
    const args = ['runs', 'undo', run, '--yes', '--max-removals', '50', '--max-removal-fraction', '1'];
    const { stderr, exitCode } = await world.call(args);
    expect(stderr).toMatch(
      /^20 users were created and got a welcome e-mail, which can't be undone: they can only be deactivated\n/,
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
    // What it did does not hold any more, and whoever looks at it is to know.
    const shown = await world.call(['runs', 'show', run]);
    expect(shown.stderr).toContain(`This run was taken back by ${undone?.run}`);
  });

  test('is done by one process at a time: of two at once, the second finds nothing to do', async () => {
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

  test('sends nothing once another process has taken over the run that it undoes', async () => {
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
      expect.stringContaining('it took over while this one stood still'),
    ]);
    expect(writes(sandbox)).toHaveLength(before);
  });

  test('gives a replaced role back before it takes the other one, and begins with the last user', async () => {
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

  test('leaves alone what others have changed since, and reports it', async () => {
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
    // Whoever is to say yes is told before.
    expect((await call(['runs', 'undo', run, '--dry-run'])).stderr).toContain(
      `${one.userName} is left alone: displayName has changed since\n`,
    );
    const { stdout, exitCode } = await call(['runs', 'undo', run, '--yes', '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${one.userName} is left alone: displayName has changed since`);
    expect(userNow(sandbox, one).displayName).toBe('Corrected');
    // What the run did not touch is no reason to leave the rest.
    expect(userNow(sandbox, two)).toMatchObject({ displayName: two.displayName, locale: 'is-IS' });
  });

  test('leaves a role alone that others have taken away since, and given again', async () => {
    const { call, sandbox, lastRun, file } = await bulkWorld({ users: 10, assignments: 0 });
    const { assignments } = sandbox.state;
    const { userName } = userAt(sandbox, 1);
    const list = file('in.csv', `user,role,scope\n${userName},Support,org\n${userName},Admin,org\n`);
    await call(['role-assignments', 'import', list]);
    const [support, admin] = assignments.splice(0);
    if (support !== undefined && admin !== undefined)
      assignments.push({ ...support, sid: `IY${'9'.repeat(32)}` }, admin);
    const { stdout, exitCode } = await call(['runs', 'undo', await lastRun(), '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${support?.sid} is taken away already`);
    expect(assignments.map(({ sid }) => sid)).toEqual([`IY${'9'.repeat(32)}`]);
  });

  test('leaves a new user alone whom others have changed or deactivated since', async () => {
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
    expect(stdout).toContain('grace@example.com is not active any more');
    expect(writes(sandbox).slice(before)).toEqual([`PUT /scim/v2/Users/${joan?.id}`]);
  });

  test('gives back roles that were taken away, and lets users sign in again', async () => {
    const { call, sandbox, lastRun, state } = await bulkWorld({ users: 30 });
    const before = state();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['users', 'offboard', one.id, two.id, '--yes']);
    expect(state()).not.toEqual(before);
    expect((await call(['runs', 'undo', await lastRun(), '--yes', '--reactivate'])).exitCode).toBe(0);
    expect(state()).toEqual(before);
  });

  test('leaves alone what others had done before the run was resumed; the run does not call it its own', async () => {
    const world = await bulkWorld();
    const { call, sandbox, file } = world;
    const names = ['ada@example.com', 'grace@example.com'];
    const run = await begun(world, ['users', 'import', file('in.csv', ['email', ...names].join('\n'))]);
    await call(['users', 'create', '--email', 'ada@example.com']);
    const { stdout, stderr } = await call(['runs', 'resume', run, '-o', 'json']);
    expect(rows(stdout)).toMatchObject([
      { outcome: 'unchanged', reason: 'Already done, not by this run: create ada@example.com' },
      { outcome: 'created' },
    ]);
    expect(stderr).toContain('1 created, 0 changed, 1 unchanged');
    expect(rows((await call(['runs', 'show', run, '-o', 'json'])).stdout)).toMatchObject(rows(stdout));
    const undone = await call(['runs', 'undo', run, '--yes']);
    expect(undone.stderr).toMatch(/^1 user was created/);
    expect(undone.stdout).toContain('Not done by this run, so it is left alone: create ada@example.com');
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
  ])('takes back what %s: that is its own', async (_, end, resumed) => {
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

  test('takes back a role of a new user, also when nobody knew whether it was given', async () => {
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

  test('of a run that was stopped is not followed by the rest of it: resuming is refused, until the undo is undone', async () => {
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
      stderr: expect.stringContaining(`This run was taken back by ${undo}`),
    });
    expect(writes(sandbox)).toHaveLength(count);
    await call(['runs', 'undo', undo, '--yes'], env);
    expect((await call(['runs', 'resume', run, '--yes'], env)).exitCode).toBe(0);
    expect([one, two].map((user) => userNow(sandbox, user).displayName)).toEqual(['New', 'New']);
  });

  test('of a run that has changed nothing yet is not followed by it either, until the undo is undone', async () => {
    const world = await bulkWorld();
    const input = world.file('in.csv', 'email\nada@example.com\ngrace@example.com\n');
    const run = await begun(world, ['users', 'import', input]);
    const { stderr, exitCode } = await world.call(['runs', 'undo', run, '--yes']);
    expect(stderr).toContain('Nothing is left to undo');
    expect(exitCode).toBe(0);
    const undo = await world.lastRun();
    const refused = await world.call(['runs', 'resume', run]);
    expect(refused.stderr).toContain(`This run was taken back by ${undo}`);
    expect(refused.exitCode).toBe(7);
    await world.call(['runs', 'undo', run, '--yes']);
    expect(await world.lastRun()).toBe(undo);
    expect(writes(world.sandbox)).toEqual([]);
    expect((await world.call(['runs', 'undo', undo, '--yes'])).exitCode).toBe(0);
    expect((await world.call(['runs', 'resume', run])).exitCode).toBe(0);
    expect(writes(world.sandbox)).toHaveLength(2);
  });

  test('looks up what nobody knows the outcome of, and takes back what took effect', async () => {
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

  test('reports what nobody knows the outcome of and others have changed since', async () => {
    const { call, sandbox, lastRun, configDir, file } = await bulkWorld();
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const lines = ['email,displayName', `${one.userName},Wrong`, `${two.userName},Wrong`];
    await call(['users', 'import', file('in.csv', lines.join('\n')), '--concurrency', '1']);
    const run = await lastRun();
    const journal = join(configDir, 'runs', `${run}.jsonl`);
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/\{"type":"outcome","item":1.*\n/, ''));
    mutateUser(sandbox.state, userNow(sandbox, two), { displayName: 'Corrected' }, Date.now());
    const { stderr, exitCode } = await call(['runs', 'undo', run, '--yes']);
    expect(stderr).toContain(`Left alone, because it may not have happened: change ${two.userName}`);
    expect(exitCode).toBe(0);
    expect([one, two].map((user) => userNow(sandbox, user).displayName)).toEqual([
      one.displayName,
      'Corrected',
    ]);
    // Once more, it is nobody else who has changed it back.
    expect((await call(['runs', 'undo', run, '--yes'])).stderr).toContain(
      `${one.userName} is as before already`,
    );
  });

  test('shows its plan with --dry-run, and asks before it takes anything', async () => {
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

describe('--plan-out', () => {
  test('changes nothing, so it wants no --yes; carrying the plan out does', async () => {
    const { call, sandbox, path } = await bulkWorld({ users: 30 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const plan = path('p.plan');
    expect((await call(['users', 'offboard', one.id, two.id, '--plan-out', plan])).exitCode).toBe(0);
    expect((await call(['runs', 'apply', plan])).exitCode).toBe(2);
    expect(writes(sandbox)).toEqual([]);
  });

  test('saves the plan that --dry-run shows as well', async () => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const user = userAt(sandbox, 1);
    const input = file('in.csv', 'email\nada@example.com\n');
    const held = sandbox.state.assignments.find(({ identity }) => identity !== user.id)?.sid ?? '';
    for (const command of [
      ['users', 'import', input],
      ['users', 'deactivate', user.id],
      ['role-assignments', 'delete', held],
    ]) {
      const before = writes(sandbox).length;
      const plan = path(`${command[0]}-${command[1]}.plan`);
      const shown = await call([...command, '--dry-run', '--plan-out', plan, '-o', 'json']);
      expect({ shown: rows(shown.stdout).length, exitCode: shown.exitCode }).toEqual({
        shown: 1,
        exitCode: 0,
      });
      expect(writes(sandbox)).toHaveLength(before);
      expect((await call(['runs', 'apply', plan, '--yes'])).exitCode).toBe(0);
      expect(writes(sandbox)).toHaveLength(before + 1);
    }
  });

  test('replaces an earlier plan and nothing else: no input, folder, pipe or device', async () => {
    const { call, file, path } = await bulkWorld();
    const text = 'email\nada@example.com\n';
    const input = file('in.csv', text);
    const save = async (to: string) => (await call(['users', 'import', input, '--plan-out', to])).exitCode;
    execFileSync('mkfifo', [path('pipe')]);
    expect([await save(input), await save(path('.')), await save(path('pipe'))]).toEqual([2, 2, 2]);
    expect(readFileSync(input, 'utf8')).toBe(text);
    expect(statSync(path('pipe')).isFIFO()).toBe(true);
    expect([await save(path('new.plan')), await save(path('new.plan'))]).toEqual([0, 0]);
  });
});

describe('runs apply', () => {
  const text = (name: string) =>
    `email,displayName,role,scope\nada@example.com,Ada,Support,org\n${name},Changed,,\n`;

  test('carries out exactly the plan that was saved, once', async () => {
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
    expect(again.stderr).toContain('The plan does not hold any more: ada@example.com is there by now');
    expect({ exitCode: again.exitCode, writes: writes(sandbox).length }).toEqual({
      exitCode: 7,
      writes: count,
    });
  });

  test('refuses with exit code 7 what rests on something that has changed, also where nothing was to be done', async () => {
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
    expect(stderr).toContain('somebody has changed');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 7, writes: [] });
    const offboard = path('o.plan');
    await call(['users', 'offboard', other.id, '--yes', '--plan-out', offboard]);
    const [assignment] = sandbox.state.assignments.filter(({ identity }) => identity === other.id);
    sandbox.state.assignments.splice(sandbox.state.assignments.indexOf(assignment as never), 1);
    expect(await call(['runs', 'apply', offboard, '--yes'])).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('is not there any more'),
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
      what === 'a user'
        ? `somebody has changed ${one.userName}`
        : `the roles of ${one.userName} have changed`,
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
      expect(stderr).toContain(`${gone?.sid} is not there any more`);
      expect({ exitCode, sent: writes(sandbox).length }).toEqual({ exitCode: 7, sent: before });
    },
  );

  test('carries out a plan to take one role away that is named by its SID alone', async () => {
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

  test('carries a plan out once, also when two processes are given it at the same time', async () => {
    const { call, sandbox, file, path, env } = await bulkWorld({ allowDuplicates: true, latency: 30 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const list = `user,role,scope\n${one.userName},Support,org\n${two.userName},Support,org\n`;
    const plan = path('p.plan');
    await call(['role-assignments', 'import', file('roles.csv', list), '--plan-out', plan]);
    const both = await Promise.all([1, 2].map(() => start(['runs', 'apply', plan], { env })));
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 7]);
    expect(writes(sandbox)).toHaveLength(2);
  });

  test('takes no plan from a pipe, of which there would be nothing left when it is carried out', async () => {
    const { env, sandbox, file, call, path } = await bulkWorld();
    const plan = path('p.plan');
    await call(['users', 'import', file('in.csv', 'email\nada@example.com\n'), '--plan-out', plan]);
    const { exitCode, stderr } = await start(['runs', 'apply', '/dev/stdin'], {
      env,
      input: readFileSync(plan, 'utf8'),
    });
    expect(stderr).toContain('/dev/stdin: it is no regular file\n');
    expect({ exitCode, sent: writes(sandbox) }).toEqual({ exitCode: 2, sent: [] });
  });

  test('refuses a plan that calls somebody by a name that is not theirs: whoever agrees goes by it', async () => {
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

  test('refuses a plan whose rows name another role than it gives or takes', async () => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const csv = file('in.csv', `user,role,scope\n${userAt(sandbox, 3).userName},Support,org\n`);
    await call(['role-assignments', 'import', csv, '--plan-out', path('give.plan')]);
    const { sid } = sandbox.state.assignments[5] ?? {};
    await call(['role-assignments', 'delete', `${sid}`, '--plan-out', path('take.plan')]);
    const other = `IX${'0'.repeat(29)}999`;
    for (const [name, from, to] of [
      ['give.plan', '"role":"Support"', '"role":"Developer"'],
      ['give.plan', '"role":"Support"', '"role":"No such role"'],
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
        stderr: expect.stringMatching(/does not hold any more: it says .* where it is /),
      });
    }
    expect(writes(sandbox)).toEqual([]);
    for (const name of ['give.plan', 'take.plan']) {
      expect(await call(['runs', 'apply', path(name), '--yes'])).toMatchObject({ exitCode: 0 });
    }
  });

  test('trusts no plan: what is not well-formed is refused, and guards hold', async () => {
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
      // What a guard would not take for a removal, and a server perhaps for one.
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
      // Whatever it says of the role then, nobody could tell whether it is true.
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
