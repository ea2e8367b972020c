import { describe, expect, it } from 'vitest';
import { cleanEnv, program, sent } from '../../support/cli.ts';
import { organization, prepared } from '../../support/logins.ts';
import { openTerminal } from '../../support/pty.ts';

const otherOrganization = `OR${'b'.repeat(32)}`;

describe('logging in again', () => {
  it('with the same app asks nothing, and keeps organization and store', async () => {
    const { login, config } = await prepared();
    expect((await login([], { TWILIO_ORG_STORE: undefined })).exitCode).toBe(0);
    expect(config().profiles.default).toMatchObject({ organization_sid: organization, store: 'file' });
  });

  it.each([
    ['another organization', ['--organization-sid', otherOrganization], {}],
    ['another app', [], {}, 'OQffffffffffffffffffffffffffffffff'],
    ['another origin', [], { TWILIO_ORG_API_URL: 'https://iam.example.com' }],
  ])(
    'for %s is refused without a terminal and without --yes, before any request',
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

  it.each([
    ['names another app, its secret is not used', `OQ${'e'.repeat(32)}`, 2],
    ['names the same app, its secret is used', undefined, 0],
  ])('where the environment %s', async (_, idInEnv, expected) => {
    const { call, client_id, client_secret, sandbox } = await prepared();
    const args = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const { exitCode, stderr } = await call(args, {
      TWILIO_ORG_CLIENT_ID: idInEnv ?? client_id,
      TWILIO_ORG_CLIENT_SECRET: client_secret,
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: expected });
    if (idInEnv === undefined) return;
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      `belongs to ${idInEnv}, the client id in TWILIO_ORG_CLIENT_ID; this login is for ${client_id}`,
    );
    expect(stderr).toContain('--client-secret-stdin');
    expect(sent(sandbox)).toEqual([]);
  });

  it('for another organization works with --yes', async () => {
    const { login, config } = await prepared();
    expect((await login(['--organization-sid', otherOrganization, '--yes'])).exitCode).toBe(0);
    expect(config().profiles.default).toMatchObject({ organization_sid: otherOrganization });
  });

  it('for another organization asks on a terminal, and a no changes nothing', async () => {
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

  it('into another store names what remains in the old one when that cannot be emptied', async () => {
    const { plant, login, config } = await prepared();
    await plant('chain', { grant: 'client-credentials', store: 'keychain' });
    const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
    const { exitCode, stderr } = await login(['--profile', 'chain', '--store', 'file'], noBus);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('still in the keychain')]);
    expect(stderr).toContain('twilio-org auth migrate --profile chain --to file');
    expect(config().profiles.chain).toMatchObject({ store: 'file', left_in: 'keychain' });
  });
});
