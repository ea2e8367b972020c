import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

describe('runs show', () => {
  test('shows the names that roles had, without asking Twilio', async () => {
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

  test('shows a finished run, whose journal is private and holds no token', async () => {
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
    expect(again).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Nothing to resume: every change is done'),
    });
    expect(again.stderr).toContain('0 created, 2 changed, 0 unchanged, 0 failed, 0 not tried: 2 in all');
    expect(rows(again.stdout).map(({ outcome }) => outcome)).toEqual(['deactivated', 'deactivated']);
    expect(rows((await call(['runs', 'resume', run, '--dry-run', '-o', 'json'])).stdout)).toEqual([]);
    const file = join(configDir, 'runs', `${run}.jsonl`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(env.TWILIO_ORG_ACCESS_TOKEN);
  });

  test('refuses a changed journal by name, as every verb does, while the other runs stay usable', async () => {
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
  ])('refuses %s in place of a journal at once', async (_, make) => {
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
      expect(stderr).toMatch(
        /^error: Cannot read .*aaaa.jsonl: it is (not a regular file|a directory)\n.*\n$/,
      );
      expect(exitCode).toBe(code);
    }
  });
});
