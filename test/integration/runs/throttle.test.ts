import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SandboxOptions } from '../../../src/sandbox/server.ts';
import { between, type Fault } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { cleanEnv, program, start, writes } from '../../support/cli.ts';
import { ageLocks } from '../../support/profiles.ts';
import { openTerminal } from '../../support/pty.ts';

/** A world and a file with so many new users. */
async function joiners(count: number, options: SandboxOptions = {}) {
  const world = await bulkWorld(options);
  const lines = Array.from({ length: count }, (_, index) => `p${index}@example.com,Person ${index}`);
  return { ...world, input: world.file('in.csv', `email,displayName\n${lines.join('\n')}\n`) };
}

/** The five numbers of the closing summary, and what it says is their sum. */
function totalsIn(stderr: string): { sum: number; all: number; failed: number; notTried: number } {
  const [created = 0, changed = 0, unchanged = 0, failed = 0, notTried = 0, all = 0] =
    /(\d+) created, (\d+) changed, (\d+) unchanged, (\d+) failed, (\d+) not tried: (\d+) in all/
      .exec(stderr)
      ?.slice(1)
      .map(Number) ?? [];
  return { sum: created + changed + unchanged + failed + notTried, all, failed, notTried };
}

/** What is on a screen in the end, of all that was written to it. */
function screen(raw: string): string[] {
  return raw.split('\r\n').map((line) => line.split('\r\x1b[K').at(-1) ?? '');
}

describe('the line about a run under way', () => {
  const onTerminal = async (args: string[], { columns = 80, variable = 'A=1' } = {}) => {
    const { input, env } = await joiners(60);
    const all = ['users', 'import', input, '--yes', '--rate', '45', ...args];
    const terminal = openTerminal('env', [variable, process.execPath, program, ...all], {
      columns,
      env: cleanEnv(env),
    });
    onTestFinished(() => terminal.close());
    expect(await terminal.exited).toBe(0);
    return terminal;
  };

  test('is drawn on a terminal, and gone when the table is there', async () => {
    const terminal = await onTerminal([]);
    expect(terminal.text()).toMatch(/\d+ of 60, 0 failed, \d+\.\d\/s, \d+ s left/);
    const left = screen(terminal.raw());
    expect(left.filter((line) => line.includes(' left'))).toEqual([]);
    expect(left.filter((line) => line.includes('@example.com'))).toHaveLength(60);
    expect(terminal.text()).toContain('60 created');
  });

  test('makes way for rows that come one by one, on a terminal of 20 columns', async () => {
    const terminal = await onTerminal(['-o', 'jsonl'], { columns: 20 });
    const lines = screen(terminal.raw()).filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(Array(60).fill('created'));
  });

  test('is not drawn under --quiet, in a CI job and on a dumb terminal', async () => {
    const terminals = await Promise.all([
      onTerminal(['--quiet']),
      onTerminal([], { variable: 'CI=true' }),
      onTerminal([], { variable: 'TERM=dumb' }),
    ]);
    for (const terminal of terminals) {
      expect(terminal.raw()).not.toContain('\x1b[K');
      expect(terminal.text()).not.toContain(' left');
    }
  });
});

describe('the flow of a run', () => {
  test('has no more under way than --concurrency says', async () => {
    const { sandbox, input, call } = await joiners(40, { latency: 5 });
    let [busy, most] = [0, 0];
    const url = await between(sandbox.apiUrl, async ({ method }) => {
      if (method === 'GET') return undefined;
      most = Math.max(most, ++busy);
      await new Promise((resolve) => setTimeout(resolve, 5));
      busy -= 1;
      return undefined;
    });
    expect(
      (await call(['users', 'import', input, '--concurrency', '3'], { TWILIO_ORG_API_URL: url })).exitCode,
    ).toBe(0);
    expect(most).toBe(3);
  });

  test('is not faster than --rate, reading included, and waits without a warning of Node', async () => {
    const { sandbox, input, run, call } = await joiners(40);
    const started = Date.now();
    const { stderr, exitCode } = await run(['users', 'import', input, '--rate', '40', '--concurrency', '30']);
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringMatching(
        /^40 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 40 in all\nTo take it back: twilio-org runs undo \S+\n$/,
      ),
      exitCode: 0,
    });
    expect(Date.now() - started).toBeGreaterThan(((sandbox.requests.length - 3) / 40) * 1000);
    for (const flag of ['--rate', '--concurrency'])
      expect((await call(['users', 'import', input, flag, '0'])).exitCode).toBe(2);
  });

  test('slows down where there are too many requests, and nothing fails', async () => {
    const started = Date.now();
    const refusals = () => world?.sandbox.requests.filter(({ status }) => status === 429).length ?? 0;
    // However slow this machine is, the limit is met: until then no time passes for the sandbox.
    const now = () => (refusals() === 0 ? started : Date.now());
    let world: Awaited<ReturnType<typeof joiners>> | undefined;
    world = await joiners(120, { rateLimit: 40, now });
    const { stderr, exitCode } = await world.call(['users', 'import', world.input]);
    expect(stderr).toContain('120 created');
    expect(exitCode).toBe(0);
    expect(refusals()).toBeGreaterThan(0);
    expect(refusals()).toBeLessThan(20);
  });
});

