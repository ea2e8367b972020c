import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/login/credentials/stores.ts';
import { deserialize } from '../../src/login/oauth/stored-credentials.ts';
import { cleanEnv, type Env, start } from '../support/cli.ts';
import { patient } from '../support/keychain.ts';
import { copyPackage } from '../support/package-copy.ts';
import { ageLocks, withProfiles } from '../support/profiles.ts';
import { openTerminal } from '../support/pty.ts';

let fake: ReturnType<typeof copyPackage>;
let missing: ReturnType<typeof copyPackage>;
/** Of the fake, which hides nothing, as a keychain does: so not among what the program itself leaves. */
const keychains = mkdtempSync(join(tmpdir(), 'twilio-org-keychains-'));
beforeAll(() => {
  fake = copyPackage('fake');
  missing = copyPackage('missing');
});
afterAll(() => {
  fake.remove();
  missing.remove();
  rmSync(keychains, { recursive: true });
});

/** A login in the file, one in the profile `chain` whose store is the keychain, and ways to run the copied program. */
async function prepared() {
  const world = await withProfiles();
  const keychain = mkdtempSync(join(keychains, 'keychain-'));
  await world.plant();
  await world.plant('chain', { store: 'keychain' });
  const env: Env = { ...world.env, FAKE_KEYTAR_DIR: keychain, ...patient };
  const runIn =
    (program: string) =>
    (args: string[], more: Env = {}, input = '') =>
      start(args, { env: { ...env, ...more }, input, file: program });
  const { sandbox } = world;
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  return {
    ...world,
    env,
    keychain,
    touched: () => existsSync(join(keychain, '.calls')),
    withFake: runIn(fake.program),
    withoutLibrary: runIn(missing.program),
    origins: { TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl },
    secrets: { TWILIO_ORG_CLIENT_ID: client_id, TWILIO_ORG_CLIENT_SECRET: client_secret },
  };
}

const list = ['users', 'list', '--limit', '1'];
const token = ['auth', 'token', '--profile', 'chain'];
const hanging = { FAKE_KEYTAR_HANGS: '1' };

describe('without the library of the keychain', () => {
  it('users list works with a token from the environment', async () => {
    const { withoutLibrary, sandbox, origins } = await prepared();
    const { exitCode, stdout } = await withoutLibrary(list, {
      ...origins,
      TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken(),
    });
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^US/)]);
  });

  it('doctor says that the library cannot be loaded and what to do, and continues', async () => {
    const { withoutLibrary } = await prepared();
    const { exitCode, stdout } = await withoutLibrary(['doctor', '-o', 'json', '--profile', 'chain']);
    const findings: { check: string; state: string; found: string; remedy: string }[] = JSON.parse(stdout);
    expect(findings.find(({ check }) => check === 'credential store')).toEqual({
      check: 'credential store',
      state: 'problem',
      found: "The system keychain can't be used: its library can't be loaded on this machine",
      remedy: expect.stringMatching(/^Install twilio-org again.*TWILIO_ORG_STORE=file/),
    });
    expect(findings.find(({ check }) => check === 'api')?.state).toBe('ok');
    expect(exitCode).toBe(1);
  });

  it('auth login --store file works', async () => {
    const { withoutLibrary, secrets, origins } = await prepared();
    const login = ['auth', 'login', '--grant', 'client-credentials', '--store', 'file', '--profile', 'new'];
    const { exitCode, stderr } = await withoutLibrary(login, { ...secrets, ...origins });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Logged in: profile new')]);
  });
});

describe('with credentials in the environment', () => {
  it.each([
    ['a token', 'TWILIO_ORG_ACCESS_TOKEN'],
    ['a client id and secret', 'TWILIO_ORG_CLIENT_SECRET'],
  ])('the keychain is never touched (%s)', async (_, variable) => {
    const { withFake, secrets, origins, sandbox, touched } = await prepared();
    const credentials =
      variable === 'TWILIO_ORG_ACCESS_TOKEN' ? { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken() } : secrets;
    const env = {
      ...origins,
      ...credentials,
      ...hanging,
      TWILIO_ORG_PROFILE: 'chain',
      TWILIO_ORG_STORE: undefined,
    };
    for (const args of [list, ['auth', 'status'], ['auth', 'token']]) {
      expect([args, (await withFake(args, env)).exitCode]).toEqual([args, 0]);
    }
    expect(touched()).toBe(false);
  });
});

