import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { asData } from '../../support/apps.ts';
import { call, cleanEnv, type Env, home, program, run } from '../../support/cli.ts';
import { loggingBrowser } from '../../support/open-log.ts';
import { openTerminal } from '../../support/pty.ts';
import { testWith } from '../../support/requires.ts';

const apps = 'https://1console.twilio.com/organization/settings/oauth/apps';

const legacyApps = 'https://admin.twilio.com/applications/oauth';

const legacyAuthorized = 'https://admin.twilio.com/applications/authorized-apps';

describe('the steps in the Console', () => {
  test.each<[args: string, url: string, steps: RegExp[]]>([
    [
      'create',
      apps,
      [
        /Organization API access/,
        /Create OAuth application/,
        /"Authorization code"/,
        /fields/,
        /scopes/,
        /Copy secret/,
        /Got it!.*Finish/,
      ],
    ],
    [
      'create --grant client-credentials',
      apps,
      [
        /Organization API access/,
        /Create OAuth application/,
        /"Client credentials"/,
        /fields/,
        /scopes/,
        /Copy secret/,
        /Got it!.*Finish/,
      ],
    ],
    [
      'create --legacy',
      legacyApps,
      [
        /Applications > OAuth apps/,
        /Create an OAuth app/,
        /"Authorization code"/,
        /fields/,
        /scopes/,
        /Copy secret/,
        /Got it!.*Finish/,
      ],
    ],
    [
      'create --legacy --grant client-credentials',
      legacyApps,
      [
        /OAuth apps/,
        /Create OAuth application/,
        /"Client credentials"/,
        /fields/,
        /scopes/,
        /Copy secret/,
        /Finish/,
      ],
    ],
    [
      'view',
      apps,
      [
        /Organization API access/,
        /name of the app/,
        /APPLICATION DETAILS.*Redirect URL/,
        /ACCESS SETTINGS/,
        /Credentials.*Authorization URL/,
      ],
    ],
    [
      'view --grant client-credentials',
      apps,
      [
        /Organization API access/,
        /name of the app/,
        /APPLICATION DETAILS(?!.*Redirect)/,
        /ACCESS SETTINGS/,
        /Credentials(?!.*Authorization URL)/,
      ],
    ],
    ['view --legacy', legacyApps, [/OAuth apps/, /name of the app/, /shows .*Authorization URL/]],
    [
      'update',
      apps,
      [
        /Organization API access/,
        /name of the app/,
        /Edit application details.*Save/,
        /scopes.*ACCESS SETTINGS/,
      ],
    ],
    ['update --legacy', legacyApps, [/OAuth apps/, /name of the app/, /scopes/, /Save.*Cancel/]],
    ['delete', apps, [/Organization API access/, /Delete.*Action$/, /Delete.*dialog/]],
    ['delete --legacy', legacyApps, [/OAuth apps/, /Delete.*Actions/, /Delete.*dialog/]],
    ['authorized', apps, [/AUTHORIZED APPLICATIONS/, /Authorized by/]],
    ['authorized --legacy', legacyAuthorized, [/Authorized apps/, /Authorized by/]],
    ['revoke', apps, [/AUTHORIZED APPLICATIONS/, /Authorized by/, /Revoke/]],
    ['revoke --legacy', legacyAuthorized, [/Authorized apps/, /Authorized by/, /Revoke/]],
  ])('of `apps %s` are on its page and in order', async (args, url, steps) => {
    const how = await asData(args);
    expect(how).toMatchObject({
      title: expect.any(String),
      url,
      console: /legacy/.test(args) ? 'legacy' : 'present',
    });
    expect(how.steps).toEqual(steps.map((step) => expect.stringMatching(step)));
  });

  it('of an update in the legacy Console name every field that its page shows', async () => {
    const named = async (args: string) => (await asData(args)).steps.join();
    const person = await named('update --legacy');
    for (const field of [
      'Application name',
      'Description of the application',
      'Date created',
      'Created by',
      'Company name',
      'Homepage URL',
      'Terms of service URL',
      'Redirect URL',
      'scopes',
      'Client ID',
      'Authorization URL',
    ]) {
      expect(person).toContain(field);
    }
    const job = await named('update --legacy --grant client-credentials');
    expect(job).toMatch(/App name, Description of the app and OAuth scopes/);
    expect(job).not.toContain('Redirect URL');
  });

  it('of a new app that a person approves advise a dedicated service account, in both Consoles', async () => {
    for (const args of ['create', 'create --legacy']) {
      const notes = (await asData(args)).notes.join('\n');
      expect(notes).toMatch(/service account.*deactivated.*may lose its access/);
      expect(notes).toMatch(/code.*once.*five minutes/);
    }
    expect((await asData('create --grant client-credentials')).notes.join()).not.toContain('service account');
  });

  it('are numbered for people, with the page', async () => {
    const { stdout, exitCode } = await call(['apps', 'revoke', '-o', 'table']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Revoke the access .*\n {2}https:\/\/1console\S+\n\n1\. .*\n2\. .*\n3\. /);
  });

  it('are a row each off a terminal, with the page and what to know on stderr', async () => {
    const { stdout, stderr } = await run(['apps', 'delete']);
    expect(stdout).toMatch(/^1\t.*\n2\t.*\n3\t.*\n$/);
    expect(stderr).toContain(apps);
    expect((await call(['apps', 'delete', '-q'])).stderr).toBe('');
  });

  it('can be cut to some members, of which unknown ones are refused', async () => {
    expect((await call(['apps', 'view', '--fields', 'title,url'])).stdout).toBe(
      `View an OAuth app\t${apps}\n`,
    );
    const { exitCode, stderr } = await call(['apps', 'view', '--fields', 'stpes']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Known fields: title, console')]);
  });
});

describe('apps create', () => {
  it('names every field of an authorization-code app, the Redirect URL to save, and where the scopes are told', async () => {
    const { fields, notes } = await asData('create');
    expect(fields.map(({ name }: { name: string }) => name)).toEqual([
      'Application name',
      'Application description',
      'Company name',
      'Images for the application',
      'Homepage URL',
      'Terms of service URL',
      'Redirect URL',
    ]);
    expect(fields.at(-1).value).toBe('http://127.0.0.1:8477/callback');
    expect(notes.join('\n')).toMatch(/apps scopes.*exactly.*does not support SSO/s);
    const { stdout } = await call(['apps', 'create', '-o', 'table']);
    expect(stdout).toMatch(/Redirect URL +http:\/\/127\.0\.0\.1:8477\/callback/);
    expect(stdout).toContain('`twilio-org apps scopes`');
  });

  it('names the two fields of a client-credentials app, and no Redirect URL', async () => {
    const how = await asData('create --grant client-credentials');
    expect(how.fields).toHaveLength(2);
    expect(JSON.stringify(how)).not.toContain('Redirect');
  });
});

test('apps delete says that access is revoked and tokens become invalid at once, and for which grant Twilio says so', async () => {
  expect((await asData('delete')).notes.join()).toMatch(
    /Its access is revoked and .* tokens .* invalid at once/,
  );
  const jobs = (await asData('delete --grant client-credentials')).notes.join();
  expect(jobs).toMatch(/invalid at once.*Twilio documents this for authorization-code apps only/);
});

test.each(['authorized', 'revoke'])(
  'apps %s is about authorization-code apps only, and says so of the others',
  async (verb) => {
    const { exitCode, stdout, stderr } = await call(['apps', verb, '--grant', 'client-credentials']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: Only authorization-code apps .*\n.*apps delete --grant client-credentials\n$/,
    );
  },
);

describe('--open', () => {
  it('off a terminal opens nothing, says so, and still prints the steps', async () => {
    const { BROWSER, opened } = loggingBrowser();
    const { exitCode, stdout, stderr } = await run(['apps', 'create', '--open'], { env: { BROWSER } });
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^1\t/)]);
    expect(stderr).toContain('Without a terminal no browser is opened');
    expect(opened()).toEqual([]);
  });

  function onTerminal(args: string[], env: Env) {
    const terminal = openTerminal(process.execPath, [program, ...args], { env: cleanEnv(env), columns: 150 });
    onTestFinished(() => terminal.close());
    return terminal;
  }

  testWith('terminal', 'on a terminal opens the page in the browser', async () => {
    const { BROWSER, opened } = loggingBrowser();
    const terminal = onTerminal(['apps', 'revoke', '--legacy', '--open'], { BROWSER });
    await terminal.waitFor('3. Click "Revoke"');
    await terminal.waitFor(`Opened ${legacyAuthorized} in your browser`);
    expect(await terminal.exited).toBe(0);
    await vi.waitFor(() => expect(opened()).toEqual([legacyAuthorized]), 120_000);
  });

  testWith(
    'terminal',
    'prints the steps all the same where no browser can be started, or it would open elsewhere',
    async () => {
      const failing = onTerminal(['apps', 'view', '--open'], { BROWSER: 'false' });
      await failing.waitFor('No browser could be started here');
      expect(await failing.exited).toBe(0);
      expect(failing.text()).not.toContain('Opened');
      const broken = onTerminal(['apps', 'view', '--open'], { BROWSER: join(home, 'no-such-browser') });
      await broken.waitFor('2. Click the name of the app');
      await broken.waitFor('No browser could be started here');
      expect(await broken.exited).toBe(0);
      const remote = onTerminal(['apps', 'view', '--open'], { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' });
      await remote.waitFor('No browser is opened over SSH');
      expect(await remote.exited).toBe(0);
    },
  );
});
