import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatIndex } from '../../../src/login/credentials/keychain/chunking.ts';
import { type Env, program, sent, start } from '../../support/cli.ts';
import { patient, runWithKeychain } from '../../support/keychain.ts';
import { copyPackage } from '../../support/package-copy.ts';
import { ageLocks, withProfiles } from '../../support/profiles.ts';
import { describeWith } from '../../support/requires.ts';

let fake: ReturnType<typeof copyPackage>;
/** Of the fake, which hides nothing, as a keychain does: so not among what the program itself leaves. */
const keychains = mkdtempSync(join(tmpdir(), 'twilio-org-keychains-'));
beforeAll(() => {
  fake = copyPackage('fake');
});
afterAll(() => {
  fake.remove();
  rmSync(keychains, { recursive: true });
});

/** The profiles `default` and `other` with their credentials in the file, and an empty keychain. */
async function prepared() {
  const world = await withProfiles({ randomKey: true });
  const keychain = mkdtempSync(join(keychains, 'keychain-'));
  const credentials = await world.plant();
  await world.plant('other');
  const withFake = (args: string[], more: Env = {}) =>
    start(args, {
      env: { ...world.env, FAKE_KEYTAR_DIR: keychain, ...patient, ...more },
      file: fake.program,
    });
  return {
    ...world,
    keychain,
    withFake,
    migrate: (args: string[], more: Env = {}) => withFake(['auth', 'migrate', '-o', 'json', ...args], more),
    /** The accounts of the keychain without what tells folders apart, parts of secrets left out. */
    accounts: () =>
      readdirSync(keychain)
        .map((name) =>
          decodeURIComponent(name)
            .replace('twilio-org ', '')
            .replace(/@[0-9a-f]{16}/, ''),
        )
        .filter((name) => !name.startsWith('.') && !name.includes('/')),
    /** All entries of the keychain, parts and all. */
    entries: () => readdirSync(keychain).filter((name) => !name.startsWith('.')),
    token: `${credentials.accessToken.reveal()}\n`,
  };
}

const store = (config: { profiles: Record<string, unknown> }, name = 'default') => config.profiles[name];

