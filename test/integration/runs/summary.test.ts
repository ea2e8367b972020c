import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { between, type Fault } from '../../support/between.ts';
import { rows } from '../../support/bulk.ts';
import { cleanEnv, program, withoutProgress, writes } from '../../support/cli.ts';
import { joiners, totalsIn } from '../../support/runs-under-way.ts';

describe('the summary of a run adds up', () => {
  test.each([1, 2, 3])('whatever happens to the requests (seed %i)', async (seed) => {
    const { input, call, sandbox } = await joiners(30, { seed });
    const faults: (Fault | undefined)[] = [
      '503 before',
      '502 after',
      'break before',
      'half after',
      undefined,
    ];
    const url = await between(sandbox.apiUrl, ({ method, writes: count }) =>
      method === 'GET' ? undefined : faults[(count * seed) % faults.length],
    );
    const env = { TWILIO_ORG_API_URL: url };
    const { stderr, stdout } = await call(
      ['users', 'import', input, '--max-retries', '0', '-o', 'json'],
      env,
    );
    const { sum, all, failed, notTried } = totalsIn(stderr);
    expect([sum, all]).toEqual([30, 30]);
    const outcomes = rows(stdout).map(({ outcome }) => outcome ?? '');
    expect(outcomes.filter((outcome) => ['failed', 'unknown'].includes(outcome))).toHaveLength(failed);
    expect(outcomes.filter((outcome) => outcome === 'not tried')).toHaveLength(notTried);
    expect(outcomes.filter((outcome) => outcome === 'created').length).toBe(30 - failed - notTried);
  });

  test('after ten failures in a row, which end the run with a note', async () => {
    const { file, call, sandbox } = await joiners(0);
    const there = [...sandbox.state.users.all()].slice(0, 20).map(({ userName }) => userName);
    const strangers = Array.from({ length: 40 }, (_, index) => `p${index}@elsewhere.invalid`);
    // Rows that need no change, in between, do not interrupt the series of failures.
    const lines = strangers.flatMap((name, index) => [name, ...there.slice(index, index + 1)]);
    const input = file('strangers.csv', `email\n${lines.join('\n')}\n`);
    const { stderr, exitCode } = await call(['users', 'import', input, '--concurrency', '1']);
    expect(stderr).toContain('were not done; the run ended after 10 failures in a row');
    expect(exitCode).toBe(3);
    const { sum, all, failed, notTried } = totalsIn(stderr);
    // The one after them may be under way already.
    expect([sum, all, failed + notTried, failed <= 11]).toEqual([60, 60, 40, true]);
    expect(stderr).toContain('20 unchanged');
  });

  test('after many failures, but never ten in a row, which do not end the run', async () => {
    const { file, call } = await joiners(0);
    const each = Array.from(
      { length: 12 },
      (_, index) => `a${index}@elsewhere.invalid\na${index}@example.com`,
    );
    const input = file('mixed.csv', `email\n${each.join('\n')}\n`);
    const { stderr } = await call(['users', 'import', input, '--concurrency', '1']);
    expect(totalsIn(stderr)).toEqual({ sum: 24, all: 24, failed: 12, notTried: 0 });
  });

  test('after ten refusals in a row, and resuming continues behind them', async () => {
    const { file, call, sandbox, lastRun } = await joiners(0);
    const strangers = Array.from({ length: 30 }, (_, index) => `p${index}@elsewhere.invalid`);
    const input = file('mixed.csv', ['email', ...strangers, 'ada@example.com'].join('\n'));
    await call(['users', 'import', input, '--concurrency', '1']);
    expect([...sandbox.state.users.all()].some(({ userName }) => userName === 'ada@example.com')).toBe(false);
    const { stderr, exitCode } = await call(['runs', 'resume', await lastRun()]);
    expect(totalsIn(stderr)).toEqual({ sum: 31, all: 31, failed: 30, notTried: 0 });
    expect(stderr).toContain('1 created');
    expect(exitCode).toBe(3);
  });

  test('when nothing responds, also while resuming', async () => {
    const { input, call, sandbox, lastRun } = await joiners(40);
    const url = await between(sandbox.apiUrl, ({ method }) => (method === 'GET' ? undefined : '503 before'));
    const env = { TWILIO_ORG_API_URL: url };
    const args = ['--concurrency', '1', '--max-retries', '0'];
    await call(['users', 'import', input, ...args], env);
    const { stderr } = await call(['runs', 'resume', await lastRun(), ...args], env);
    expect(stderr).toContain('the run ended after 10 failures in a row');
    expect(totalsIn(stderr).notTried).toBeGreaterThan(20);
  });

  test('when its reader stops early: | head', async () => {
    const { input, env, sandbox } = await joiners(30, { latency: 5 });
    const args = [program, 'users', 'import', input, '--concurrency', '2'];
    const subprocess = spawn(process.execPath, args, {
      env: cleanEnv(env) as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    subprocess.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    subprocess.stdout.once('data', () => subprocess.stdout.destroy());
    const exitCode = await new Promise((resolve) => subprocess.once('close', resolve));
    expect({ exitCode, stderr: withoutProgress(stderr) }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^30 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 30 in all\nTo undo: twilio-org runs undo \S+\n$/,
      ),
    });
    expect(writes(sandbox)).toHaveLength(30);
  });
});
