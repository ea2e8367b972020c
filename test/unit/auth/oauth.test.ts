import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { authorizeUrl, exchangeCode, mint, newChallenge, refresh } from '../../../src/auth/oauth.ts';
import { Secret } from '../../../src/secret.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A token endpoint that gives these answers, one after the other, and keeps what it was sent. */
async function tokenEndpoint(...answers: { status?: number; body: unknown; location?: string }[]) {
  const received: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push(new URLSearchParams(body));
    const answer = answers.shift() ?? { status: 500, body: {} };
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    const headers = {
      'content-type': 'application/json',
      ...(answer.location ? { location: answer.location } : {}),
    };
    response.writeHead(answer.status ?? 200, headers).end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const oauthUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = { clientId: 'OQclient', clientSecret: new Secret('client-secret-canary'), oauthUrl };
  return { app, received };
}

const now = 1_700_000_000_000;
const http = { timeout: 5_000, maxRetries: 0, signal: new AbortController().signal, now: () => now };
const expected = { redirectUri: 'http://127.0.0.1:8477/callback', state: 'state', verifier: 'v'.repeat(43) };
const callback = new URLSearchParams({ code: 'the-code', state: 'state' });

describe('the token endpoint', () => {
  it('is asked for client credentials with the client in the body, and its null members do not matter', async () => {
    const { app, received } = await tokenEndpoint({
      body: {
        access_token: 'a',
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: null,
        id_token: null,
      },
    });
    const tokens = await mint(app, http);
    expect(Object.fromEntries(received[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'OQclient',
      client_secret: 'client-secret-canary',
    });
    expect(tokens.accessToken.reveal()).toBe('a');
    expect(tokens.refreshToken).toBeUndefined();
    expect(tokens.expiresAt).toBe(now + 3_600_000);
  });

  it('may answer 201, with token_type in lower case', async () => {
    const { app } = await tokenEndpoint({
      status: 201,
      body: { access_token: 'a', token_type: 'bearer', expires_in: 60, refresh_token: 'r', id_token: null },
    });
    const tokens = await exchangeCode(app, callback, expected, http);
    expect(tokens.refreshToken?.reveal()).toBe('r');
    expect(tokens.expiresAt).toBe(now + 60_000);
  });

  it('is given the code, the redirect URI and the verifier, once', async () => {
    const { app, received } = await tokenEndpoint({ status: 503, body: {} }, { body: {} });
    await expect(exchangeCode(app, callback, expected, { ...http, maxRetries: 4 })).rejects.toMatchObject({
      kind: 'temporary',
    });
    expect(received).toHaveLength(1);
    expect(Object.fromEntries(received[0] ?? [])).toMatchObject({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: expected.redirectUri,
      code_verifier: expected.verifier,
      client_secret: 'client-secret-canary',
    });
  });

  it('is not asked when the issuer named in the callback is another', async () => {
    const { app, received } = await tokenEndpoint({ body: {} });
    const forged = new URLSearchParams({ code: 'c', state: 'state', iss: 'https://evil.example' });
    await expect(exchangeCode(app, forged, expected, http)).rejects.toMatchObject({ kind: 'auth' });
    expect(received).toHaveLength(0);
  });

  it.each([
    [
      "Twilio's form",
      { code: 20003, message: 'Authentication failed', status: 401 },
      'Authentication failed',
      20003,
    ],
    [
      "OAuth's form",
      { error: 'invalid_grant', error_description: 'code expired' },
      'code expired',
      undefined,
    ],
    ["OAuth's form without a description", { error: 'invalid_client' }, 'invalid_client', undefined],
  ])('is understood when it refuses in %s', async (_name, body, said, code) => {
    const { app } = await tokenEndpoint({ status: 400, body });
    await expect(refresh(app, new Secret('r'), http)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining(said),
      code,
    });
  });

  it.each([
    ['text instead of JSON', 'sign in to the hotel'],
    ['no token', { token_type: 'Bearer' }],
    ['another token type', { access_token: 'a', token_type: 'mac' }],
  ])('is not believed when it answers 200 with %s', async (_name, body) => {
    const { app } = await tokenEndpoint({ body });
    await expect(mint(app, http)).rejects.toMatchObject({ kind: 'auth' });
  });

  it('does not lead elsewhere by a redirect', async () => {
    const target = await tokenEndpoint({ body: {} });
    const { app } = await tokenEndpoint({
      status: 307,
      body: '',
      location: `${target.app.oauthUrl}/v2/token`,
    });
    await expect(mint(app, http)).rejects.toMatchObject({ message: expect.stringContaining('redirect') });
    expect(target.received).toHaveLength(0);
  });

  it('shows no secret when debugging, and its errors carry none', async () => {
    const { app } = await tokenEndpoint({
      body: { access_token: 'token-canary', token_type: 'mac', refresh_token: 'canary' },
    });
    const lines: string[] = [];
    const error: unknown = await mint(app, { ...http, debug: (line) => lines.push(line) }).catch(
      (thrown) => thrown,
    );
    expect(lines.join('\n')).toContain('client_secret=[hidden]');
    const { inspect } = await import('node:util');
    expect(lines.join('\n') + inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  });
});

describe('the address of the approval page', () => {
  it('carries what Twilio documents, 256 bits of state, and PKCE', async () => {
    const first = await newChallenge();
    const second = await newChallenge();
    expect(Buffer.from(first.state, 'base64url')).toHaveLength(32);
    expect(first.state).not.toBe(second.state);
    const { createHash } = await import('node:crypto');
    expect(first.challenge).toBe(createHash('sha256').update(first.verifier).digest('base64url'));
    const url = authorizeUrl(
      { clientId: 'OQclient', oauthUrl: 'https://oauth.twilio.com' },
      { redirectUri: 'https://a.example/b?c=d&e', state: first.state, challenge: first.challenge },
    );
    expect(url.origin + url.pathname).toBe('https://oauth.twilio.com/v2/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'OQclient',
      response_type: 'code',
      scope: 'offline_access',
      redirect_uri: 'https://a.example/b?c=d&e',
      state: first.state,
      code_challenge: first.challenge,
      code_challenge_method: 'S256',
    });
  });
});
