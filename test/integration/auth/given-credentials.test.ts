import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { openStore } from '../../../src/login/credentials/stores.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { call, clientCredentials, type Env, home, sandboxed, sent } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';

const hex = '0123456789abcdef0123456789abcdef';
const bom = '\ufeff';

async function world() {
  const made = await sandboxed({ users: 2 });
  const list = (env: Env) => made.call(['roles', 'list', '--limit', '1'], { env });
  return { ...made, list, credentials: clientCredentials(made.sandbox) };
}

describe('white space around credentials in the environment', () => {
  it.each<[string, (value: string) => string]>([
    ['line ends', (value) => `\r\n${value}\r\n`],
    ['blanks and tabs', (value) => ` \t${value} \u00a0`],
    ['a byte order mark', (value) => `${bom}${value}`],
  ])('is ignored: %s', async (_name, around) => {
    const { sandbox, list, credentials, env } = await world();
    const given = (of: Env) =>
      Object.fromEntries(Object.entries(of).map(([name, value]) => [name, value && around(value)]));
    expect(await list(given(credentials))).toMatchObject({ exitCode: 0 });
    const forms = sandbox.requests
      .map(({ body }) => new URLSearchParams(body))
      .filter(({ size }) => size > 0);
    expect(forms.map((form) => form.get('client_secret'))).toEqual([credentials.TWILIO_ORG_CLIENT_SECRET]);
    expect(await list(given(env))).toMatchObject({ exitCode: 0 });
  });

  it('alone counts as not set, with a note', async () => {
    const { list, sandbox } = await world();
    const env = {
      TWILIO_ORG_ACCESS_TOKEN: ' \n',
      TWILIO_ORG_CLIENT_ID: '',
      TWILIO_ORG_CONFIG_DIR: join(home, 'none'),
    };
    const { exitCode, stderr } = await list(env);
    expect([exitCode, stderr]).toEqual([
      4,
      expect.stringMatching(/^warning: TWILIO_ORG_ACCESS_TOKEN is blank and counts as not set\n.*error: /s),
    ]);
    expect(sent(sandbox)).toEqual([]);
  });
});

describe('other variables of the program', () => {
  it('are read without white space around them, and blank ones count as not set', async () => {
    const { call, credentials } = await world();
    const env = { ...credentials, TWILIO_ORG_OUTPUT: ' json\n', TWILIO_ORG_CONFIG_DIR: '  ' };
    const { exitCode, stdout, stderr } = await call(['roles', 'list', '--limit', '1'], { env });
    expect([exitCode, JSON.parse(stdout).length]).toEqual([0, 1]);
    expect(stderr).toContain('TWILIO_ORG_CONFIG_DIR is blank and counts as not set');
  });
});

describe('client credentials of the environment that Twilio refuses', () => {
  it('are reported with the variables to correct, not with a login', async () => {
    const { list, credentials } = await world();
    const env = { ...credentials, TWILIO_ORG_CLIENT_SECRET: 'another-canary' };
    const { exitCode, stderr } = await list(env);
    expect([exitCode, stderr]).toEqual([
      4,
      expect.stringContaining('Check TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET'),
    ]);
    expect(stderr).not.toContain('auth login');
  });
});

describe('a value that is no credential of an OAuth app', () => {
  it.each<[string, Env, RegExp]>([
    [
      'an Account SID as client id',
      { TWILIO_ORG_CLIENT_ID: `AC${hex}` },
      /CLIENT_ID is an Account SID.*API keys and Auth Tokens/,
    ],
    ['an API key as client id', { TWILIO_ORG_CLIENT_ID: `SK${hex}` }, /CLIENT_ID is an API key/],
    ['a secret as client id', { TWILIO_ORG_CLIENT_ID: 'swapped-canary' }, /CLIENT_ID is not the client id/],
    ['a client id as secret', { TWILIO_ORG_CLIENT_SECRET: `OQ${hex}` }, /CLIENT_SECRET is a client id/],
    ['an API key as secret', { TWILIO_ORG_CLIENT_SECRET: `SK${hex}` }, /CLIENT_SECRET is an API key/],
    [
      'a control character in a secret',
      { TWILIO_ORG_CLIENT_SECRET: 'can\u0007ary-canary' },
      /CLIENT_SECRET contains a character.*U\+0007/,
    ],
    ['an invisible character in a secret', { TWILIO_ORG_CLIENT_SECRET: 'a-canary\u200b!' }, /U\+200B/],
    [
      'Account SID and Auth Token',
      { TWILIO_ORG_ACCESS_TOKEN: `AC${hex}:canary` },
      /ACCESS_TOKEN is an Account SID/,
    ],
    [
      'an API key and its secret',
      { TWILIO_ORG_ACCESS_TOKEN: `SK${hex}:canary` },
      /ACCESS_TOKEN is an API key/,
    ],
    ['a login and its password', { TWILIO_ORG_ACCESS_TOKEN: 'ada:canary' }, /ACCESS_TOKEN .*":"/],
    ['an Auth Token', { TWILIO_ORG_ACCESS_TOKEN: hex }, /ACCESS_TOKEN is an Auth Token/],
    [
      'a whole header',
      { TWILIO_ORG_ACCESS_TOKEN: 'Bearer canary' },
      /ACCESS_TOKEN holds a space.*\n.*Bearer/,
    ],
    ['two lines', { TWILIO_ORG_ACCESS_TOKEN: 'one-canary\ntwo' }, /ACCESS_TOKEN holds a space/],
  ])('is refused by name before anything is sent: %s', async (_name, given, said) => {
    const { sandbox, list, credentials } = await world();
    const { exitCode, stderr } = await list({
      ...('TWILIO_ORG_ACCESS_TOKEN' in given ? {} : credentials),
      ...given,
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(said)]);
    for (const value of Object.values(given)) expect(stderr).not.toContain(value);
    expect(sent(sandbox)).toEqual([]);
  });
});

