import { join } from 'node:path';
import { expect, it, onTestFinished, test, vi } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { call, cleanEnv, type Env, home, program, sent, writes } from '../support/cli.ts';
import { decide } from '../support/consent.ts';
import { browserLogin } from '../support/login.ts';
import { loggingBrowser } from '../support/open-log.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith, testWith } from '../support/requires.ts';

const apps = 'https://1console.twilio.com/organization/settings/oauth/apps';

/** `auth setup` as a person runs it who has nothing but an organization: a sandbox. */
async function begun(args: string[] = [], options: SandboxOptions = {}, env: Env = {}) {
  const world = await browserLogin(options);
  const terminal = openTerminal(
    process.execPath,
    [program, 'auth', 'setup', '--redirect-uri', world.redirectUri, ...args],
    { env: cleanEnv({ ...world.env, ...env }), columns: 1000, rows: 60 },
  );
  onTestFinished(() => terminal.close());
  const here = (words: string[]) => call(words, { env: world.env });
  return { ...world, terminal, here };
}

describeWith('terminal', 'auth setup for a person', () => {
  it('guides from nothing to a working login', async () => {
    const { BROWSER, opened } = loggingBrowser();
    const { terminal, redirectUri, client_id, client_secret, sandbox, here } = await begun(
      [],
      {},
      { BROWSER },
    );
    await terminal.waitFor('Who will use this login?');
    await terminal.waitFor('❯ A person');
    terminal.type('\r');
    await terminal.waitFor('What will this login be used for?');
    await terminal.waitFor('❯ Look only: see users');
    await terminal.waitFor('Scopes: managed-users/read list, role-assignments/list, roles/list');
    terminal.type('\r');
    await terminal.waitFor('Create an OAuth app:');
    await terminal.waitFor(apps);
    await terminal.waitFor('Choose the grant type "Authorization code"');
    await terminal.waitFor(new RegExp(`Redirect URL +${redirectUri.replaceAll('.', '\\.')}\\s`));
    await terminal.waitFor('Select these scopes:');
    await terminal.waitFor(/managed-users\/read +read one user, by SID\r\n/);
    await terminal.waitFor(/managed-users\/list +list users .*\r\n/);
    await terminal.waitFor(/role-assignments\/list +list .*\r\n +roles\/list +list .*\r\n\r\n/);
    await terminal.waitFor(`Opened ${apps} in your browser`);
    await terminal.waitFor('Press Enter');
    expect(sent(sandbox)).toEqual([]);
    terminal.type('\r');
    await terminal.waitFor('Client id of the new app');
    terminal.type(` ${client_id}\r`);
    await terminal.waitFor('Client secret');
    terminal.type(`${client_secret}\r`);
    await terminal.waitFor('does not support SSO');
    await terminal.waitFor('Logged in: profile default');
    await terminal.waitFor('Twilio accepts the login.');
    await terminal.waitFor(
      /Next, try:\r\n +Everybody in the organization:\r\n +twilio-org users list\r\n +Who is an admin:\r\n +twilio-org role-assignments list --role Admin\r/,
    );
    expect(await terminal.exited).toBe(0);
    expect(terminal.raw()).not.toContain(client_secret);
    expect(terminal.text()).not.toContain('lacks');
    expect(writes(sandbox)).toEqual(['POST /v2/authorize']);
    await vi.waitFor(
      () => expect(opened()).toEqual([apps, expect.stringContaining('/v2/authorize?')]),
      120_000,
    );
    const { stdout } = await here(['auth', 'status', '--check', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ grant: 'authorization-code', client_id, state: 'accepted' }]);
  });

  it('opens nothing with --no-browser, and takes the legacy Console', async () => {
    const { BROWSER, opened } = loggingBrowser();
    const { terminal, client_id, client_secret } = await begun(
      ['--no-browser', '--legacy', '--grant', 'authorization-code'],
      {},
      { BROWSER },
    );
    await terminal.waitFor('❯ Look only');
    terminal.type('\r');
    await terminal.waitFor('https://admin.twilio.com/applications/oauth');
    await terminal.waitFor('Press Enter');
    terminal.type('\r');
    await terminal.waitFor('Client id');
    terminal.type(`${client_id}\r`);
    await terminal.waitFor('Client secret');
    terminal.type(`${client_secret}\r`);
    await terminal.waitFor(/Open this page in a browser:\s+http:\S+authorize\S+/);
    const page = /http:\S+\/v2\/authorize\S+/.exec(terminal.text())?.[0] ?? '';
    await terminal.waitFor('paste the address');
    await fetch(await decide(page, 'approve'));
    await terminal.waitFor('Twilio accepts the login.');
    expect(await terminal.exited).toBe(0);
    expect(opened()).toEqual([]);
  });

  it('stores nothing when it is cancelled before the login', async () => {
    const { terminal, here, sandbox } = await begun(['--no-browser', '--grant', 'authorization-code']);
    await terminal.waitFor('❯ Look only');
    terminal.type('\r');
    await terminal.waitFor('Press Enter');
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
    expect(sent(sandbox)).toEqual([]);
    expect((await here(['auth', 'status'])).exitCode).toBe(4);
  });
});

