import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';

const key = Buffer.from('a canary for the store, 32 bytes').toString('base64');
const passphrase = 'correct horse battery staple';

/** A command that writes down that it ran, then prints the text. */
function printing(text: string, log: string): string {
  const code = `require('fs').appendFileSync('${log.replaceAll('\\', '/')}', 'x'); console.log('${text}')`;
  return `"${process.execPath}" -e "${code}"`;
}

/** A login in the file under the passphrase, which is not in the environment. */
async function prepared() {
  const world = await withProfiles();
  const { accessToken } = await world.plant();
  const log = join(world.configDir, 'log');
  const here = (args: string[], env: Env = {}) =>
    world.call(args, { TWILIO_ORG_STORE_PASSPHRASE: undefined, ...env });
  return {
    ...world,
    here,
    command: printing(passphrase, log),
    runs: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0),
    file: () => JSON.parse(readFileSync(join(world.configDir, 'credentials.enc'), 'utf8')),
    token: `${accessToken.reveal()}\n`,
  };
}

describe('TWILIO_ORG_STORE_PASSPHRASE_COMMAND', () => {
  it('runs once in a command that opens the store, and not at all in others', async () => {
    const { here, command, runs, token, env } = await prepared();
    const given = { TWILIO_ORG_STORE_PASSPHRASE_COMMAND: command };
    expect((await here(['auth', 'token'], given)).stdout).toBe(token);
    expect(runs()).toBe(1);
    expect((await here(['auth', 'refresh'], given)).exitCode).toBe(0);
    expect(runs()).toBe(2);
    await here(['runs', 'list'], given);
    await here(['users', 'list'], { ...given, TWILIO_ORG_ACCESS_TOKEN: 'a-canary-token' });
    await here(['auth', 'token'], { ...given, TWILIO_ORG_STORE_PASSPHRASE: env.TWILIO_ORG_STORE_PASSPHRASE });
    expect(runs()).toBe(2);
  });

  it('that fails is exit code 4, before any request and without its output', async () => {
    const { here, sandbox } = await prepared();
    const { stdout, stderr, exitCode } = await here(['users', 'list', '--debug'], {
      TWILIO_ORG_STORE_PASSPHRASE_COMMAND: 'echo a canary; exit 7',
    });
    expect([exitCode, stdout, sandbox.requests]).toEqual([4, '', []]);
    expect(stderr).toContain('The command in TWILIO_ORG_STORE_PASSPHRASE_COMMAND failed with exit code');
    expect(stderr).not.toContain('canary');
  });

  it('that prints another passphrase is named by the error', async () => {
    const { here } = await prepared();
    const given = { TWILIO_ORG_STORE_PASSPHRASE_COMMAND: 'echo another canary' };
    const { stderr, exitCode } = await here(['auth', 'token'], given);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^error: Wrong passphrase for .*\n.*TWILIO_ORG_STORE_PASSPHRASE_COMMAND/);
  });
});

describe('TWILIO_ORG_STORE_KEY', () => {
  it('encrypts the file of a new login, and opens it again without any passphrase', async () => {
    const { login, here, file } = await loggedInWithKey();
    expect([login.exitCode, login.stderr]).toEqual([0, expect.stringContaining('Logged in')]);
    expect(file()).toMatchObject({ version: 2, kdf: 'hkdf-sha256' });
    expect((await here(['users', 'list'], { TWILIO_ORG_STORE_KEY: key })).exitCode).toBe(0);
    const without = await here(['users', 'list']);
    expect([without.exitCode, without.stderr]).toEqual([
      4,
      expect.stringContaining('TWILIO_ORG_STORE_KEY is not set'),
    ]);
  });

  it('wins over a passphrase and a command for a new file, and for a file of its own', async () => {
    const both = {
      TWILIO_ORG_STORE_PASSPHRASE: passphrase,
      TWILIO_ORG_STORE_PASSPHRASE_COMMAND: 'echo canary; exit 1',
    };
    const { here, file, login } = await loggedInWithKey(both);
    expect([login.exitCode, file().kdf]).toEqual([0, 'hkdf-sha256']);
    expect((await here(['users', 'list'], { ...both, TWILIO_ORG_STORE_KEY: key })).exitCode).toBe(0);
  });

  it('does not open a file under a passphrase, and the error says how to change that', async () => {
    const { here } = await prepared();
    const { stderr, exitCode } = await here(['auth', 'token'], { TWILIO_ORG_STORE_KEY: key });
    expect(exitCode).toBe(4);
    expect(stderr).toBe(
      'error: The credential file is encrypted with a passphrase, so TWILIO_ORG_STORE_KEY does not open it\n' +
        'Set TWILIO_ORG_STORE_PASSPHRASE as well. With both, this encrypts the file with the key: twilio-org auth migrate --to file\n',
    );
  });

  it('takes over such a file with auth migrate, which a dry run announces', async () => {
    const { here, command, file, token } = await prepared();
    const both = { TWILIO_ORG_STORE_KEY: key, TWILIO_ORG_STORE_PASSPHRASE_COMMAND: command };
    const migrate = ['auth', 'migrate', '--to', 'file', '-o', 'jsonl'];
    const outcome = async (args: string[]) => JSON.parse((await here(args, both)).stdout).outcome;
    expect((await here(['auth', 'token'], both)).stdout).toBe(token);
    expect(await outcome([...migrate, '--dry-run'])).toBe('to be encrypted anew');
    expect(file().kdf).toBe('scrypt');
    expect(await outcome(migrate)).toBe('encrypted anew');
    expect(file().kdf).toBe('hkdf-sha256');
    expect(await outcome(migrate)).toBe('unchanged');
    expect((await here(['auth', 'token'], { TWILIO_ORG_STORE_KEY: key })).stdout).toBe(token);
  });

  it('of a wrong length is refused by name, before any request', async () => {
    const { here, sandbox } = await prepared();
    const short = Buffer.from('a canary').toString('base64');
    const { stderr, exitCode } = await here(['users', 'list'], { TWILIO_ORG_STORE_KEY: short });
    expect([exitCode, sandbox.requests]).toEqual([2, []]);
    expect(stderr).toMatch(
      /^error: TWILIO_ORG_STORE_KEY is not a key of 32 bytes .*\n.*openssl rand -base64 32/,
    );
  });
});

async function loggedInWithKey(env: Env = {}) {
  const world = await withProfiles();
  const { client_id, client_secret } = world.sandbox.apps.client_credentials;
  const here = (args: string[], more: Env = {}, input = '') =>
    world.call(args, { TWILIO_ORG_STORE_PASSPHRASE: undefined, ...more }, input);
  const args = ['auth', 'login', '--grant', 'client-credentials', '--client-secret-stdin', '--client-id'];
  const origins = { TWILIO_ORG_API_URL: world.sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: world.sandbox.oauthUrl };
  const login = await here(
    [...args, client_id],
    { ...origins, ...env, TWILIO_ORG_STORE_KEY: key },
    client_secret,
  );
  return {
    login,
    here,
    file: () => JSON.parse(readFileSync(join(world.configDir, 'credentials.enc'), 'utf8')),
  };
}
