import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoginIdentity } from '../../../src/login/oauth/stored-credentials.ts';
import { cleanEnv, type Env, program, sent } from '../../support/cli.ts';
import { taken } from '../../support/locks.ts';
import { withProfiles } from '../../support/profiles.ts';
import { openTerminal } from '../../support/pty.ts';

const organization = `OR${'a'.repeat(32)}`;
const otherOrganization = `OR${'b'.repeat(32)}`;

/** The profile `default` of the client-credentials app, and how to log in to that app again. */
async function prepared() {
  const world = await withProfiles();
  await world.plant('default', { grant: 'client-credentials', organization_sid: organization });
  const { client_id, client_secret } = world.sandbox.apps.client_credentials;
  const args = ['auth', 'login', '--grant', 'client-credentials', '--client-secret-stdin', '--client-id'];
  const login = (more: string[] = [], env: Env = {}, id = client_id) =>
    world.call([...args, id, ...more], env, client_secret);
  return { ...world, login, client_id, client_secret };
}

describe('the default profile', () => {
  it('is changed by auth switch alone, never by --profile or the variable', async () => {
    const { call, plant, login, config } = await prepared();
    await plant('other', { grant: 'client-credentials' });
    const other = { TWILIO_ORG_PROFILE: 'other' };
    const commands = [
      ['users', 'list', '--limit', '1'],
      ['auth', 'token'],
      ['auth', 'status'],
      ['auth', 'refresh'],
    ];
    for (const args of commands) {
      expect([args, (await call([...args, '--profile', 'other'])).exitCode]).toEqual([args, 0]);
      expect([args, (await call(args, other)).exitCode]).toEqual([args, 0]);
    }
    expect((await login(['--profile', 'other'])).exitCode).toBe(0);
    expect((await login([], other)).exitCode).toBe(0);
    expect((await call(['auth', 'logout', '--profile', 'other'])).exitCode).toBe(0);
    expect(config().default_profile).toBe('default');
  });
});

describe('logging in again', () => {
  it('to the same app asks nothing, and keeps organization and store', async () => {
    const { login, config } = await prepared();
    expect((await login([], { TWILIO_ORG_STORE: undefined })).exitCode).toBe(0);
    expect(config().profiles.default).toMatchObject({ organization_sid: organization, store: 'file' });
  });

  it.each([
    ['another organization', ['--organization-sid', otherOrganization], {}],
    ['another app', [], {}, 'OQffffffffffffffffffffffffffffffff'],
    ['another origin', [], { TWILIO_ORG_API_URL: 'https://iam.example.com' }],
  ])(
    'for %s is refused off a terminal without --yes, before any request',
    async (_, args, env, id?: string) => {
      const { login, config, file, sandbox } = await prepared();
      const before = [config(), file()];
      const { exitCode, stderr } = await login(args, env, id);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(/Profile default is the login of.*\n.*--yes/),
      ]);
      expect([config(), file(), sent(sandbox)]).toEqual([...before, []]);
    },
  );

  it('for another organization is done with --yes', async () => {
    const { login, config } = await prepared();
    expect((await login(['--organization-sid', otherOrganization, '--yes'])).exitCode).toBe(0);
    expect(config().profiles.default).toMatchObject({ organization_sid: otherOrganization });
  });

  it('for another organization asks on a terminal, and no is no', async () => {
    const { env, client_id, config, sandbox } = await prepared();
    const args = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const terminal = openTerminal(
      process.execPath,
      [program, ...args, '--organization-sid', otherOrganization],
      { env: cleanEnv(env), columns: 200 },
    );
    await terminal.waitFor(`organization ${organization}`);
    await terminal.waitFor('Replace it?');
    terminal.type('n\r');
    expect(await terminal.exited).toBe(130);
    expect(config().profiles.default).toMatchObject({ organization_sid: organization });
    expect(sent(sandbox)).toEqual([]);
  });

  it('into another store says what is left in the old one when that cannot be emptied', async () => {
    const { plant, login, config } = await prepared();
    await plant('chain', { grant: 'client-credentials', store: 'keychain' });
    const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
    const { exitCode, stderr } = await login(['--profile', 'chain', '--store', 'file'], noBus);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('still in the keychain')]);
    expect(stderr).toContain('twilio-org auth migrate --profile chain --to file');
    expect(config().profiles.chain).toMatchObject({ store: 'file', left_in: 'keychain' });
  });
});

