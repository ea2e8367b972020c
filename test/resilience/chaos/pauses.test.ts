import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../../src/sandbox/state/random.ts';
import { between } from '../../support/between.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { bundleProgram } from '../../support/bundle.ts';
import { type Env, start } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';
import { describeWith } from '../../support/requires.ts';
import { lease } from './short-lease.ts';

const rounds = 50;
const seed = Number(process.env.TWILIO_ORG_CHAOS_SEED ?? 20261);

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => {
  program = await bundleProgram(new URL('short-lease-program.ts', import.meta.url), {
    '/fs/lease\\.ts': new URL('short-lease.ts', import.meta.url),
  });
});
afterAll(() => program.remove());

type Running = ReturnType<typeof start>;

const begin = (args: string[], env: Env) => start(args, { env, file: program.file });

const locksIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.lock'));

/** Waits for a lock to be there, or for the end of the process that is to take it. */
async function lockIn(folder: string, subprocess: Running): Promise<void> {
  while (locksIn(folder).length === 0 && subprocess.exitCode === null) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Stops the first process some time after it has taken a lock, lets the second one do its work once the lease is over,
 * and then lets the first go on. Gives their ends, and whether the first was stopped with a lock of its own.
 */
async function paused(folder: string, first: Running, delay: number, second: () => Running) {
  await lockIn(folder, first);
  if (delay > 0) await sleep(delay);
  first.kill('SIGSTOP');
  const inside = locksIn(folder).length > 0;
  if (inside) await sleep(lease.staleAfterMs);
  const other = await second();
  first.kill('SIGCONT');
  const one = await first;
  return { inside, one, other };
}

describeWith('signals', `SIGSTOP and SIGCONT around a lock, ${rounds} times each`, () => {
  const timeout = 1_800_000;

  test('guards set, stopped and continued, has saved what it reports as saved', { timeout }, async () => {
    const random = seededRandom(seed);
    const { plant, env, config, configDir } = await withProfiles();
    await plant();
    let stopped = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const one = ['--max-removals', String(round)];
      const two = ['--protect', `p${round}@example.com`];
      const set = (args: string[]) => begin(['guards', 'set', ...args, '--yes'], env);
      const first = set(one);
      const ended = await paused(configDir, first, Math.floor(random() * 3), () => set(two));
      stopped += Number(ended.inside);
      expect([0, 8]).toContain(ended.one.exitCode);
      expect([round, ended.other.exitCode, ended.other.stderr]).toMatchObject([round, 0, expect.anything()]);
      const { guards } = config().profiles.default ?? {};
      expect([round, guards?.protect]).toEqual([round, [`p${round}@example.com`]]);
      if (ended.one.exitCode === 0) expect([round, guards?.max_removals]).toEqual([round, round]);
      expect(locksIn(configDir)).toEqual([]);
    }
    expect(stopped).toBeGreaterThan(0);
  });

  test('auth refresh, stopped and continued, never loses the login', { timeout }, async () => {
    const random = seededRandom(seed);
    const { plant, env, configDir, sandbox } = await withProfiles({ latency: 20 });
    let stopped = 0;
    for (let round = 1; round <= rounds; round += 1) {
      await plant('default', { expiresIn: -1_000 });
      const token = () => begin(['auth', 'token'], env);
      const first = token();
      const ended = await paused(configDir, first, Math.floor(random() * 120), token);
      stopped += Number(ended.inside);
      for (const { exitCode, stderr, stdout } of [ended.one, ended.other]) {
        expect([round, exitCode, stderr]).toEqual([
          round,
          expect.toSatisfy((code: number) => code === 0 || code === 8),
          expect.not.stringContaining('could not be stored'),
        ]);
        if (exitCode === 0) expect(sandbox.state.accessTokens.has(stdout.trim())).toBe(true);
      }
      const { exitCode, stderr } = await begin(['auth', 'refresh'], env);
      expect([round, exitCode, stderr]).toEqual([round, 0, '']);
    }
    expect(stopped).toBeGreaterThan(0);
  });

  test('two logins, stopped and continued, are both in the credential file', { timeout }, async () => {
    const random = seededRandom(seed);
    const { env, configDir, sandbox, plant } = await withProfiles();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const origins = { TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl };
    let stopped = 0;
    for (let round = 1; round <= rounds; round += 1) {
      await plant();
      const names = [`one${round}`, `two${round}`] as const;
      const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
      const logIn = (name: string) =>
        start([...login, '--client-secret-stdin', '--profile', name], {
          env: { ...env, ...origins },
          input: client_secret,
          file: program.file,
        });
      const first = logIn(names[0]);
      const ended = await paused(configDir, first, Math.floor(random() * 60), () => logIn(names[1]));
      stopped += Number(ended.inside);
      expect([round, ended.other.exitCode]).toEqual([round, 0]);
      expect([round, ended.one.exitCode]).toEqual([
        round,
        expect.toSatisfy((code) => code === 0 || code === 8),
      ]);
      for (const [name, { exitCode }] of [[names[0], ended.one] as const, [names[1], ended.other] as const]) {
        if (exitCode !== 0) continue;
        const found = await begin(['users', 'list', '--limit', '1', '--profile', name], env);
        expect([round, name, found.exitCode, found.stderr.includes('error')]).toEqual([
          round,
          name,
          0,
          false,
        ]);
      }
    }
    expect(stopped).toBeGreaterThan(0);
  });

  test('an import, stopped and resumed elsewhere, loses nothing and repeats nothing', {
    timeout,
  }, async () => {
    const random = seededRandom(seed);
    let stopped = 0;
    let twice = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const world = await bulkWorld({ users: 20, allowDuplicates: true, latency: 5 });
      const lines = Array.from({ length: 12 }, (_, index) => `p${index}@example.com,Support,org`);
      const input = world.file('in.csv', ['email,role,scope', ...lines].join('\n'));
      const stopAt = 1 + Math.floor(random() * 20);
      const delay = Math.floor(random() * 10);
      let reached = () => {};
      const there = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const url = await between(world.sandbox.apiUrl, ({ method, writes }) => {
        if (method !== 'GET' && writes === stopAt) reached();
        return undefined;
      });
      const env = { ...world.env, TWILIO_ORG_API_URL: url };
      const first = begin(['users', 'import', input, '--concurrency', '3'], env);
      await Promise.race([there, first]);
      await sleep(delay);
      first.kill('SIGSTOP');
      await sleep(lease.staleAfterMs + 100);
      const resumed = await begin(['runs', 'resume', await world.lastRun(), '--yes'], env);
      first.kill('SIGCONT');
      const one = await first;
      expect([round, resumed.exitCode, resumed.stderr]).toMatchObject([round, 0, expect.anything()]);
      expect([round, one.exitCode, one.stderr]).toMatchObject([
        round,
        expect.toSatisfy((code) => code === 0 || code === 8),
        expect.anything(),
      ]);
      stopped += Number(one.exitCode === 8);
      const made = world.sandbox.state.journal.map((entry) =>
        'user' in entry
          ? `${entry.effect} ${entry.user.userName}`
          : `${entry.effect} ${entry.assignment.identity}`,
      );
      expect([round, new Set(made).size]).toEqual([round, 24]);
      // A stop can fall between the check and the sending that follows it, a tenth of a millisecond later.
      expect([round, made.length - 24]).toEqual([round, expect.toBeOneOf([0, 1])]);
      twice += made.length - 24;
      await world.sandbox.close();
    }
    expect(stopped).toBeGreaterThan(0);
    expect(twice).toBeLessThanOrEqual(rounds / 10);
  });
});
