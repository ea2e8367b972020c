import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  authorizeUrl,
  clientCredentialsToken,
  exchangeCode,
  newPkce,
  refresh,
} from '../../../../src/login/oauth/oauth.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';
import { type Answer, answering, hungUp, json, silent } from '../../../support/server.ts';
import { timersByHand } from '../../../support/timers.ts';

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
const http = { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: () => now };
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
    const tokens = await clientCredentialsToken(app, http);
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

  it.each(['  ', 'a b', 'a\nb', 'tök', 'a\u0000'])(
    'gives a token that no header can carry: %j',
    async (token) => {
      const { app } = await tokenEndpoint(
        { body: { access_token: token, token_type: 'Bearer', expires_in: 60 } },
        { body: { access_token: 'a', token_type: 'Bearer', expires_in: 60, refresh_token: token } },
      );
      for (const asked of [clientCredentialsToken(app, http), refresh(app, new Secret('r'), http)]) {
        await expect(asked).rejects.toMatchObject({
          kind: 'auth',
          message: expect.stringContaining('sent an invalid OAuth 2.0 response'),
        });
      }
    },
  );

  it('is not blamed for a failure of this machine', async () => {
    const { app } = await tokenEndpoint();
    const failure = Object.assign(new Error('EMFILE: no more'), { code: 'EMFILE', syscall: 'open' });
    const transportFor = () => {
      throw failure;
    };
    await expect(clientCredentialsToken(app, { ...http, transportFor })).rejects.toBe(failure);
  });

  it('is asked without a secret for a public client', async () => {
    const answers = [1, 2].map((n) => ({
      body: { access_token: `a${n}`, token_type: 'Bearer', expires_in: 60, refresh_token: `r${n}` },
    }));
    const { app, received } = await tokenEndpoint(...answers);
    const open = { clientId: app.clientId, oauthUrl: app.oauthUrl };
    await exchangeCode(open, callback, expected, http);
    await refresh(open, new Secret('r1'), http);
    expect(received.map((form) => form.get('client_id'))).toEqual(['OQclient', 'OQclient']);
    expect(received.map((form) => form.has('client_secret'))).toEqual([false, false]);
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
      { error: 'invalid_grant', error_description: 'token revoked' },
      'token revoked (invalid_grant)',
      undefined,
    ],
    ["OAuth's form without a description", { error: 'invalid_client' }, ': invalid_client', undefined],
  ])('is understood when it refuses in %s', async (_name, body, said, code) => {
    const { app } = await tokenEndpoint({ status: 400, body });
    await expect(refresh(app, new Secret('r'), http)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining(said),
      code,
      oauthError: 'error' in body ? body.error : undefined,
    });
  });

  it.each(['server_error', 'temporarily_unavailable'])(
    'may answer %s with status 400: that is temporary',
    async (error) => {
      const { app } = await tokenEndpoint({ status: 400, body: { error } });
      await expect(clientCredentialsToken(app, http)).rejects.toMatchObject({
        kind: 'temporary',
        oauthError: error,
      });
    },
  );

  it.each<[string, object, RegExp]>([
    [
      'invalid_grant',
      { error: 'invalid_grant', error_description: 'expired' },
      /once.*five minutes.*auth login/,
    ],
    ["Twilio's form alone", { code: 20001, message: 'Invalid code' }, /once.*five minutes.*auth login/],
    ['invalid_client', { error: 'invalid_client' }, /client id, the secret/],
    ['unauthorized_client', { error: 'unauthorized_client' }, /grant type/],
  ])('refuses a code with %s, and what to do is said', async (_name, body, hint) => {
    const { app } = await tokenEndpoint({ status: 400, body });
    await expect(exchangeCode(app, callback, expected, http)).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringMatching(hint),
    });
  });

  it("refuses the app with status 401 in Twilio's form: its secret comes first, the code after it", async () => {
    const body = { code: 20003, message: 'Client authentication failed', status: 401 };
    const { app } = await tokenEndpoint({ status: 401, body });
    await expect(exchangeCode(app, callback, expected, http)).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringMatching(/^Check the client id, the secret.*auth login.*once and for five minutes/),
    });
  });

  it.each([
    ['text instead of JSON', 'sign in to the hotel'],
    ['no token', { token_type: 'Bearer' }],
    ['another token type', { access_token: 'a', token_type: 'mac' }],
  ])('is refused when it responds 200 with %s', async (_name, body) => {
    const { app } = await tokenEndpoint({ body });
    await expect(clientCredentialsToken(app, http)).rejects.toMatchObject({ kind: 'auth' });
  });

  it('does not lead elsewhere by a redirect', async () => {
    const target = await tokenEndpoint({ body: {} });
    const { app } = await tokenEndpoint({
      status: 307,
      body: '',
      location: `${target.app.oauthUrl}/v2/token`,
    });
    await expect(clientCredentialsToken(app, http)).rejects.toMatchObject({
      message: expect.stringContaining('redirect'),
    });
    expect(target.received).toHaveLength(0);
  });

  it('shows no secret when debugging, and its errors carry none', async () => {
    const { app } = await tokenEndpoint({
      body: { access_token: 'token-canary', token_type: 'mac', refresh_token: 'canary' },
    });
    const lines: string[] = [];
    const error: unknown = await clientCredentialsToken(app, {
      ...http,
      debug: (line) => lines.push(line),
    }).catch((thrown) => thrown);
    expect(lines.join('\n')).toContain('client_secret=[hidden]');
    const { inspect } = await import('node:util');
    expect(lines.join('\n') + inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  });
});

