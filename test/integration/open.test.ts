import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { call, cleanEnv, type Env, program, sandboxed, userAt } from '../support/cli.ts';
import { loggingBrowser } from '../support/open-log.ts';
import { openTerminal } from '../support/pty.ts';
import { testWith } from '../support/requires.ts';

const users = 'https://1console.twilio.com/organization/settings/users/managed-users';
const apps = 'https://1console.twilio.com/organization/settings/oauth/apps';

describe('open', () => {
  it.each([
    ['users', users, ''],
    ['roles', users, /^Filter the users by the name of a role/],
    ['app', apps, 'Click the name of the app.\n'],
    ['authorized-apps', apps, 'Go to the tab AUTHORIZED APPLICATIONS.\n'],
    ['authorized-apps --legacy', 'https://admin.twilio.com/applications/authorized-apps', ''],
    ['user ada@example.com', users, 'Search for ada@example.com.\n'],
    [`user US${'0'.repeat(32)}`, users, `Search for US${'0'.repeat(32)}.\n`],
    ['users --no-browser -o table', users, ''],
  ])('%s prints the address alone on stdout off a terminal, without any request', async (args, url, note) => {
    const { stdout, stderr, exitCode } = await call(['open', ...args.split(' ')]);
    expect([exitCode, stdout]).toEqual([0, `${url}\n`]);
    expect(stderr).toEqual(typeof note === 'string' ? note : expect.stringMatching(note));
  });

  it('looks up the address of a user who is named by external id', async () => {
    const { call, sandbox } = await sandboxed();
    const { externalId, userName } = userAt(sandbox, 1);
    const { stdout, exitCode } = await call(['open', 'user', `external:${externalId}`, '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ page: 'user', url: users, next: `Search for ${userName}` });
  });

  it.each([
    ['', /^error: Which page\?\nFor example: twilio-org open users\n$/],
    ['user', /^error: Which user\?\nFor example: twilio-org open user ada@example.com\n$/],
    ['user ada', /^error: "ada" is not a user/],
    ['users ada@example.com', /takes no user\nFor a user: twilio-org open user ada@example.com\n$/],
    ['nothing', /nothing.*\n.*user, app, authorized-apps, users or roles/],
  ])('"%s" is a usage error', async (args, message) => {
    const { stdout, stderr, exitCode } = await call(['open', ...args.split(' ').filter(Boolean)]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('open on a terminal', () => {
  function onTerminal(args: string[], env: Env) {
    const terminal = openTerminal(process.execPath, [program, 'open', ...args], {
      env: cleanEnv(env),
      columns: 150,
    });
    onTestFinished(() => terminal.close());
    return terminal;
  }

  testWith('terminal', 'opens the page in the browser and says what to do there', async () => {
    const { BROWSER, opened } = loggingBrowser();
    const terminal = onTerminal(['user', 'ada@example.com'], { BROWSER });
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toContain(`Opened ${users} in your browser`);
    expect(terminal.text()).toContain('Search for ada@example.com.');
    await vi.waitFor(() => expect(opened()).toEqual([users]), 120_000);
  });

  testWith(
    'terminal',
    'prints the address where no browser can be opened, or with --no-browser',
    async () => {
      const remote = onTerminal(['users'], { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' });
      expect(await remote.exited).toBe(0);
      expect(remote.text()).toMatch(new RegExp(`No browser is opened over SSH\\s+${users}`));
      const { BROWSER, opened } = loggingBrowser();
      const asked = onTerminal(['users', '--no-browser'], { BROWSER });
      expect(await asked.exited).toBe(0);
      expect(asked.text().trim()).toBe(users);
      expect(opened()).toEqual([]);
    },
  );
});