describeWith('terminal', 'auth setup for CI', () => {
  /** From the choice of the intent to the end of the login. */
  async function throughConsole(
    { terminal, sandbox }: Awaited<ReturnType<typeof begun>>,
    intent = 'Look only',
    secret = sandbox.apps.client_credentials.client_secret,
  ) {
    await terminal.waitFor('❯ Look only');
    if (intent !== 'Look only') {
      terminal.type(intent);
      await terminal.waitFor(`❯ ${intent}`);
    }
    terminal.type('\r');
    if (intent === 'Choose myself') {
      await terminal.waitFor('◉ users list');
      // All of the list.
      terminal.type('a\r');
    }
    await terminal.waitFor('"Client credentials"');
    await terminal.waitFor('Press Enter');
    terminal.type('\r');
    await terminal.waitFor('Client id');
    terminal.type(`${sandbox.apps.client_credentials.client_id}\r`);
    await terminal.waitFor('Client secret');
    terminal.type(`${secret}\r`);
  }

  it('ends with the variables to set, and never shows the secret', async () => {
    const world = await begun(['--no-browser', '--profile', 'ci']);
    const { terminal, sandbox, here } = world;
    await terminal.waitFor('Who will use this login?');
    terminal.type('CI');
    await terminal.waitFor('❯ CI or a server');
    terminal.type('\r');
    await throughConsole(world);
    await terminal.waitFor('Logged in: profile ci');
    await terminal.waitFor('Twilio accepts the login.');
    await terminal.waitFor("your CI's secret store");
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    await terminal.waitFor(new RegExp(`TWILIO_ORG_CLIENT_ID +${client_id}`));
    await terminal.waitFor(/TWILIO_ORG_CLIENT_SECRET +the client secret that you copied/);
    await terminal.waitFor(new RegExp(`TWILIO_ORG_ORGANIZATION_SID +${sandbox.organizationSid}`));
    await terminal.waitFor(new RegExp(`TWILIO_ORG_API_URL +${sandbox.apiUrl}`));
    await terminal.waitFor('twilio-org auth logout --profile ci');
    expect(await terminal.exited).toBe(0);
    expect(terminal.raw()).not.toContain(client_secret);
    expect(terminal.text()).not.toContain('Redirect URL  ');
    expect((await here(['users', 'list', '--limit', '1', '--profile', 'ci'])).exitCode).toBe(0);
  });

  it.each(['Everything', 'Choose myself'])(
    'after %s warns of missing scopes, and lists those that only a change would show',
    async (intent) => {
      const world = await begun(['--no-browser', '--grant', 'client-credentials'], {
        scopes: ['managed-users/read'],
      });
      const { terminal, sandbox } = world;
      await throughConsole(world, intent);
      await terminal.waitFor('Twilio accepts the login.');
      await terminal.waitFor(
        'Only a change can show whether it has managed-users/create, managed-users/update, managed-users/delete, role-assignments/create, role-assignments/delete.',
      );
      await terminal.waitFor(
        'warning: The login lacks managed-users/list, role-assignments/list, roles/list',
      );
      await terminal.waitFor('apps update');
      expect(await terminal.exited).toBe(0);
      expect(writes(sandbox)).toEqual([]);
    },
  );

  it('stores nothing when the credentials are refused', async () => {
    const world = await begun(['--no-browser', '--grant', 'client-credentials']);
    await throughConsole(world, undefined, 'wrong canary');
    await world.terminal.waitFor('refused the credentials');
    expect(await world.terminal.exited).toBe(4);
    expect((await world.here(['auth', 'status'])).exitCode).toBe(4);
  });
});

test('auth setup without a terminal is a usage error that suggests auth login and apps scopes', async () => {
  const { exitCode, stdout, stderr } = await call(['auth', 'setup'], {
    env: { TWILIO_ORG_CONFIG_DIR: join(home, 'nothing') },
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('twilio-org auth login');
  expect(stderr).toContain('twilio-org apps scopes');
});

testWith(
  'terminal',
  'auth setup refuses credentials in the environment, which would take precedence over it',
  async () => {
    const { terminal } = await begun([], {}, { TWILIO_ORG_CLIENT_SECRET: 'other-canary' });
    await terminal.waitFor('TWILIO_ORG_CLIENT_SECRET is set and would override');
    expect(await terminal.exited).toBe(2);
    expect(terminal.text()).not.toContain('Who will use');
  },
);
