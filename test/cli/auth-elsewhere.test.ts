import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Env, program, sent } from '../support/cli.ts';
import { decide } from '../support/consent.ts';
import { browserLogin, pageOf } from '../support/login.ts';
import { freePort } from '../support/ports.ts';
import { openTerminal, type Terminal } from '../support/pty.ts';

/** A login at a terminal of 400 columns, so that no address is wrapped; the secret comes from the environment. */
function loginAtTerminal(
  {
    env,
    args,
    client_secret,
  }: Pick<Awaited<ReturnType<typeof browserLogin>>, 'env' | 'args' | 'client_secret'>,
  more: string[] = ['--no-browser'],
): Terminal {
  const asked = args.filter((word) => word !== '--client-secret-stdin');
  return openTerminal(process.execPath, [program, ...asked, ...more], {
    env: { PATH: process.env.PATH, ...env, TWILIO_ORG_CLIENT_SECRET: client_secret },
    columns: 400,
  });
}

async function pageOn(terminal: Terminal): Promise<string> {
  await terminal.waitFor(/paste the address/i);
  return /^ {2}(http\S+authorize\S+)/m.exec(terminal.text())?.[1] ?? '';
}

describe('a login whose browser is on another machine', () => {
  it('takes the pasted address that the browser ended on', async () => {
    const world = await browserLogin();
    const terminal = loginAtTerminal(world);
    const callback = await decide(await pageOn(terminal), 'approve');
    terminal.type(`${callback}\r`);
    await terminal.waitFor('Logged in: profile default');
    expect(await terminal.exited).toBe(0);
    expect((await world.here(['auth', 'token'])).exitCode).toBe(0);
  });

  it('takes the callback of a forwarded port, if that comes first', async () => {
    const terminal = loginAtTerminal(await browserLogin());
    const callback = await decide(await pageOn(terminal), 'approve');
    expect(await (await fetch(callback)).text()).toContain('You are logged in');
    await terminal.waitFor('Logged in: profile default');
    expect(await terminal.exited).toBe(0);
  });

  it.each<[string, (callback: URL) => string, string]>([
    ['a bare code', ({ searchParams }) => String(searchParams.get('code')), 'Paste the whole address'],
    ['no state', ({ origin, pathname }) => `${origin}${pathname}?code=c`, 'not of this login'],
    [
      'another state',
      ({ origin, pathname }) => `${origin}${pathname}?code=c&state=other`,
      'not of this login',
    ],
    [
      'another place',
      ({ pathname, search }) => `https://evil.example${pathname}${search}`,
      'Paste the whole',
    ],
  ])(
    'checks a pasted address as it checks a callback: %s is refused, and asked again',
    async (_name, wrong, said) => {
      const { sandbox, ...world } = await browserLogin();
      const terminal = loginAtTerminal(world);
      const callback = await decide(await pageOn(terminal), 'approve');
      const before = sent(sandbox).length;
      terminal.type(`${wrong(callback)}\r`);
      await terminal.waitFor(said);
      expect(sent(sandbox)).toHaveLength(before);
      const clearLine = '\x15';
      terminal.type(`${clearLine}${callback}\r`);
      await terminal.waitFor('Logged in: profile default');
      expect(await terminal.exited).toBe(0);
    },
  );

  it('asks for the pasted address at once when the Redirect URL is not on this machine', async () => {
    const redirectUri = 'https://login.example.com/callback';
    const world = await browserLogin({ redirectUri });
    const terminal = loginAtTerminal(world);
    const callback = await decide(await pageOn(terminal), 'approve');
    expect(terminal.text()).not.toContain('ssh -L');
    terminal.type(`${callback}\r`);
    await terminal.waitFor('Logged in: profile default');
    expect(await terminal.exited).toBe(0);
    const offTerminal = await world.login(['--no-browser']);
    expect([offTerminal.exitCode, offTerminal.stderr]).toEqual([2, expect.stringContaining('--listen')]);
  });

  it('listens where --listen says, so that a container can forward the port', async () => {
    const { login, redirectUri } = await browserLogin();
    const inside = await freePort();
    const running = login(['--no-browser', '--listen', `0.0.0.0:${inside}`]);
    const callback = await decide(await pageOf(running), 'approve');
    await expect(fetch(redirectUri)).rejects.toThrow();
    const status = await new Promise((resolve, reject) => {
      const path = callback.pathname + callback.search;
      const headers = { host: callback.host };
      request({ host: '127.0.0.1', port: inside, path, headers }, (answer) =>
        resolve(answer.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining(`other machines can reach port ${inside}`),
    ]);
  });

  it('starts no browser over SSH and prints the line that forwards the port', async () => {
    const { login, redirectUri } = await browserLogin();
    const over: Env = {
      SSH_CONNECTION: '198.51.100.7 50000 203.0.113.9 22',
      USER: 'ada',
      BROWSER: undefined,
    };
    const running = login([], over);
    await fetch(await decide(await pageOf(running), 'approve'));
    const { exitCode, stderr } = await running;
    const { port } = new URL(redirectUri);
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining(`ssh -L ${port}:127.0.0.1:${port} ada@203.0.113.9`),
    ]);
    expect(stderr).not.toContain('Approve the access in your browser');
  });

  it.each([
    ['[::1]', '[::1]'],
    ['localhost', 'localhost'],
    ['0.0.0.0', '127.0.0.1'],
  ])('that listens on %s advises to forward the port to %s', async (host, reached) => {
    const { login } = await browserLogin();
    const running = login(['--no-browser', '--listen', `${host}:${await freePort()}`]);
    await pageOf(running);
    running.kill('SIGINT');
    const { stderr } = await running;
    expect(stderr).toMatch(new RegExp(` -L \\d+:${reached.replace(/[[\]]/g, '\\$&')}:\\d+ `));
  });

  it('refuses a callback that names another issuer', async () => {
    const { login, sandbox } = await browserLogin();
    const running = login(['--no-browser']);
    const callback = await decide(await pageOf(running), 'approve');
    callback.searchParams.set('iss', 'https://evil.example');
    expect(await (await fetch(callback)).text()).toContain('The login failed');
    expect((await running).exitCode).toBe(4);
    expect(sent(sandbox)).not.toContain('POST /v2/token');
  });

  it('is ended by Ctrl-C while it waits for the address, and frees the port', async () => {
    const world = await browserLogin();
    const terminal = loginAtTerminal(world);
    await pageOn(terminal);
    terminal.type('\x03');
    expect(await terminal.exited).toBe(130);
    await expect(fetch(world.redirectUri)).rejects.toThrow();
  });

  it.each(['70000', 'nowhere', '127.0.0.1:'])('refuses --listen %s', async (address) => {
    const { login, sandbox } = await browserLogin();
    expect((await login(['--no-browser', '--listen', address])).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });
});