describe('auth logout', () => {
  const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  const console1 = 'https://1console.twilio.com/organization/settings/oauth/apps';

  it('can be repeated', async () => {
    const { call, config, stored } = await prepared();
    expect((await call(['auth', 'logout'])).stderr).toContain(console1);
    expect([await stored(), config().profiles]).toEqual([undefined, {}]);
    expect((await call(['auth', 'logout'])).exitCode).toBe(0);
    expect((await call(['auth', 'logout', '--all', '--yes'])).exitCode).toBe(0);
  });

  it('also takes away a profile whose credentials are gone already', async () => {
    const { call, config, configDir } = await prepared();
    rmSync(join(configDir, 'credentials.enc'));
    expect((await call(['auth', 'logout'])).exitCode).toBe(0);
    expect(config().profiles).toEqual({});
  });

  it('of all goes on after a store that fails: exit code 3, and what remains is named and kept', async () => {
    const { plant, call, config, stored } = await prepared();
    await plant('chain', { store: 'keychain' });
    await plant('last');
    const { exitCode, stderr } = await call(['auth', 'logout', '--all', '--yes'], noBus);
    expect([exitCode, Object.keys(config().profiles)]).toEqual([3, ['chain']]);
    expect([await stored('default'), await stored('last')]).toEqual([undefined, undefined]);
    expect(stderr).toContain('Logged out: default, last');
    expect(stderr).toContain('profile chain and its credentials remain');
    expect(stderr).toContain(console1);
  });

  it('that removes nothing is exit code 1, and names what remains', async () => {
    const { plant, call, config } = await prepared();
    await plant('chain', { store: 'keychain' });
    const { exitCode, stderr } = await call(['auth', 'logout', '--profile', 'chain'], noBus);
    expect([exitCode, Object.keys(config().profiles)]).toEqual([1, ['default', 'chain']]);
    expect(stderr).toContain('profile chain and its credentials remain');
    expect(stderr).toContain(console1);
  });

  it('says that the secrets are gone when only the profile could not be removed', async () => {
    const { call, config, configDir, stored } = await prepared();
    const loggedOut = call(['auth', 'logout']);
    await taken(join(configDir, 'config.json.lock'));
    const { exitCode, stderr } = await loggedOut;
    expect([exitCode, await stored(), Object.keys(config().profiles)]).toEqual([8, undefined, ['default']]);
    expect(stderr).toContain(
      'Not logged out: the credentials of default are gone, and its profile remains. ',
    );
  });

  it('empties the other store of a profile even when the first one fails', async () => {
    const { plant, call, config, stored } = await prepared();
    await plant('both', { store: 'keychain', left_in: 'file' });
    const { exitCode } = await call(['auth', 'logout', '--profile', 'both'], noBus);
    expect([exitCode, await stored('both')]).toEqual([1, undefined]);
    expect(Object.keys(config().profiles)).toContain('both');
  });
});

it('auth status lists every login although no secret can be read', async () => {
  const { plant, call } = await prepared();
  await plant('chain', { store: 'keychain' });
  const { exitCode, stdout, stderr } = await call(['auth', 'status', '-o', 'json'], {
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    TWILIO_ORG_STORE_PASSPHRASE: undefined,
  });
  expect(JSON.parse(stdout)).toMatchObject([
    { profile: 'default', state: 'unreadable', store: 'file' },
    { profile: 'chain', state: 'unreadable', store: 'keychain' },
  ]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('TWILIO_ORG_STORE_PASSPHRASE')]);
});

it('auth status --check says of what could not be sent that, and not that Twilio refused it', async () => {
  const { plant, keep, call, sandbox } = await withProfiles();
  await plant('good');
  const others = await plant('other');
  await keep('other', { ...others, identity: { ...others.identity, client_id: 'OQother' } as LoginIdentity });
  await plant('refused', { known: false, expiresIn: 3_600_000, grant: 'client-credentials' });
  Object.assign(sandbox.apps.client_credentials, { client_secret: 'rotated' });
  const { exitCode, stdout } = await call(['auth', 'status', '--check', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject([
    { profile: 'good', state: 'accepted' },
    { profile: 'other', state: 'of another login' },
    { profile: 'refused', state: 'refused' },
  ]);
  expect(exitCode).toBe(4);
});

it('a folder that others can open is told once in a command, however often it is used', async () => {
  const { login, configDir } = await prepared();
  chmodSync(configDir, 0o1777);
  const { exitCode, stderr } = await login();
  expect([exitCode, stderr.split('Others on this machine').length - 1]).toEqual([0, 1]);
});

describe('a variable that keeps every command from using the login in force', () => {
  it.each([
    [
      'TWILIO_ORG_CLIENT_ID',
      `OQ${'0'.repeat(32)}`,
      /TWILIO_ORG_CLIENT_ID is set, but TWILIO_ORG_CLIENT_SECRET/,
    ],
    ['TWILIO_ORG_CLIENT_SECRET', 'a-canary', /TWILIO_ORG_CLIENT_SECRET is set, but TWILIO_ORG_CLIENT_ID/],
    [
      'TWILIO_ORG_API_URL',
      'http://127.0.0.1:1',
      /TWILIO_ORG_API_URL is http:.*its credentials go nowhere else/,
    ],
  ])('is named by auth status, too: %s', async (name, value, message) => {
    const { plant, call, sandbox } = await withProfiles();
    await plant();
    const left = { [name]: value };
    const list = await call(['users', 'list'], left);
    const checked = await call(['auth', 'status', '--check'], left);
    const status = await call(['auth', 'status'], left);
    expect([list.exitCode, checked.exitCode, status.exitCode]).toEqual([2, 2, 0]);
    for (const { stderr } of [list, checked, status]) expect(stderr).toMatch(message);
    expect(checked.stdout).not.toContain('accepted');
    expect(sent(sandbox)).toEqual([]);
  });
});

it('a command that an error advises is for the profile that was named', async () => {
  const { plant, run } = await withProfiles({ fail: 1, seed: 2 });
  await plant('staging', { organization_sid: organization });
  const create = [
    'users',
    'create',
    '--email',
    'a@example.com',
    '--max-retries',
    '0',
    '--profile',
    'staging',
  ];
  expect(await run(create)).toMatchObject({
    exitCode: 11,
    stderr: expect.stringContaining('This shows it: twilio-org --profile staging users get a@example.com\n'),
  });
  expect((await run(['runs', 'show', 'x', '--profile=staging', '-o', 'json'])).stderr).toContain(
    '`twilio-org --profile staging runs list` shows them',
  );
  expect((await run(['users', 'list', '--profile', 'other'])).stderr).toContain(
    'Profiles are staging: pass --profile NAME, or twilio-org auth switch NAME',
  );
});
