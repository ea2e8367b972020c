import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { rows } from '../../support/bulk.ts';
import { call, cleanEnv, program, start, withoutProgress, writes } from '../../support/cli.ts';
import { importWorld, uninterrupted } from '../../support/interrupted.ts';
import { ageLocks } from '../../support/profiles.ts';
import { openTerminal } from '../../support/pty.ts';
import { joiners, totalsIn } from '../../support/runs-under-way.ts';

describe('a run that is stopped', () => {
  /** Starts an import whose first writes are held until `let` is called, then does this to it. */
  async function held(
    onHeld: (subprocess: ReturnType<typeof start>, proceed: () => void) => void,
    more: string[] = [],
  ) {
    const world = await joiners(30);
    let proceed = (): void => undefined;
    const going = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    let waiting = 0;
    let onWrite: (() => void) | undefined;
    const url = await between(world.sandbox.apiUrl, async ({ method }) => {
      if (method === 'GET') return undefined;
      waiting += 1;
      onWrite?.();
      if (waiting === 4) onHeld(subprocess, proceed);
      await going;
      return undefined;
    });
    const here = { TWILIO_ORG_API_URL: url };
    const env = { ...world.env, ...here };
    const args = ['users', 'import', world.input, '--concurrency', '4', ...more];
    const subprocess = start(args, { env });
    let said = '';
    subprocess.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const until = (text: string) =>
      new Promise<void>((resolve) => {
        const look = () => (said.includes(text) ? resolve() : undefined);
        subprocess.stderr.on('data', look);
        look();
      });
    return {
      ...world,
      env,
      here,
      subprocess,
      until,
      proceed: () => proceed(),
      onWrite: (act: () => void) => {
        onWrite = act;
      },
    };
  }

  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    'by %s finishes requests in progress, sends nothing more, and can be resumed',
    async (signal) => {
      const world = await held((subprocess) => subprocess.kill(signal));
      await world.until('Stopping');
      world.proceed();
      const { exitCode, stderr, stdout } = await world.subprocess;
      expect(exitCode).toBe(130);
      expect(writes(world.sandbox)).toHaveLength(4);
      expect(totalsIn(stderr)).toEqual({ sum: 30, all: 30, failed: 0, notTried: 26 });
      expect(stdout.trimEnd().split('\n')).toHaveLength(30);
      const [, run = ''] = /Resume with: twilio-org runs resume (\S+)/.exec(stderr) ?? [];
      const resumed = await world.call(['runs', 'resume', run], world.here);
      expect(resumed).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(
          /^30 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 30 in all\nTo undo: twilio-org runs undo \S+\n$/,
        ),
      });
      expect(writes(world.sandbox)).toHaveLength(30);
    },
  );

  test('twice ends at once, and resuming checks the requests that were in progress', async () => {
    const world = await held((subprocess) => subprocess.kill('SIGINT'));
    await world.until('Stopping');
    world.subprocess.kill('SIGINT');
    const { exitCode, stderr } = await world.subprocess;
    expect(exitCode).toBe(130);
    expect(totalsIn(stderr)).toEqual({ sum: 30, all: 30, failed: 4, notTried: 26 });
    const run = await world.lastRun();
    const shown = rows((await world.call(['runs', 'show', run, '-o', 'json'])).stdout);
    expect(shown.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(4);
    world.proceed();
    expect((await world.call(['runs', 'resume', run], world.here)).exitCode).toBe(0);
    const made = [...world.sandbox.state.users.all()].filter(({ userName }) => /^p\d+@/.test(userName));
    expect(made).toHaveLength(30);
  });

  test('while it is resumed reports earlier changes as done', async () => {
    const world = await held((subprocess) => subprocess.kill('SIGINT'));
    await world.until('Stopping');
    world.proceed();
    await world.subprocess;
    let told = false;
    // Once: a second signal would not let it finish what is under way.
    world.onWrite(() => {
      if (!told) resuming.kill('SIGINT');
      told = true;
    });
    const resuming = start(['runs', 'resume', await world.lastRun(), '--concurrency', '1'], {
      env: world.env,
    });
    const { stderr, stdout, exitCode } = await resuming;
    const { sum, notTried } = totalsIn(stderr);
    expect({ exitCode, sum, notTried }).toEqual({
      exitCode: 130,
      sum: 30,
      notTried: 30 - writes(world.sandbox).length,
    });
    const outcomes = stdout.split('\n').map((line) => line.split('\t')[2]);
    expect(outcomes.slice(0, 5)).toEqual(Array(5).fill('created'));
  });

  test('because another process has taken its journal sends nothing more', async () => {
    let lock = '';
    const world = await held((_, proceed) => {
      lock = readdirSync(join(world.configDir, 'runs')).find((name) => name.endsWith('.lock')) ?? '';
      rmSync(join(world.configDir, 'runs', lock), { recursive: true });
      mkdirSync(join(world.configDir, 'runs', lock));
      proceed();
    });
    const { exitCode, stderr } = await world.subprocess;
    expect(withoutProgress(stderr)).toMatch(
      /^error: Another twilio-org process took over .* while this one was suspended\n.*Resume with: twilio-org runs resume/,
    );
    expect({ exitCode, writes: writes(world.sandbox).length }).toEqual({ exitCode: 8, writes: 4 });
    expect(existsSync(join(world.configDir, 'runs', lock))).toBe(true);
    await ageLocks(join(world.configDir, 'runs'));
    expect((await world.call(['runs', 'resume', await world.lastRun()], world.here)).exitCode).toBe(0);
    expect(writes(world.sandbox)).toHaveLength(30);
  });

  test('because another process has taken its journal retries nothing either', async () => {
    const { call, env, configDir, sandbox, input } = await joiners(3);
    let tries = 0;
    const url = await between(sandbox.apiUrl, ({ method, writes: count }) => {
      if (method === 'GET') return undefined;
      tries = count;
      const [lock = ''] = readdirSync(join(configDir, 'runs')).filter((name) => name.endsWith('.lock'));
      rmSync(join(configDir, 'runs', lock), { recursive: true });
      mkdirSync(join(configDir, 'runs', lock));
      return '503 before';
    });
    const { exitCode, stderr } = await call(['users', 'import', input, '--concurrency', '1'], {
      ...env,
      TWILIO_ORG_API_URL: url,
    });
    expect([exitCode, stderr]).toEqual([
      8,
      expect.stringMatching(/Another twilio-org process took over .* while this one was suspended/),
    ]);
    expect(tries).toBe(1);
  });

  test('while it waits for another process ends at once', async () => {
    const { call, env, configDir, input, lastRun } = await joiners(3);
    await call(['users', 'import', input]);
    const run = await lastRun();
    mkdirSync(join(configDir, 'runs', `${run}.jsonl.lock`));
    const waiting = start(['runs', 'resume', run], { env });
    waiting.stderr.on('data', (chunk) => {
      if (String(chunk).includes('Waiting for it')) waiting.kill('SIGINT');
    });
    const { exitCode, stdout } = await waiting;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  });

  test('because its terminal is closed still finishes requests in progress', async () => {
    const { sandbox, input, env, configDir } = await joiners(30);
    const url = await between(sandbox.apiUrl, async ({ method, writes: count }) => {
      if (method !== 'GET' && count === 3) terminal.hangUp();
      return undefined;
    });
    const all = ['users', 'import', input, '--yes', '--concurrency', '2'];
    const terminal = openTerminal(process.execPath, [program, ...all], {
      env: cleanEnv({ ...env, TWILIO_ORG_API_URL: url }),
    });
    await terminal.exited;
    const [name = ''] = readdirSync(join(configDir, 'runs')).filter((file) => file.endsWith('.jsonl'));
    const journal = readFileSync(join(configDir, 'runs', name), 'utf8');
    const sent = writes(sandbox).length;
    expect(sent).toBeLessThan(30);
    expect(journal.match(/"status":"done"/g)).toHaveLength(sent);
  });
});

