import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { home, sent } from '../support/cli.ts';
import { decide } from '../support/consent.ts';
import { browserLogin, pageOf } from '../support/login.ts';

describe('auth login with the authorization-code grant', () => {
  it('opens the page with the command in BROWSER, and logs in after the approval', async () => {
    const { login, here, configDir, client_id, client_secret, sandbox } = await browserLogin();
    const browser = join(home, 'browser.mjs');
    writeFileSync(
      browser,
      `#!${process.execPath}
const page = process.argv[2];
const html = await (await fetch(page)).text();
const form_token = /name="form_token" value="([^"]+)"/.exec(html)[1];
const body = new URLSearchParams({ form_token, decision: 'approve' });
const end = await fetch(new URL('/v2/authorize', page), { method: 'POST', body });
(await import('node:fs')).writeFileSync(${JSON.stringify(join(home, 'page.html'))}, await end.text());
`,
    );
    chmodSync(browser, 0o755);
    const result = await login([], { BROWSER: browser });
    expect(result.stderr).toContain('does not support SSO');
    expect(result.stderr).toContain('Logged in: profile default');
    expect(result.exitCode).toBe(0);
    // The browser may still be writing what it was shown.
    const page = () => expect(readFileSync(join(home, 'page.html'), 'utf8')).toContain('You are logged in');
    await vi.waitFor(page, { timeout: 120_000 });
    const listed = await here(['users', 'list', '--limit', '1']);
    expect([listed.exitCode, listed.stdout]).toEqual([0, expect.stringMatching(/^US[0-9a-f]{32}\t/)]);
    const config = readFileSync(join(configDir, 'config.json'), 'utf8');
    expect(JSON.parse(config)).toMatchObject({
      profiles: { default: { client_id, grant: 'authorization-code' } },
    });
    const stored = readFileSync(join(configDir, 'credentials.enc'));
    const secrets = [
      client_secret,
      ...sandbox.state.accessTokens.keys(),
      ...sandbox.state.refreshTokens.keys(),
    ];
    for (const secret of secrets) {
      expect(config + stored.toString('latin1') + result.stdout + result.stderr).not.toContain(secret);
    }
    expect(statSync(join(configDir, 'config.json')).mode & 0o777).toBe(0o600);
  });

  it('ends after success while the browser keeps its connection open', async () => {
    const { login, redirectUri } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await pageOf(running);
    const { port, pathname } = new URL(redirectUri);
    const idle = connect(Number(port), '127.0.0.1');
    const kept = connect(Number(port), '127.0.0.1');
    await Promise.all(
      [idle, kept].map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
    );
    for (const socket of [idle, kept]) socket.on('error', () => {});
    const callback = await decide(page, 'approve');
    kept.write(
      `GET ${pathname}${callback.search} HTTP/1.1\r\nHost: ${callback.host}\r\nConnection: keep-alive\r\n\r\n`,
    );
    const answered = new Promise<number>((resolve) => kept.once('data', () => resolve(Date.now())));
    const { exitCode } = await running;
    expect(exitCode).toBe(0);
    // Node's server would wait a minute for the request of the idle one.
    expect(Date.now() - (await answered)).toBeLessThan(45_000);
    idle.destroy();
    kept.destroy();
  });

  it('ignores callbacks of other logins', async () => {
    const { login, redirectUri } = await browserLogin();
    const running = login(['--no-browser']);
    const callback = await decide(await pageOf(running), 'approve');
    expect((await fetch(`${redirectUri}?code=forged&state=forged`)).status).toBe(400);
    expect((await fetch(new URL('/favicon.ico', redirectUri))).status).toBe(404);
    expect((await fetch(callback, { method: 'POST' })).status).toBe(405);
    const end = await fetch(callback);
    expect(await end.text()).toContain('You are logged in');
    expect((await running).exitCode).toBe(0);
  });

  it('reports denied access, and stores nothing', async () => {
    const { login, configDir } = await browserLogin();
    const running = login(['--no-browser']);
    const end = await fetch(await decide(await pageOf(running), 'deny'));
    expect(await end.text()).toContain('Access was refused');
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('Access was refused')]);
    expect(existsSync(join(configDir, 'config.json'))).toBe(false);
  });

  it('shows failure in the browser when the code cannot be exchanged, and keeps the old login', async () => {
    const { login, here } = await browserLogin();
    const first = login(['--no-browser']);
    await fetch(await decide(await pageOf(first), 'approve'));
    expect((await first).exitCode).toBe(0);
    const before = await here(['auth', 'token']);
    const second = login(['--no-browser'], {}, 'another-canary');
    const end = await fetch(await decide(await pageOf(second), 'approve'));
    expect(await end.text()).toContain('The login failed');
    const { exitCode, stderr } = await second;
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('refused the credentials')]);
    expect((await here(['auth', 'token'])).stdout).toBe(before.stdout);
  });

  it('ends with an error when nobody approves in time', async () => {
    const { here, args, client_secret } = await browserLogin();
    const command = [...args, '--no-browser', '--timeout', '0.2'];
    const { exitCode, stderr } = await here(command, {}, client_secret);
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('The login was not approved within')]);
  });

  it('names a port in use before it opens anything', async () => {
    const { login, redirectUri, sandbox } = await browserLogin();
    const other = createServer().listen(Number(new URL(redirectUri).port), '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { exitCode, stderr } = await login([], { BROWSER: 'false' });
    other.close();
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`Port ${new URL(redirectUri).port} is in use`),
    ]);
    expect(sent(sandbox)).toEqual([]);
  });

  it('reports a missing keychain and two alternatives before the browser opens', async () => {
    const { login, sandbox } = await browserLogin();
    const { exitCode, stderr } = await login(['--store', 'keychain'], {
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TWILIO_ORG_STORE=file');
    expect(stderr).toContain('TWILIO_ORG_CLIENT_ID');
    expect(stderr).not.toContain('authorize');
    expect(sent(sandbox)).toEqual([]);
  });

  it('keeps waiting when the browser cannot be started, and shows the address', async () => {
    const { login } = await browserLogin();
    const running = login([], { BROWSER: '/nonexistent/browser' });
    const end = await fetch(await decide(await pageOf(running), 'approve'));
    expect(end.status).toBe(200);
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('No browser could be started')]);
  });

  it('is cancelled by Ctrl-C and frees the port', async () => {
    const { login, redirectUri } = await browserLogin();
    const running = login(['--no-browser']);
    await pageOf(running);
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    await expect(fetch(redirectUri)).rejects.toThrow();
  });

  it.each([
    ['--redirect-uri', 'http://login.example.com/callback'],
    ['--redirect-uri', 'not a url'],
    ['--organization-sid', 'OR123'],
    ['--grant', 'password'],
    ['--store', 'plain'],
    ['--profile', 'a/b'],
  ])('refuses %s %s before anything is sent', async (flag, value) => {
    const { here, args, client_secret, sandbox } = await browserLogin();
    const { exitCode, stderr } = await here([...args, '--no-browser', flag, value], {}, client_secret);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^error: .*\n.*\n$/)]);
    expect(sent(sandbox)).toEqual([]);
  });
});
