import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { call, type Env, home, program, sandboxed, sent } from '../support/cli.ts';
import { runWithKeychain } from '../support/keychain.ts';
import { freePort } from '../support/ports.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';

let configs = 0;

/** A sandbox with a clock that the test moves, and logins with client credentials into a folder of their own. */
async function prepared(options: SandboxOptions = {}) {
  const world = await sandboxed(options);
  const { client_id, client_secret } = world.sandbox.apps.client_credentials;
  const configDir = join(home, `auth-${configs++}`);
  const env: Env = {
    ...world.env,
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_CONFIG_DIR: configDir,
    TWILIO_ORG_STORE: 'file',
    TWILIO_ORG_STORE_PASSPHRASE: 'correct horse battery staple',
  };
  const here = (args: string[], more: Env = {}, input = '') =>
    call(args, { env: { ...env, ...more }, input });
  const login = (args: string[] = [], more: Env = {}, input = client_secret) =>
    here(
      [
        'auth',
        'login',
        '--grant',
        'client-credentials',
        '--client-id',
        client_id,
        '--client-secret-stdin',
        ...args,
      ],
      more,
      input,
    );
  const config = () => JSON.parse(readFileSync(join(configDir, 'config.json'), 'utf8'));
  const tokenRequests = () => sent(world.sandbox).filter((line) => line === 'POST /v2/token').length;
  return { ...world, env, here, login, config, tokenRequests, client_id, client_secret, configDir };
}

/** Lets every access token run out, as an hour does. */
function expireTokens(sandbox: Awaited<ReturnType<typeof prepared>>['sandbox']): void {
  sandbox.state.accessTokens.clear();
}

describe('auth login with client credentials', () => {
  it('takes the secret from standard input and stores the login', async () => {
    const { login, here, config, client_id, sandbox, tokenRequests } = await prepared();
    const { exitCode, stdout } = await login(['--organization-sid', sandbox.organizationSid, '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ profile: 'default', grant: 'client-credentials', client_id });
    expect(config().profiles.default).toEqual({
      grant: 'client-credentials',
      client_id,
      api_url: sandbox.apiUrl,
      oauth_url: sandbox.oauthUrl,
      organization_sid: sandbox.organizationSid,
      organization_confirmed: true,
      store: 'file',
    });
    const unpointed = {
      TWILIO_ORG_API_URL: undefined,
      TWILIO_ORG_OAUTH_URL: undefined,
      TWILIO_ORG_ORGANIZATION_SID: undefined,
    };
    const listed = await here(['role-assignments', 'list', '--scope', 'org', '--limit', '1'], unpointed);
    expect([listed.exitCode, listed.stdout.split('\t')[3]]).toEqual([0, sandbox.organizationSid]);
    expect(tokenRequests()).toBe(1);
  });

  it('takes id and secret from the environment, and says that they take precedence', async () => {
    const { here, client_id, client_secret } = await prepared();
    const { exitCode, stderr } = await here(['auth', 'login', '--grant', 'client-credentials'], {
      TWILIO_ORG_CLIENT_ID: client_id,
      TWILIO_ORG_CLIENT_SECRET: client_secret,
    });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('override stored logins')]);
  });

  it('has no flag for the secret', async () => {
    const { here } = await prepared();
    const { exitCode, stderr } = await here(['auth', 'login', '--client-secret', 'a-bird']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Unknown flag '--client-secret'")]);
    expect(stderr).not.toContain('a-bird');
  });

  it('stores nothing when the credentials are refused, and a wrong attempt leaves the old login intact', async () => {
    const { login, here, config } = await prepared();
    const refused = await login([], {}, 'wrong canary');
    expect([refused.exitCode, refused.stderr]).toEqual([
      4,
      expect.stringContaining('refused the credentials'),
    ]);
    expect((await here(['auth', 'token'])).exitCode).toBe(4);
    await login();
    const before = { config: config(), token: (await here(['auth', 'token'])).stdout };
    const other = ['--grant', 'client-credentials', '--client-id', 'OQffffffffffffffffffffffffffffffff'];
    const wrong = await here(['auth', 'login', '--yes', '--client-secret-stdin', ...other], {}, 'a canary');
    expect(wrong.exitCode).toBe(4);
    expect({ config: config(), token: (await here(['auth', 'token'])).stdout }).toEqual(before);
  });

  it('says how to pass the secret without a terminal', async () => {
    const { here, client_id } = await prepared();
    const { exitCode, stderr } = await here(['auth', 'login', '--client-id', client_id]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('--client-secret-stdin, or set TWILIO_ORG_CLIENT_SECRET'),
    ]);
  });

  it('is suggested for the word login alone', async () => {
    const { here } = await prepared();
    const { exitCode, stderr } = await here(['login']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Did you mean auth login?')]);
  });

  it('refuses an empty secret before anything is sent', async () => {
    const { login, sandbox } = await prepared();
    expect(await login([], {}, '\n')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no client secret'),
    });
    expect(sent(sandbox)).toEqual([]);
  });
});