describe('auth migrate', () => {
  it('moves the login of the profile there and back, without a request', async () => {
    const { migrate, withFake, call, config, stored, accounts, entries, token, sandbox } = await prepared();
    const there = await migrate(['--to', 'keychain']);
    expect([there.exitCode, JSON.parse(there.stdout)]).toEqual([
      0,
      [{ profile: 'default', from: 'file', to: 'keychain', outcome: 'moved' }],
    ]);
    expect(store(config())).toMatchObject({ store: 'keychain' });
    expect(store(config())).not.toHaveProperty('left_in');
    expect([await stored(), accounts()]).toEqual([undefined, ['default']]);
    expect(await stored('other')).toBeDefined();
    expect((await withFake(['auth', 'token'])).stdout).toBe(token);
    expect((await migrate(['--to', 'file'])).exitCode).toBe(0);
    expect(entries()).toEqual([]);
    expect((await call(['auth', 'token'])).stdout).toBe(token);
    expect(sandbox.requests).toEqual([]);
  });

  it('moves the logins of all profiles with --all, and can be repeated', async () => {
    const { migrate, accounts, file, configDir } = await prepared();
    expect(file()).toContain('data');
    const outcomes = async () =>
      JSON.parse((await migrate(['--to', 'keychain', '--all'])).stdout).map(
        ({ outcome }: { outcome: string }) => outcome,
      );
    expect(await outcomes()).toEqual(['moved', 'moved']);
    expect(accounts()).toEqual(['default', 'other']);
    expect(existsSync(join(configDir, 'credentials.enc'))).toBe(false);
    expect(await outcomes()).toEqual(['unchanged', 'unchanged']);
  });

  it('shows with --dry-run the logins that it would move, and changes nothing', async () => {
    const { migrate, config, entries, keychain, file } = await prepared();
    const before = [config(), file()];
    const { exitCode, stdout } = await migrate(['--to', 'keychain', '--all', '--dry-run']);
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      0,
      ['default', 'other'].map((profile) => ({
        profile,
        from: 'file',
        to: 'keychain',
        outcome: 'to be moved',
      })),
    ]);
    expect([config(), file(), entries(), readdirSync(keychain)]).toEqual([...before, [], []]);
  });

  it('needs --to and a profile', async () => {
    const { call } = await prepared();
    const nowhere = await call(['auth', 'migrate', '-o', 'json']);
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([2, expect.stringContaining('--to')]);
    const nobody = await call(['auth', 'migrate', '-o', 'json', '--to', 'file', '--profile', 'nobody']);
    expect([nobody.exitCode, nobody.stderr]).toEqual([4, expect.stringContaining('no profile nobody')]);
  });

  it('moves nothing into a store that refuses it', async () => {
    const { migrate, call, config, token } = await prepared();
    const { exitCode, stderr } = await migrate(['--to', 'keychain'], {
      FAKE_KEYTAR_FAULT: 'the keychain is full',
      FAKE_KEYTAR_FAULT_AT: 'setPassword',
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the keychain is full')]);
    expect(store(config())).toMatchObject({ store: 'file' });
    expect((await call(['auth', 'token'])).stdout).toBe(token);
  });

  it('removes nothing before the other store has returned it', async () => {
    const { migrate, config, stored } = await prepared();
    const { exitCode, stderr } = await migrate(['--to', 'keychain'], { FAKE_KEYTAR_FORGETS: '1' });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Nothing was moved')]);
    expect(store(config())).toMatchObject({ store: 'file' });
    expect(await stored()).toBeDefined();
  });

  it('names what remains when the old store cannot be emptied, and finishes when it is repeated', async () => {
    const { migrate, call, config, entries, token } = await prepared();
    await migrate(['--to', 'keychain']);
    const stuck = { FAKE_KEYTAR_FAULT: 'no', FAKE_KEYTAR_FAULT_AT: 'deletePassword' };
    const { exitCode, stderr } = await migrate(['--to', 'file'], stuck);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('still in the keychain')]);
    expect(store(config())).toMatchObject({ store: 'file', left_in: 'keychain' });
    expect((await call(['auth', 'token'])).stdout).toBe(token);
    const again = await migrate(['--to', 'file']);
    expect([again.exitCode, JSON.parse(again.stdout)]).toEqual([
      0,
      [{ profile: 'default', from: 'keychain', to: 'file', outcome: 'moved' }],
    ]);
    expect([entries(), store(config())]).toEqual([[], expect.not.objectContaining({ left_in: 'keychain' })]);
  });

  it('that could not empty the old store can be finished by auth logout', async () => {
    const { migrate, withFake, config, entries } = await prepared();
    await migrate(['--to', 'keychain']);
    await migrate(['--to', 'file'], { FAKE_KEYTAR_FAULT: 'no', FAKE_KEYTAR_FAULT_AT: 'deletePassword' });
    expect(entries()).not.toEqual([]);
    expect((await withFake(['auth', 'logout'])).exitCode).toBe(0);
    expect([entries(), store(config())]).toEqual([[], undefined]);
  });

  it('exits with 3 when it could move only some logins', async () => {
    const { migrate, plant } = await prepared();
    await plant('lost', { store: 'keychain' });
    const { exitCode, stdout, stderr } = await migrate(['--to', 'keychain', '--all']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const back = await migrate(['--to', 'file', '--all']);
    expect(stdout).toContain('"unchanged"');
    expect([back.exitCode, JSON.parse(back.stdout)]).toEqual([
      3,
      [
        expect.objectContaining({ profile: 'default', outcome: 'moved' }),
        expect.objectContaining({ profile: 'other', outcome: 'moved' }),
        expect.objectContaining({
          profile: 'lost',
          outcome: 'failed',
          reason: expect.stringContaining('no credentials'),
        }),
      ],
    ]);
  });
});