/** An authorization server with this answer to a request for its metadata (RFC 8414), and a token endpoint. */
async function authorizationServer(metadata: Answer) {
  const token = json({ access_token: 'a', token_type: 'Bearer', expires_in: 60 });
  const { url, arrived } = await answering((response, request) =>
    request.url === '/v2/token' ? token(response) : metadata(response, request),
  );
  return { app: { clientId: 'OQclient', clientSecret: new Secret('canary'), oauthUrl: url }, arrived };
}

describe('the issuer that a callback names', () => {
  const named = (iss: string) => new URLSearchParams({ code: 'the-code', state: 'state', iss });
  const issuer = 'https://id.example/tenant';

  it('is compared with that of the metadata, whatever the origin is', async () => {
    const { app } = await authorizationServer(json({ issuer, token_endpoint: 'https://evil.example/token' }));
    const tokens = await exchangeCode(app, named(issuer), expected, http);
    expect(tokens.accessToken.reveal()).toBe('a');
  });

  it('that is another ends the login, and no code is sent', async () => {
    const { app, arrived } = await authorizationServer(json({ issuer }));
    await expect(exchangeCode(app, named('https://evil.example'), expected, http)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(/https:\/\/evil\.example.*https:\/\/id\.example\/tenant/),
      hint: expect.not.stringMatching(/proxy/),
    });
    expect(arrived).toEqual(['GET /.well-known/oauth-authorization-server']);
  });

  it.each([
    ['before', ['https://evil.example', issuer]],
    ['behind', [issuer, 'https://evil.example']],
    ['once more as', [issuer, issuer]],
  ])('and another one named %s the right one end the login, and no code is sent', async (_where, issuers) => {
    const { app, arrived } = await authorizationServer(json({ issuer }));
    const response = new URLSearchParams(callback);
    for (const iss of issuers) response.append('iss', iss);
    await expect(exchangeCode(app, response, expected, http)).rejects.toMatchObject({ kind: 'auth' });
    expect(arrived).toEqual(['GET /.well-known/oauth-authorization-server']);
  });

  it.each<[string, Answer]>([
    ['is not there', json({}, 404)],
    ['fails', json({}, 503)],
    ['is a web page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['leads elsewhere', json({ issuer: 'https://evil.example' }, 302, { location: 'https://evil.example/' })],
    ['names no issuer', json({ issuer: 5 })],
    ['is no object', json(null)],
    ['breaks off', hungUp],
  ])('is compared with nothing where the metadata %s', async (_name, metadata) => {
    const { app, arrived } = await authorizationServer(metadata);
    await exchangeCode(app, named('https://whoever.example'), expected, http);
    expect(arrived).toEqual(['GET /.well-known/oauth-authorization-server', 'POST /v2/token']);
  });

  it('needs no request when it is not named', async () => {
    const { app, arrived } = await authorizationServer(silent);
    await exchangeCode(app, callback, expected, http);
    expect(arrived).toEqual(['POST /v2/token']);
  });

  it('is not waited for longer than the timeout of a request', async () => {
    const pass = timersByHand();
    const { app, arrived } = await authorizationServer(() => pass(http.timeoutMs));
    await exchangeCode(app, named('https://whoever.example'), expected, http);
    expect(arrived).toEqual(['GET /.well-known/oauth-authorization-server', 'POST /v2/token']);
  });
});

describe('the address of the approval page', () => {
  it('carries what Twilio documents, 256 bits of state, and PKCE', async () => {
    const first = await newPkce();
    const second = await newPkce();
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