describe('incomplete credentials in the environment', () => {
  it.each(['TWILIO_ORG_CLIENT_ID', 'TWILIO_ORG_CLIENT_SECRET'])(
    'are refused when only %s is set, instead of using a stored login',
    async (variable) => {
      const { login, here, sandbox } = await prepared();
      await login();
      const before = sent(sandbox).length;
      const { exitCode, stderr } = await here(['users', 'list'], { [variable]: 'a-canary' });
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(`^error: ${variable} is set, but TWILIO_ORG_`),
      ]);
      expect(sent(sandbox)).toHaveLength(before);
    },
  );
});

describe('a stored login', () => {
  it('renews its token once when Twilio refuses it', async () => {
    const { login, here, sandbox, tokenRequests } = await prepared();
    await login();
    const first = (await here(['auth', 'token'])).stdout;
    expireTokens(sandbox);
    expect((await here(['users', 'list', '--limit', '1'])).exitCode).toBe(0);
    expect(tokenRequests()).toBe(2);
    expect((await here(['auth', 'token'])).stdout).not.toBe(first);
    expect(tokenRequests()).toBe(2);
  });

  it('prints its token alone with auth token, and Twilio accepts it', async () => {
    const { login, here, sandbox } = await prepared();
    await login();
    const { stdout, stderr } = await here(['auth', 'token']);
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^\S+\n$/), '']);
    const answer = await fetch(`${sandbox.apiUrl}/scim/v2/Users`, {
      headers: { authorization: `Bearer ${stdout.trim()}` },
    });
    expect(answer.status).toBe(200);
  });

  it('can be renewed at once with auth refresh', async () => {
    const { login, here, tokenRequests } = await prepared();
    await login();
    const before = (await here(['auth', 'token'])).stdout;
    const { exitCode, stdout } = await here(['auth', 'refresh', '-o', 'json']);
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      0,
      { profile: 'default', expires_at: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
    expect((await here(['auth', 'token'])).stdout).not.toBe(before);
    expect(tokenRequests()).toBe(2);
  });

  it('is sent only to the origin that it was made for', async () => {
    const { login, here, sandbox } = await prepared();
    await login();
    const elsewhere = await sandboxed();
    const count = sent(sandbox).length;
    const { exitCode, stderr } = await here(['users', 'list'], {
      TWILIO_ORG_API_URL: elsewhere.sandbox.apiUrl,
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('its credentials go nowhere else')]);
    expect(sent(elsewhere.sandbox)).toEqual([]);
    expect(sent(sandbox)).toHaveLength(count);
  });

  it('needs the passphrase of its file, and the right one', async () => {
    const { login, here } = await prepared();
    await login();
    const without = await here(['auth', 'token'], { TWILIO_ORG_STORE_PASSPHRASE: undefined });
    expect([without.exitCode, without.stderr]).toEqual([
      4,
      expect.stringContaining('TWILIO_ORG_STORE_PASSPHRASE'),
    ]);
    const wrong = await here(['auth', 'token'], { TWILIO_ORG_STORE_PASSPHRASE: 'guessed-canary' });
    expect([wrong.exitCode, wrong.stdout]).toEqual([4, '']);
  });
});

