import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { call, cleanEnv, type Env, home, program, sent } from '../support/cli.ts';
import { decide } from '../support/consent.ts';
import { browserLogin } from '../support/login.ts';
import { loggingBrowser } from '../support/open-log.ts';
import { withProfiles } from '../support/profiles.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';

/** No session bus, so no keychain, whatever this machine has. */
const noKeychain = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', DISPLAY: undefined };

function onTerminal(args: string[], env: Env) {
  const terminal = openTerminal(process.execPath, [program, ...args], { env: cleanEnv(env), columns: 400 });
  onTestFinished(() => terminal.close());
  return terminal;
}

describeWith('terminal', 'a login on a terminal without a keychain', () => {
  const bare = (world: Awaited<ReturnType<typeof browserLogin>>): Env => ({
    ...world.env,
    ...noKeychain,
    TWILIO_ORG_STORE: undefined,
  });

  it('offers the encrypted file before it asks for the secret, and Enter takes it', async () => {
    const world = await browserLogin({ withPassphrase: true });
    const { client_id, client_secret } = world.sandbox.apps.client_credentials;
    const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const terminal = onTerminal(login, { ...bare(world), TWILIO_ORG_STORE_PASSPHRASE: undefined });
    await terminal.waitFor('There is no keychain here. Keep the login in an encrypted file? (Y/n)');
    expect(terminal.text()).not.toContain('Client secret');
    terminal.type('\r');
    await terminal.waitFor('Passphrase of the credential file');
    terminal.type('correct horse battery staple\r');
    await terminal.waitFor('Confirm the passphrase');
    terminal.type('correct horse battery staple\r');
    await terminal.waitFor('Client secret');
    terminal.type(`AC${'0123456789abcdef'.repeat(2)}\r`);
    await terminal.waitFor('This is an Account SID');
    terminal.type(`\x15 ${client_secret} \r`);
    await terminal.waitFor('Logged in: profile default');
    expect(await terminal.exited).toBe(0);
    const config = JSON.parse(readFileSync(join(world.configDir, 'config.json'), 'utf8'));
    expect(config.profiles.default.store).toBe('file');
  });

  it('stores nothing and asks for nothing else when the answer is no', async () => {
    const world = await browserLogin();
    const terminal = onTerminal(['auth', 'setup'], bare(world));
    await terminal.waitFor('Keep the login in an encrypted file?');
    terminal.type('n\r');
    expect(await terminal.exited).toBe(130);
    expect(terminal.text()).not.toMatch(/Who will use this login|Create an OAuth app/);
    expect(terminal.text()).toContain('TWILIO_ORG_STORE=file');
    expect(sent(world.sandbox)).toEqual([]);
  });
});

describeWith('terminal', 'the question for a client id', () => {
  it('neither takes nor shows a secret that is pasted in its place', async () => {
    const world = await browserLogin();
    const terminal = onTerminal(['auth', 'login', '--grant', 'client-credentials'], world.env);
    await terminal.waitFor('Client id');
    terminal.type('pasted-canary\r');
    await terminal.waitFor('This is not the client id of an OAuth app, which begins with OQ');
    terminal.type(`SK${'0123456789abcdef'.repeat(2)}\r`);
    await terminal.waitFor('This is an API key (SK…)');
    terminal.type(` ${world.sandbox.apps.client_credentials.client_id} \r`);
    await terminal.waitFor('Client secret');
    expect(terminal.raw()).not.toMatch(/pasted-canary|SK0123/);
    expect(terminal.text()).toContain(world.sandbox.apps.client_credentials.client_id);
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
    expect(sent(world.sandbox)).toEqual([]);
  });
});

describeWith('terminal', 'logging in again', () => {
  it('asks for the secret alone: the profile knows the rest', async () => {
    const { env, plant, sandbox, config } = await withProfiles();
    await plant('work', { grant: 'client-credentials' });
    const before = config().profiles.work;
    const terminal = onTerminal(['auth', 'login', '--profile', 'work'], {
      ...env,
      TWILIO_ORG_STORE: undefined,
    });
    await terminal.waitFor('Logging in again with client');
    await terminal.waitFor('Client secret');
    expect(terminal.text()).not.toMatch(/Which grant|Client id|keychain/);
    terminal.type(`${sandbox.apps.client_credentials.client_secret}\r`);
    await terminal.waitFor('Logged in: profile work');
    expect(await terminal.exited).toBe(0);
    expect(config().profiles.work).toEqual(before);
  });

  it('needs only the approval for a public app', async () => {
    const world = await browserLogin();
    const { client_id } = world.sandbox.apps.public;
    const { BROWSER } = loggingBrowser();
    const args = ['auth', 'login', '--public', '--client-id', client_id, '--redirect-uri', world.redirectUri];
    const first = await world.here(args, { BROWSER });
    expect([first.exitCode, first.stderr]).toEqual([0, expect.stringContaining('Logged in')]);
    const again = await world.here(['auth', 'login'], { BROWSER });
    expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining('Logged in')]);
    expect((await world.here(['auth', 'refresh'])).exitCode).toBe(0);
    expect((await world.here(['users', 'list', '--limit', '1'])).exitCode).toBe(0);
    const forms = world.sandbox.requests
      .filter(({ path }) => path === '/v2/token')
      .map(({ body }) => body ?? '');
    expect(forms).toHaveLength(3);
    for (const form of forms) expect(form).not.toContain('client_secret');
    const rotated = await world.here(['apps', 'rotate-secret', '--client-secret-stdin']);
    expect([rotated.exitCode, rotated.stderr]).toEqual([2, expect.stringContaining('public app')]);
  });
});

describeWith('terminal', 'the approval of a login', () => {
  it('can be pasted although a browser was started here, and says how long a code is valid', async () => {
    const world = await browserLogin();
    const args = world.args.filter((word) => word !== '--client-secret-stdin');
    const env = { ...world.env, BROWSER: 'true', TWILIO_ORG_CLIENT_SECRET: world.client_secret };
    const terminal = onTerminal(args, env);
    await terminal.waitFor(/five minutes.*once/);
    await terminal.waitFor('Approve the access in your browser');
    await terminal.waitFor(/Paste the address where the browser ended.*five minutes/);
    const page = /^ {2}(http\S+authorize\S+)/m.exec(terminal.text())?.[1] ?? '';
    terminal.type(`${await decide(page, 'approve')}\r`);
    await terminal.waitFor('Logged in: profile default');
    expect(await terminal.exited).toBe(0);
  });
});

it('a public app takes neither a client secret nor the client-credentials grant', async () => {
  const env = { TWILIO_ORG_CONFIG_DIR: join(home, 'nothing') };
  for (const flag of [['--client-secret-stdin'], ['--grant', 'client-credentials']]) {
    const { exitCode, stderr } = await call(['auth', 'login', '--public', ...flag], { env });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--public')]);
  }
});