describe('credentials of an older version, which all configuration directories shared,', () => {
  async function older(clientSecret?: string) {
    const world = await prepared();
    const { apps, apiUrl, oauthUrl } = world.sandbox;
    await world.plant('older', { grant: 'client-credentials', store: 'keychain' });
    const secret = JSON.stringify({
      client_secret: clientSecret ?? apps.client_credentials.client_secret,
      access_token: 'a-canary-of-an-older-version',
      expires_at: Date.now() + 3_600_000,
      api_url: apiUrl,
      oauth_url: oauthUrl,
    });
    const entry = join(world.keychain, encodeURIComponent('twilio-org older'));
    writeFileSync(entry, formatIndex({ account: 'older', secret, leftover: [] }));
    return { ...world, entry };
  }

  it('are migrated after they were proven', async () => {
    const { migrate, entries, stored, config, sandbox } = await older();
    const { exitCode, stderr } = await migrate(['--to', 'file', '--profile', 'older']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(sent(sandbox)).toEqual(['POST /v2/token']);
    expect((await stored('older'))?.identity).toMatchObject({
      client_id: config().profiles.older?.client_id,
    });
    expect(entries()).toEqual([]);
  });

  it('are removed by auth logout after they were proven', async () => {
    const { withFake, entries, config } = await older();
    expect((await withFake(['auth', 'logout', '--profile', 'older'])).exitCode).toBe(0);
    expect([entries(), config().profiles.older]).toEqual([[], undefined]);
  });

  it('are neither moved nor removed when they belong to another login', async () => {
    const { migrate, withFake, config, entry } = await older('a canary of another app');
    const { exitCode, stderr } = await migrate(['--to', 'file', '--profile', 'older']);
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('may belong to another login')]);
    const out = await withFake(['auth', 'logout', '--profile', 'older']);
    expect([out.exitCode, out.stderr]).toEqual([0, expect.stringContaining('it is left there')]);
    expect([existsSync(entry), config().profiles.older]).toEqual([true, undefined]);
  });
});

it('auth login into another store empties the old one', async () => {
  const { migrate, withFake, config, entries, sandbox } = await prepared();
  await migrate(['--to', 'keychain']);
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const args = ['auth', 'login', '--grant', 'client-credentials', '--store', 'file', '--yes'];
  const secrets = { TWILIO_ORG_CLIENT_ID: client_id, TWILIO_ORG_CLIENT_SECRET: client_secret };
  expect((await withFake(args, secrets)).exitCode).toBe(0);
  expect(entries()).toEqual([]);
  expect(store(config())).toMatchObject({ client_id, store: 'file' });
  expect(store(config())).not.toHaveProperty('left_in');
});

describe('auth migrate that is killed', () => {
  // The calls of the keychain: to look, to announce the parts, to write each, to name them, to read them back.
  it.each([
    ['keychain', 'between two parts', 4],
    ['keychain', 'before it was read back', 6],
    // To read; then, with the profile changed already, to look, to disown the parts and to remove each.
    ['file', 'before the keychain was emptied', 4],
    ['file', 'in the middle of emptying the keychain', 7],
  ])('(to the %s) %s leaves a working login, and repeating it finishes', async (to, _, call) => {
    const { migrate, withFake, config, configDir, entries, stored, token } = await prepared();
    if (to === 'file') await migrate(['--to', 'keychain']);
    const args = ['--to', to];
    const killed = await migrate(args, { FAKE_KEYTAR_KILL_AT: String(call) });
    expect(killed.signal).toBe('SIGKILL');
    const { exitCode, stdout } = await withFake(['auth', 'token']);
    expect([exitCode, stdout]).toEqual([0, token]);
    expect(await ageLocks(configDir)).toBeGreaterThan(0);
    expect((await migrate(args)).exitCode).toBe(0);
    expect(store(config())).toMatchObject({ store: to });
    expect((await withFake(['auth', 'token'])).stdout).toBe(token);
    expect(to === 'file' ? entries() : [await stored()]).toEqual(to === 'file' ? [] : [undefined]);
  });
});

it('auth logout removes what a killed auth migrate has written', async () => {
  const { migrate, withFake, configDir, entries, stored } = await prepared();
  expect((await migrate(['--to', 'keychain'], { FAKE_KEYTAR_KILL_AT: '4' })).signal).toBe('SIGKILL');
  expect(entries()).not.toEqual([]);
  await ageLocks(configDir);
  expect((await withFake(['auth', 'logout'])).exitCode).toBe(0);
  expect([entries(), await stored()]).toEqual([[], undefined]);
});

describeWith('keychain', 'auth migrate with a real keychain', () => {
  it('moves a login there and back', async () => {
    const { env, config, token, stored } = await prepared();
    const keychainHome = mkdtempSync(join(keychains, 'real-'));
    const inSession = async (args: string[]) => {
      const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return runWithKeychain([program, ...args], { home: keychainHome, env: Object.fromEntries(set) });
    };
    expect((await inSession(['auth', 'migrate', '--to', 'keychain'])).exitCode).toBe(0);
    expect([store(config()), await stored()]).toEqual([
      expect.objectContaining({ store: 'keychain' }),
      undefined,
    ]);
    expect((await inSession(['auth', 'token'])).stdout).toBe(token.trim());
    expect((await inSession(['auth', 'migrate', '--to', 'file'])).exitCode).toBe(0);
    expect((await stored())?.accessToken.reveal()).toBe(token.trim());
  });
});