describe('profiles', () => {
  it('are chosen by flag, variable and default, in this order', async () => {
    const { login, here, config } = await prepared();
    await login();
    await login(['--profile', 'staging']);
    expect(config().default_profile ?? 'default').toBe('default');
    const inForce = async (args: string[], env: Env = {}) => {
      const rows: { profile: string; in_force: boolean }[] = JSON.parse(
        (await here(['auth', 'status', '-o', 'json', ...args], env)).stdout,
      );
      return rows.filter((row) => row.in_force).map((row) => row.profile);
    };
    expect(await inForce([])).toEqual(['default']);
    expect(await inForce([], { TWILIO_ORG_PROFILE: 'staging' })).toEqual(['staging']);
    expect(await inForce(['--profile', 'default'], { TWILIO_ORG_PROFILE: 'staging' })).toEqual(['default']);
    expect((await here(['auth', 'switch', 'staging'])).exitCode).toBe(0);
    expect(await inForce([])).toEqual(['staging']);
  });

  it('must exist for auth switch', async () => {
    const { login, here } = await prepared();
    await login();
    const { exitCode, stderr } = await here(['auth', 'switch', 'nope']);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('Profiles: default')]);
  });

  it('that do not exist are an auth error that lists the others', async () => {
    const { login, here } = await prepared();
    await login(['--profile', 'staging']);
    const { exitCode, stderr } = await here(['users', 'list', '--profile', 'production']);
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('Profiles: staging')]);
  });

  it('become the default if they are the first, whatever their name', async () => {
    const { login, here, config } = await prepared();
    await login(['--profile', 'staging']);
    expect(config().default_profile).toBe('staging');
    expect((await here(['users', 'list', '--limit', '1'])).exitCode).toBe(0);
    await login(['--profile', 'other']);
    expect(config().default_profile).toBe('staging');
  });
});

describe('auth status', () => {
  it('shows each login with its store, which it does not open when the environment has credentials', async () => {
    const { login, here, env } = await prepared();
    await login();
    const stored = JSON.parse((await here(['auth', 'status', '-o', 'json'])).stdout);
    expect(stored).toMatchObject([
      { profile: 'default', in_force: true, default: true, store: 'file', state: 'valid' },
    ]);
    const { stdout, stderr } = await here(['auth', 'status', '-o', 'json'], {
      TWILIO_ORG_ACCESS_TOKEN: 'token-canary',
      TWILIO_ORG_STORE_PASSPHRASE: undefined,
    });
    expect(JSON.parse(stdout)).toMatchObject([
      { profile: null, in_force: true, source: 'TWILIO_ORG_ACCESS_TOKEN' },
      { profile: 'default', in_force: false, state: 'not checked' },
    ]);
    expect(stderr).toContain('TWILIO_ORG_ACCESS_TOKEN from the environment, which overrides every profile');
    expect(stdout + stderr).not.toContain('token-canary');
    expect(Object.values(env)).not.toContain(stdout);
  });

  it('with --check exits with 0 when all is well, 4 when a login is refused, 8 when nothing responds', async () => {
    // A port that nothing else takes after it.
    const { login, here, sandbox } = await prepared({ port: await freePort() });
    await login();
    const well = await here(['auth', 'status', '--check', '-o', 'json']);
    expect([well.exitCode, JSON.parse(well.stdout)[0].state]).toEqual([0, 'accepted']);
    const refused = await here(['auth', 'status', '--check', '-o', 'json'], {
      TWILIO_ORG_ACCESS_TOKEN: 'canary-nonsense',
    });
    expect([refused.exitCode, JSON.parse(refused.stdout)[0].state]).toEqual([4, 'refused']);
    await sandbox.close();
    const silent = await here(['auth', 'status', '--check', '-o', 'json', '--max-retries', '0']);
    expect([silent.exitCode, JSON.parse(silent.stdout)[0].state]).toEqual([8, 'unclear']);
  });

  it('is an auth error without any login', async () => {
    const { here } = await prepared();
    expect(await here(['auth', 'status', '-o', 'json'])).toMatchObject({ exitCode: 4, stdout: '[]\n' });
  });
});

describe('auth logout', () => {
  it('deletes the login, says where to revoke it, and can be repeated', async () => {
    const { login, here } = await prepared();
    await login();
    const { exitCode, stderr } = await here(['auth', 'logout']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('1console.twilio.com')]);
    expect((await here(['auth', 'token'])).exitCode).toBe(4);
    expect((await here(['auth', 'logout'])).exitCode).toBe(0);
  });

  it('--all asks first, and needs --yes without a terminal', async () => {
    const { login, here, config } = await prepared();
    await login();
    await login(['--profile', 'staging']);
    expect((await here(['auth', 'logout', '--all'])).exitCode).toBe(2);
    expect(Object.keys(config().profiles)).toEqual(['default', 'staging']);
    expect((await here(['auth', 'logout', '--all', '--dry-run'])).exitCode).toBe(0);
    expect(Object.keys(config().profiles)).toEqual(['default', 'staging']);
    expect((await here(['auth', 'logout', '--all', '--yes'])).exitCode).toBe(0);
    expect(config().profiles).toEqual({});
  });
});