test('a change that waits for --rate is not sent after Ctrl-C', async () => {
  const { sandbox, env, input, call: resume, lastRun } = await joiners(9);
  let stop: ((name: NodeJS.Signals) => void) | undefined;
  const url = await between(sandbox.apiUrl, ({ method }) => {
    if (method !== 'GET') stop?.('SIGINT');
    stop = undefined;
    return undefined;
  });
  const here = { ...env, TWILIO_ORG_API_URL: url };
  const { exitCode, stderr } = await call(
    ['users', 'import', input, '--rate', '1', '--concurrency', '8', '--yes'],
    {
      env: here,
      onFirstStop(soften) {
        stop = soften;
        return () => undefined;
      },
    },
  );
  const sent = writes(sandbox).length;
  // One, and on a busy machine perhaps another before the first arrives.
  expect(sent).toBeLessThan(8);
  expect({ exitCode, ...totalsIn(stderr) }).toEqual({
    ...{ exitCode: 130, sum: 9, all: 9, failed: 0 },
    notTried: 9 - sent,
  });
  expect((await resume(['runs', 'resume', await lastRun()], here)).exitCode).toBe(0);
  expect(writes(sandbox)).toHaveLength(9);
});

describe('a run on a terminal', () => {
  test('finishes requests in progress after Ctrl-C, names the command to resume, and exits with 130', async () => {
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
    const [, resume = ''] = /Resume with: twilio-org (runs resume \S+)/.exec(stderr) ?? [];
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
});