describe('a keychain that never answers', () => {
  it('is waited for 3 seconds', async () => {
    const { withFake } = await prepared();
    const started = Date.now();
    const { exitCode, stderr } = await withFake(token, {
      ...hanging,
      TWILIO_ORG_KEYCHAIN_TIMEOUT: undefined,
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('did not respond within 3 s\nUnlock it')]);
    expect(stderr).toContain('TWILIO_ORG_KEYCHAIN_TIMEOUT');
    expect(Date.now() - started).toBeGreaterThan(3_000);
  });

  it('is waited for as long as the variable says, or auth login --keychain-timeout, which takes precedence', async () => {
    const { withFake, secrets, origins } = await prepared();
    const env = { ...hanging, TWILIO_ORG_KEYCHAIN_TIMEOUT: '0.2' };
    expect((await withFake(token, env)).stderr).toContain('did not respond within 0.2 s');
    const login = [
      'auth',
      'login',
      '--grant',
      'client-credentials',
      '--store',
      'keychain',
      '--profile',
      'new',
    ];
    const flagged = await withFake([...login, '--keychain-timeout', '0.3'], {
      ...env,
      ...secrets,
      ...origins,
    });
    expect([flagged.exitCode, flagged.stderr]).toEqual([1, expect.stringContaining('within 0.3 s')]);
    const wrong = await withFake(token, { ...hanging, TWILIO_ORG_KEYCHAIN_TIMEOUT: 'long' });
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('is long')]);
  });

  it('is waited for on a terminal with a note, until Ctrl-C', async () => {
    const { env } = await prepared();
    const terminal = openTerminal(process.execPath, [fake.program, ...token], {
      env: cleanEnv({ ...env, ...hanging }),
      columns: 200,
    });
    await terminal.waitFor('It may be waiting to be unlocked');
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
  });

  it('does not prevent auth status from listing every login', async () => {
    const { withFake } = await prepared();
    const { exitCode, stdout, stderr } = await withFake(['auth', 'status', '-o', 'json'], {
      ...hanging,
      TWILIO_ORG_KEYCHAIN_TIMEOUT: '0.2',
      TWILIO_ORG_STORE_PASSPHRASE: 'another canary',
    });
    expect(JSON.parse(stdout)).toMatchObject([
      { profile: 'default', state: 'unreadable' },
      { profile: 'chain', state: 'unreadable' },
    ]);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('did not respond')]);
  });
});

/** The access token that the store of the configuration directory finds whole in the folder of the fake. */
async function tokenIn(keychain: string, configDir: string): Promise<string | undefined> {
  const unused = () => Promise.reject(new Error('Only read.'));
  const store = await openStore('keychain', {
    configDir,
    usualConfigDir: keychain,
    passphrase: unused,
    loadKeytar: async () => ({
      getPassword: async (service, account) => {
        const file = join(keychain, encodeURIComponent(`${service} ${account}`));
        return existsSync(file) ? readFileSync(file, 'utf8') : null;
      },
      setPassword: unused,
      deletePassword: unused,
    }),
  });
  const secret = await store.get('default');
  return secret === undefined ? undefined : deserialize(secret).accessToken.reveal();
}

it('a process that is killed anywhere in a keychain write leaves the old secret or the new one', async () => {
  const { withFake, configDir, keychain, sandbox } = await prepared();
  expect((await withFake(['auth', 'migrate', '--to', 'keychain'])).exitCode).toBe(0);
  expect(readdirSync(keychain).length).toBeGreaterThan(2);
  const old = await tokenIn(keychain, configDir);
  const before = join(keychains, 'before');
  const { refreshTokens } = sandbox.state;
  const valid = [...refreshTokens];
  cpSync(keychain, before, { recursive: true });
  const reads = 2 * readdirSync(keychain).filter((name) => !name.startsWith('.')).length;
  const outcomes = new Set<string>();
  for (let call = reads + 1, killed = true; killed; call += 1) {
    rmSync(keychain, { recursive: true });
    cpSync(before, keychain, { recursive: true });
    for (const [refreshToken, grant] of valid) refreshTokens.set(refreshToken, grant);
    const refresh = await withFake(['auth', 'refresh'], { FAKE_KEYTAR_KILL_AT: String(call) });
    killed = refresh.signal === 'SIGKILL';
    expect([killed, refresh.exitCode]).toEqual(killed ? [true, undefined] : [false, 0]);
    const found = await tokenIn(keychain, configDir);
    expect([old, ...sandbox.state.accessTokens.keys()]).toContain(found);
    outcomes.add(found === old ? 'old' : 'new');
    if (!killed) expect(found).not.toBe(old);
    await ageLocks(configDir);
  }
  expect(outcomes).toEqual(new Set(['old', 'new']));
});
