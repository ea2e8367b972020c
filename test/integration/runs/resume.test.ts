import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { cleanEnv, program, sent, start, userAt, userNow, writes } from '../../support/cli.ts';
import { effects, importWorld, uninterrupted } from '../../support/interrupted.ts';
import { openTerminal } from '../../support/pty.ts';
import { begun } from '../../support/runs-under-way.ts';

describe('runs resume', () => {
  test('accepts only the profile, organization and origin that the run was planned for', async () => {
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

  test('accepts a journal with a truncated last line, but none that is broken elsewhere', async () => {
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

  test('repairs a journal with a truncated last line', async () => {
    const world = await bulkWorld();
    const { call, configDir, sandbox } = world;
    const run = await begun(world, ['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    appendFileSync(file, '{"type":"intent","item":0,"st');
    expect((await call(['runs', 'resume', run, '--yes'])).exitCode).toBe(0);
    // The next reader finds no broken line before the lines written since.
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

  test('refuses a journal from which an item was removed', async () => {
    const world = await bulkWorld();
    const { sandbox, call, configDir } = world;
    const run = await begun(world, ['users', 'deactivate', userAt(sandbox, 1).id, userAt(sandbox, 2).id]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.toSpliced(1, 1).join('\n'));
    expect(await call(['runs', 'resume', run, '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('its plan is incomplete'),
    });
    expect(await call(['runs', 'apply', file, '--yes'])).toMatchObject({ exitCode: 2 });
    expect(writes(sandbox)).toEqual([]);
  });

  test('keeps what others have changed meanwhile', async () => {
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

  test('with --dry-run shows the remaining changes and sends nothing', async () => {
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

  test('asks before it takes access away, and without a terminal needs --yes', async () => {
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
        stderr: expect.stringMatching(
          /needs confirmation, but there is no terminal to ask on\n.*Nothing was sent/,
        ),
        sent: [],
      });
    }
    const terminal = openTerminal(process.execPath, [program, 'runs', 'resume', run], {
      env: cleanEnv(world.env),
    });
    onTestFinished(() => terminal.close());
    await terminal.waitFor(/2 of 2 remain of:\s+twilio-org users deactivate/);
    await terminal.waitFor('Continue?');
    for (const { userName } of [one, two]) expect(terminal.text()).toContain(userName);
    terminal.type('n\r');
    expect(await terminal.exited).toBe(130);
    expect(writes(sandbox)).toEqual([]);
  });

  test('works for roles by SID that cannot be looked up, and so does runs undo as far as possible', async () => {
    const world = await bulkWorld({ requireAssignmentFilter: true });
    const [one, two, three] = world.sandbox.state.assignments.slice(1, 4).map(({ sid }) => sid);
    const url = await between(world.sandbox.apiUrl, ({ method, writes: count }) =>
      method === 'DELETE' && count === 2 ? 'break after' : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    await world.call(['role-assignments', 'delete', `${one}`, `${two}`, '--yes', '--concurrency', '1'], env);
    const first = await world.lastRun();
    const undone = await world.call(['runs', 'undo', first, '--yes'], env);
    expect(undone.stderr).toContain(`Not undone, because it may not have happened: take away ${two}`);
    expect(undone.stderr).toContain(
      `The user, role or scope of ${one} is unknown, so it can't be given back`,
    );
    expect(undone.exitCode).toBe(0);

    const run = await begun(world, ['role-assignments', 'delete', `${two}`, `${three}`, '--yes']);
    const { stdout, exitCode } = await world.call(['runs', 'resume', run, '--yes']);
    expect(stdout).toMatch(new RegExp(`^${two}\t+failed\t.*not found\n${three}\t+deleted\t\n$`));
    expect(exitCode).toBe(3);
  });

  test('runs in one process at a time', async () => {
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