describe('a run that is told to stop', () => {
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
    '%s: what is under way is finished, nothing more is sent, and resuming does the rest',
    async (signal) => {
      const world = await held((subprocess) => subprocess.kill(signal));
      await world.until('Stopping');
      world.proceed();
      const { exitCode, stderr, stdout } = await world.subprocess;
      expect(exitCode).toBe(130);
      expect(writes(world.sandbox)).toHaveLength(4);
      expect(totalsIn(stderr)).toEqual({ sum: 30, all: 30, failed: 0, notTried: 26 });
      expect(stdout.trimEnd().split('\n')).toHaveLength(30);
      const [, run = ''] = /Go on with: twilio-org runs resume (\S+)/.exec(stderr) ?? [];
      expect(await world.call(['runs', 'resume', run], world.here)).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(
          /^30 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 30 in all\nTo take it back: twilio-org runs undo \S+\n$/,
        ),
      });
      expect(writes(world.sandbox)).toHaveLength(30);
    },
  );

  test('twice stops at once: of what was under way nobody knows, and resuming looks', async () => {
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

  test('while it is resumed says of what was done before that it is done', async () => {
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
    expect(stderr).toMatch(
      /^error: Another twilio-org process is using .*\n.*Go on with: twilio-org runs resume/,
    );
    expect({ exitCode, writes: writes(world.sandbox).length }).toEqual({ exitCode: 8, writes: 4 });
    expect(existsSync(join(world.configDir, 'runs', lock))).toBe(true);
    await ageLocks(join(world.configDir, 'runs'));
    expect((await world.call(['runs', 'resume', await world.lastRun()], world.here)).exitCode).toBe(0);
    expect(writes(world.sandbox)).toHaveLength(30);
  });

  test('because another process has taken its journal sends no request again either', async () => {
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
      expect.stringContaining('it took over while this one stood still'),
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
      if (String(chunk).includes('waiting for it')) waiting.kill('SIGINT');
    });
    const { exitCode, stdout } = await waiting;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  });

  test('because its terminal is gone still finishes what is under way', async () => {
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

describe('the closing summary adds up', () => {
  test.each([1, 2, 3])('whatever happens to the requests (%i)', async (seed) => {
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

  test('where nothing works: ten failures in a row are enough, and that is said', async () => {
    const { file, call, sandbox } = await joiners(0);
    const there = [...sandbox.state.users.all()].slice(0, 20).map(({ userName }) => userName);
    const strangers = Array.from({ length: 40 }, (_, index) => `p${index}@elsewhere.invalid`);
    // What needs nothing, in between, does not make it look better.
    const lines = strangers.flatMap((name, index) => [name, ...there.slice(index, index + 1)]);
    const input = file('strangers.csv', `email\n${lines.join('\n')}\n`);
    const { stderr, exitCode } = await call(['users', 'import', input, '--concurrency', '1']);
    expect(stderr).toContain('were not done; after 10 failures in a row no more were tried');
    expect(exitCode).toBe(3);
    const { sum, all, failed, notTried } = totalsIn(stderr);
    // The one after them may be under way already.
    expect([sum, all, failed + notTried, failed <= 11]).toEqual([60, 60, 40, true]);
    expect(stderr).toContain('20 unchanged');
  });

  test('where many fail, but never ten in a row, everything is tried', async () => {
    const { file, call } = await joiners(0);
    const each = Array.from(
      { length: 12 },
      (_, index) => `a${index}@elsewhere.invalid\na${index}@example.com`,
    );
    const input = file('mixed.csv', `email\n${each.join('\n')}\n`);
    const { stderr } = await call(['users', 'import', input, '--concurrency', '1']);
    expect(totalsIn(stderr)).toEqual({ sum: 24, all: 24, failed: 12, notTried: 0 });
  });

  test('where ten rows in a row are refused, resuming goes on behind them', async () => {
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

  test('where nothing answers, resuming gives up as well', async () => {
    const { input, call, sandbox, lastRun } = await joiners(40);
    const url = await between(sandbox.apiUrl, ({ method }) => (method === 'GET' ? undefined : '503 before'));
    const env = { TWILIO_ORG_API_URL: url };
    const args = ['--concurrency', '1', '--max-retries', '0'];
    await call(['users', 'import', input, ...args], env);
    const { stderr } = await call(['runs', 'resume', await lastRun(), ...args], env);
    expect(stderr).toContain('after 10 failures in a row no more were tried');
    expect(totalsIn(stderr).notTried).toBeGreaterThan(20);
  });

  test('also for somebody who reads only the beginning: | head', async () => {
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
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^30 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 30 in all\nTo take it back: twilio-org runs undo \S+\n$/,
      ),
    });
    expect(writes(sandbox)).toHaveLength(30);
  });
});