describe('auth login', () => {
  const login = (args: string[], input = 'a-canary') =>
    call(['auth', 'login', '--grant', 'client-credentials', '--client-secret-stdin', ...args], {
      env: {
        TWILIO_ORG_CONFIG_DIR: join(home, 'nothing'),
        TWILIO_ORG_OAUTH_URL: 'http://127.0.0.1:9',
        TWILIO_ORG_STORE: 'file',
        TWILIO_ORG_STORE_PASSPHRASE: 'canary',
      },
      input,
    });

  it.each([
    ['--client-id', `AC${hex}`, /--client-id is an Account SID/],
    ['--client-id', `SK${hex}`, /--client-id is an API key/],
    ['--client-id', 'ACnonsense', /--client-id is an Account SID/],
    ['--client-id', 'pasted-secret', /--client-id is not the client id/],
  ])('refuses %s %s by name, and never shows it', async (flag, value, said) => {
    const { exitCode, stderr, stdout } = await login([flag, value]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(said)]);
    expect(stdout + stderr).not.toContain(value);
  });

  it.each([
    '--client-id',
    '--profile',
    '--redirect-uri',
    '--organization-sid',
    '--listen',
    '--store',
    '--grant',
  ])('refuses an empty %s, naming it', async (flag) => {
    for (const value of ['', ' ']) {
      const { exitCode, stderr } = await login(
        ['--client-id', `OQ${hex}`, flag, value].slice(flag === '--client-id' ? 2 : 0),
      );
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(flag)]);
    }
  });

  test.each([
    [`AC${hex}`, /standard input is an Account SID/],
    ['one\u0000canary', /standard input contains a character/],
    [' \n', /Standard input contains no client secret/],
  ])('refuses %j as a secret on standard input', async (input, said) => {
    const { exitCode, stderr } = await login(['--client-id', `OQ${hex}`], input);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(said)]);
  });
});

test('an empty --profile is refused by every command that has the flag', async () => {
  for (const command of [
    ['users', 'list'],
    ['apps', 'create'],
    ['auth', 'status'],
    ['auth', 'logout'],
  ]) {
    const { exitCode, stderr } = await call([...command, '--profile', '']);
    expect([command, exitCode, stderr]).toEqual([command, 2, expect.stringContaining('--profile')]);
  }
});

describe('a secret on standard input', () => {
  const encodings: [string, (text: string) => Uint8Array][] = [
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`${bom}${text}`)],
    ['UTF-16 of PowerShell 5', (text) => Buffer.from(`${bom}${text}\r\n`, 'utf16le')],
    ['big-endian UTF-16', (text) => Buffer.from(`${bom}${text}`, 'utf16le').swap16()],
    ['UTF-8 with blanks around it', (text) => Buffer.from(` ${text} \r\n\r\n`)],
  ];

  it.each(encodings)('is read as %s', async (_name, encode) => {
    const sandbox = await startSandbox({ users: 1 });
    onTestFinished(() => sandbox.close());
    const { env, plant, call: here, stored } = await withProfiles();
    await plant();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const { exitCode, stderr } = await here(
      [
        'auth',
        'login',
        '--profile',
        'job',
        '--grant',
        'client-credentials',
        '--client-id',
        client_id,
        '--client-secret-stdin',
      ],
      { ...env, TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl },
      encode(client_secret),
    );
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Logged in')]);
    expect((await stored('job'))?.clientSecret?.reveal()).toBe(client_secret);
  });
});

describe('a line end at the end of the passphrase', () => {
  const passphrase = 'correct horse battery staple';

  it('is ignored', async () => {
    const { plant, call: here } = await withProfiles();
    await plant();
    for (const end of ['\n', '\r\n']) {
      const given = { TWILIO_ORG_STORE_PASSPHRASE: `${passphrase}${end}` };
      expect((await here(['auth', 'token'], given)).exitCode).toBe(0);
    }
    const blank = { TWILIO_ORG_STORE_PASSPHRASE: `${passphrase} ` };
    expect((await here(['auth', 'token'], blank)).exitCode).toBe(4);
  });

  it('opens a credential file that was encrypted with it', async () => {
    const { configDir } = await withProfiles();
    const kept = new Secret(`${passphrase}\n`);
    const old = await openStore('file', { configDir, passphrase: async () => kept });
    await old.set('work', new Secret('a canary'));
    const options = { configDir, passphrase: async () => new Secret(passphrase), olderPassphrase: kept };
    const store = await openStore('file', options);
    expect((await store.get('work'))?.reveal()).toBe('a canary');
    await store.set('work', new Secret('another canary'));
    expect((await old.get('work'))?.reveal()).toBe('another canary');
  });
});