describe('auth login on a terminal', () => {
  it('asks for the grant, the client id and, hidden, the secret', async () => {
    const { env, client_id, client_secret, here } = await prepared();
    const terminal = openTerminal(process.execPath, [program, 'auth', 'login'], {
      env: { PATH: process.env.PATH, ...env },
      columns: 120,
    });
    await terminal.waitFor('Which grant');
    terminal.type('client');
    // Both are listed at first; this is told of the one that is chosen.
    await terminal.waitFor('a server or a CI job');
    terminal.type('\r');
    await terminal.waitFor('Client id');
    terminal.type(`${client_id}\r`);
    await terminal.waitFor('Client secret');
    terminal.type(`${client_secret}\r`);
    await terminal.waitFor('Logged in: profile default');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).not.toContain(client_secret);
    expect((await here(['auth', 'token'])).exitCode).toBe(0);
  });

  it('asks for the passphrase of the encrypted file when the environment has none', async () => {
    const { login, env } = await prepared();
    await login();
    const terminal = openTerminal(process.execPath, [program, 'auth', 'token'], {
      env: { PATH: process.env.PATH, ...env, TWILIO_ORG_STORE_PASSPHRASE: undefined },
      columns: 2000,
    });
    await terminal.waitFor('Passphrase');
    terminal.type('correct horse battery staple\r');
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).not.toContain('battery');
  });
});

describe('the passphrase of a new file on a terminal', () => {
  it('is asked for twice, until both are the same', async () => {
    const { env, client_id, client_secret, sandbox } = await prepared();
    const secrets = { TWILIO_ORG_CLIENT_ID: client_id, TWILIO_ORG_CLIENT_SECRET: client_secret };
    const terminal = openTerminal(
      process.execPath,
      [program, 'auth', 'login', '--grant', 'client-credentials'],
      {
        env: { PATH: process.env.PATH, ...env, ...secrets, TWILIO_ORG_STORE_PASSPHRASE: undefined },
        columns: 200,
      },
    );
    await terminal.waitFor('Passphrase');
    terminal.type('the same\r');
    await terminal.waitFor('Confirm the passphrase');
    terminal.type('another one\r');
    await terminal.waitFor('The passphrases differ');
    await terminal.waitFor('Passphrase');
    expect(sent(sandbox)).toEqual([]);
    terminal.type('the same\r');
    await terminal.waitFor('Confirm the passphrase');
    terminal.type('the same\r');
    await terminal.waitFor('Logged in');
    expect(await terminal.exited).toBe(0);
    expect(sent(sandbox)).toEqual(['POST /v2/token', 'GET /v2/Organizations/RoleAssignments']);
  });
});

describeWith('keychain', 'the built program with a real keychain', () => {
  it('keeps a login in the keychain alone, uses it, and deletes it', async () => {
    const { env, sandbox, client_id, client_secret, configDir } = await prepared();
    const keychainHome = join(home, 'keychain');
    const inSession = (args: string[], more: Env = {}) => {
      const given: Env = {
        ...env,
        TWILIO_ORG_STORE: undefined,
        TWILIO_ORG_STORE_PASSPHRASE: undefined,
        ...more,
      };
      const set = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return runWithKeychain([program, ...args], { home: keychainHome, env: Object.fromEntries(set) });
    };
    const secrets = { TWILIO_ORG_CLIENT_ID: client_id, TWILIO_ORG_CLIENT_SECRET: client_secret };
    const loggedIn = await inSession(['auth', 'login', '--grant', 'client-credentials'], secrets);
    expect([loggedIn.exitCode, loggedIn.stderr]).toEqual([
      0,
      expect.stringContaining('stored in the system keychain'),
    ]);
    const listed = await inSession(['users', 'list', '--limit', '1']);
    expect([listed.exitCode, listed.stdout]).toEqual([0, expect.stringMatching(/^US/)]);
    expect(sent(sandbox)).toEqual([
      'POST /v2/token',
      'GET /v2/Organizations/RoleAssignments',
      'GET /scim/v2/Users',
    ]);
    expect(readFileSync(join(configDir, 'config.json'), 'utf8')).not.toContain(client_secret);
    expect((await inSession(['auth', 'logout'])).exitCode).toBe(0);
    expect((await inSession(['auth', 'token'])).exitCode).toBe(4);
  });
});
