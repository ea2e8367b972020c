import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CallbackServer,
  isLoopbackRedirect,
  listenForCallback,
} from '../../../../src/login/oauth/callback-server.ts';
import { freePort } from '../../../support/ports.ts';

const state = 'the-right-state';
const open: CallbackServer[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function redirectUri(): Promise<URL> {
  return new URL(`http://127.0.0.1:${await freePort()}/callback`);
}

async function listening() {
  const uri = await redirectUri();
  const server = await listenForCallback(uri, state);
  open.push(server);
  let settled = false;
  void server.callback.then(() => {
    settled = true;
  });
  return { uri, server, isSettled: () => settled };
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

function reaches(host: string, { port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function get(uri: URL, query: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${uri.href}${query}`, init);
}

describe('the callback server', () => {
  it('answers another path with 404, another method with 405, and goes on waiting', async () => {
    const { uri, isSettled } = await listening();
    const good = `?code=c&state=${state}`;
    expect((await fetch(new URL(`/other${good}`, uri))).status).toBe(404);
    const posted = await get(uri, good, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await get(uri, good, { method: 'HEAD' })).status).toBe(405);
    expect(isSettled()).toBe(false);
  });

  it.each([
    ['no state', '?code=c'],
    ['another state', '?code=c&state=the-wrong-state'],
    ['an empty state', '?code=c&state='],
    ['two states', `?code=c&state=${state}&state=${state}`],
    ['the right state and neither code nor error', `?state=${state}`],
    ['the right state and two codes', `?code=c&code=d&state=${state}`],
  ])('answers %s with 400 and goes on waiting', async (_name, query) => {
    const { uri, server, isSettled } = await listening();
    expect((await get(uri, query)).status).toBe(400);
    expect(isSettled()).toBe(false);
    const answer = get(uri, `?code=real&state=${state}`);
    const callback = await server.callback;
    expect(callback.parameters.get('code')).toBe('real');
    await callback.show('success');
    expect((await answer).status).toBe(200);
  });

  it('refuses a request for another host name, as DNS rebinding makes one', async () => {
    const { uri, isSettled } = await listening();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: uri.port, path: `/callback?code=c&state=${state}` };
      const call = request({ ...options, headers: { host: `attacker.example:${uri.port}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject).end();
    });
    expect(status).toBe(400);
    expect(isSettled()).toBe(false);
  });

  it('survives a malformed address', async () => {
    const { uri } = await listening();
    const socket = connect(Number(uri.port), '127.0.0.1');
    socket.end(`GET //[ HTTP/1.1\r\nHost: ${uri.host}\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('accepts the first valid callback and tells later ones so', async () => {
    const { uri, server } = await listening();
    const first = get(uri, `?code=first&state=${state}`);
    const callback = await server.callback;
    expect((await get(uri, `?code=second&state=${state}`)).status).toBe(410);
    expect(callback.parameters.get('code')).toBe('first');
    await callback.show('failed');
    expect(await (await first).text()).toContain('The login failed');
  });

  it('delays the page until the outcome is known', async () => {
    const { uri, server } = await listening();
    let answered = false;
    const answer = get(uri, `?code=c&state=${state}`).then((response) => {
      answered = true;
      return response.text();
    });
    const callback = await server.callback;
    // A request on another connection has come and gone, and the first is still unanswered.
    await get(uri, '?state=x');
    expect(answered).toBe(false);
    await callback.show('success');
    expect(await answer).toContain('You are logged in');
  });

  it.each(['success', 'refused', 'failed'] as const)(
    'shows a page for %s that is self-contained, not stored, and holds nothing of the address',
    async (page) => {
      const { uri, server } = await listening();
      const answer = get(
        uri,
        `?code=%3Cscript%3Ealert(1)%3C%2Fscript%3E&state=${state}&error_description=canary`,
      );
      await (await server.callback).show(page);
      const response = await answer;
      const html = await response.text();
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'$/,
      );
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(html).not.toMatch(/script|alert|canary|the-right-state|https?:\/\/(?!www\.w3)/);
      expect(html).toContain('prefers-color-scheme: dark');
    },
  );

  it('names the port that is in use and the flag that changes it', async () => {
    const { uri } = await listening();
    await expect(listenForCallback(uri, state)).rejects.toMatchObject({
      message: expect.stringContaining(`Port ${uri.port} is in use`),
      hint: expect.stringContaining('--redirect-uri'),
    });
  });

  it('frees its port at once although a browser keeps its connection open', async () => {
    const { uri, server } = await listening();
    const idle = connect(Number(uri.port), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const ended = new Promise((resolve) => idle.once('close', resolve));
    server.close();
    await ended;
    const again = await listenForCallback(uri, state);
    again.close();
  });

  it('listens on no other address of this machine than the one in the Redirect URL', async () => {
    const { uri } = await listening();
    expect(await reaches('127.0.0.1', uri)).toBe(true);
    expect(await reaches('127.0.0.2', uri)).toBe(false);
    expect(await reaches('::1', uri)).toBe(false);
  });

  describe('for localhost', () => {
    const onLocalhost = async () => {
      const uri = await redirectUri();
      uri.hostname = 'localhost';
      return uri;
    };

    it('listens on both of its addresses, so that no other program is at one of them', async () => {
      const uri = await onLocalhost();
      open.push(await listenForCallback(uri, state));
      expect(await reaches('127.0.0.1', uri)).toBe(true);
      expect(await reaches('::1', uri)).toBe(hasIpv6);
      expect(await reaches('127.0.0.2', uri)).toBe(false);
    });

    it.each(['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])])(
      'refuses when another program is at %s, and leaves the other address free',
      async (host) => {
        const uri = await onLocalhost();
        const other = createServer();
        await new Promise<void>((resolve) => other.listen(Number(uri.port), host, resolve));
        await expect(listenForCallback(uri, state)).rejects.toMatchObject({
          message: expect.stringContaining(`Port ${uri.port} is in use`),
        });
        await new Promise((resolve) => other.close(resolve));
        expect(await reaches('127.0.0.1', uri)).toBe(false);
        expect(await reaches('::1', uri)).toBe(false);
      },
    );
  });

  it('can receive only http on this machine', () => {
    expect(isLoopbackRedirect(new URL('http://127.0.0.1:8477/callback'))).toBe(true);
    expect(isLoopbackRedirect(new URL('http://localhost:1/'))).toBe(true);
    expect(isLoopbackRedirect(new URL('http://[::1]:1/'))).toBe(true);
    expect(isLoopbackRedirect(new URL('https://127.0.0.1:8477/callback'))).toBe(false);
    expect(isLoopbackRedirect(new URL('http://login.example.com/callback'))).toBe(false);
  });
});
