import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LoginIdentity } from '../../../src/login/oauth/stored-credentials.ts';
import { call, cleanEnv, home, program, sandboxed, sent } from '../../support/cli.ts';
import { decide } from '../../support/consent.ts';
import { browserLogin, pageOf } from '../../support/login.ts';
import { loggingBrowser } from '../../support/open-log.ts';
import { withProfiles } from '../../support/profiles.ts';
import { openTerminal } from '../../support/pty.ts';
import { testWith } from '../../support/requires.ts';

const apps = 'https://1console.twilio.com/organization/settings/oauth/apps';

describe('apps rotate-secret', () => {
  /** A login of the grant, and an app whose secret the Console has rotated since. */
  async function rotated(grant: 'authorization_code' | 'client_credentials') {
    const world = await browserLogin();
    const { sandbox, env } = world;
    const app = sandbox.apps[grant];
    const old = app.client_secret;
    if (grant === 'authorization_code') {
      const login = world.login(['--no-browser']);
      await fetch(await decide(await pageOf(login), 'approve'));
      expect((await login).exitCode).toBe(0);
    } else {
      const args = [
        'auth',
        'login',
        '--grant',
        'client-credentials',
        '--client-id',
        app.client_id,
        '--client-secret-stdin',
      ];
      expect((await call(args, { env, input: old })).exitCode).toBe(0);
    }
    Object.assign(app, { client_secret: `${old}-rotated` });
    sandbox.requests.length = 0;
    const here = (args: string[], input = '') => call(args, { env, input });
    const rotate = (input: string) =>
      here(['apps', 'rotate-secret', '--client-secret-stdin', '-o', 'json'], input);
    return { ...world, here, rotate, app, fresh: `${old}-rotated` };
  }

  it.each(['authorization_code', 'client_credentials'] as const)(
    'with %s stores the new secret only after it has fetched a token with it',
    async (grant) => {
      const { here, rotate, fresh, sandbox, app } = await rotated(grant);
      expect((await here(['auth', 'refresh'])).exitCode).toBe(4);
      const { exitCode, stdout, stderr } = await rotate(`${fresh}\n`);
      expect({ exitCode, row: JSON.parse(stdout) }).toMatchObject({
        exitCode: 0,
        row: { profile: 'default', client_id: app.client_id },
      });
      expect(stderr).toContain('now uses the new secret');
      expect(stdout + stderr).not.toContain(fresh);
      sandbox.state.accessTokens.clear();
      expect((await here(['users', 'list', '--limit', '1'])).exitCode).toBe(0);
    },
  );

  it.each(['authorization_code', 'client_credentials'] as const)(
    'with %s changes nothing when the new secret is refused',
    async (grant) => {
      const { here, rotate, sandbox, app } = await rotated(grant);
      const refused = await rotate('another-canary');
      expect([refused.exitCode, refused.stdout]).toEqual([4, '']);
      expect(JSON.parse(refused.stderr).error.message).toContain('Profile default is unchanged');
      expect(refused.stderr).not.toContain('another-canary');
      // With the old secret back, nothing was lost: neither it nor the refresh token.
      Object.assign(app, { client_secret: app.client_secret.replace('-rotated', '') });
      sandbox.state.accessTokens.clear();
      expect((await here(['users', 'list', '--limit', '1'])).exitCode).toBe(0);
    },
  );

  it('with --dry-run sends and stores nothing', async () => {
    const { here, sandbox } = await rotated('client_credentials');
    const { exitCode, stderr } = await here(['apps', 'rotate-secret', '--dry-run']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Dry run')]);
    expect(sent(sandbox)).toEqual([]);
  });

  it('without a terminal and without a secret on standard input is a usage error', async () => {
    const { here, sandbox } = await rotated('client_credentials');
    const without = await here(['apps', 'rotate-secret']);
    expect([without.exitCode, without.stderr]).toEqual([
      2,
      expect.stringContaining('--client-secret-stdin is needed'),
    ]);
    expect((await here(['apps', 'rotate-secret', '--client-secret-stdin'])).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });

  it('refuses credentials from the environment, which are not stored, and a missing login', async () => {
    const { call } = await sandboxed();
    const given = await call(['apps', 'rotate-secret', '--client-secret-stdin'], { input: 'new canary' });
    expect([given.exitCode, given.stderr]).toEqual([2, expect.stringContaining('TWILIO_ORG_ACCESS_TOKEN')]);
    const env = { TWILIO_ORG_ACCESS_TOKEN: undefined, TWILIO_ORG_CONFIG_DIR: join(home, 'nothing') };
    expect(
      (await call(['apps', 'rotate-secret', '--client-secret-stdin'], { env, input: 'new canary' })).exitCode,
    ).toBe(4);
  });

  it('is refused before it reads the secret when the login cannot use one', async () => {
    const { plant, keep, call, sandbox } = await withProfiles();
    const own = await plant();
    await keep('default', { ...own, identity: { ...own.identity, client_id: 'OQother' } as LoginIdentity });
    const ofOther = await call(['apps', 'rotate-secret']);
    expect([ofOther.exitCode, ofOther.stderr]).toEqual([
      4,
      expect.stringContaining('belong to another login'),
    ]);
    expect(ofOther.stderr).not.toContain('Copy the new secret again');
    const closed = await call(['apps', 'rotate-secret'], { TWILIO_ORG_STORE_PASSPHRASE: 'another canary' });
    expect([closed.exitCode, closed.stderr]).toEqual([4, expect.stringContaining('Wrong passphrase for')]);
    expect(sent(sandbox)).toEqual([]);
  });

  it('does not blame the secret when the refresh token is used up', async () => {
    const { plant, call, sandbox } = await withProfiles();
    await plant();
    sandbox.state.refreshTokens.clear();
    const { exitCode, stderr } = await call(
      ['apps', 'rotate-secret', '--client-secret-stdin'],
      {},
      sandbox.apps.authorization_code.client_secret,
    );
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('Log in again: twilio-org auth login')]);
    expect(stderr).not.toContain('Copy the new secret again');
  });

  testWith(
    'terminal',
    'on a terminal leads to the Credentials tab and asks for the secret hidden',
    async () => {
      const { env, fresh } = await rotated('client_credentials');
      const { BROWSER, opened } = loggingBrowser();
      const terminal = openTerminal(process.execPath, [program, 'apps', 'rotate-secret', '--open'], {
        env: cleanEnv({ ...env, BROWSER }),
        columns: 150,
      });
      onTestFinished(() => terminal.close());
      await terminal.waitFor(apps);
      await terminal.waitFor('tab Credentials');
      await terminal.waitFor('New client secret');
      terminal.type(`${fresh}\r`);
      await terminal.waitFor('Profile default now uses the new secret');
      expect(await terminal.exited).toBe(0);
      expect(terminal.raw()).not.toContain(fresh);
      await vi.waitFor(() => expect(opened()).toEqual([apps]), 120_000);
    },
  );
});
