import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Sandbox } from '../../../../src/sandbox/server.ts';
import {
  answerOf,
  approvedCode,
  callerOf,
  postToken,
  sandboxFor,
  testClock,
} from '../../../support/sandbox.ts';

const users = '/scim/v2/Users';

function codeForm({ apps }: Sandbox, code: string): Record<string, string> {
  const { client_id, client_secret, redirect_uri } = apps.authorization_code;
  return {
    client_id,
    client_secret,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirect_uri ?? '',
  };
}

function refreshForm({ apps }: Sandbox, refresh_token: string): Record<string, string> {
  const { client_id, client_secret } = apps.authorization_code;
  return { client_id, client_secret, grant_type: 'refresh_token', refresh_token };
}

function credentialsForm({ apps }: Sandbox): Record<string, string> {
  const { client_id, client_secret } = apps.client_credentials;
  return { client_id, client_secret, grant_type: 'client_credentials' };
}

const decoded = (part: string) => Buffer.from(part, 'base64url').toString();

const invalidGrant = { status: 400, body: { error: 'invalid_grant', error_description: expect.any(String) } };

test('a code is exchanged for an access token and a refresh token', async () => {
  const sandbox = await sandboxFor();
  const { status, headers, body } = await postToken(sandbox, codeForm(sandbox, await approvedCode(sandbox)));
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: expect.stringMatching(/^sandbox-only-refresh-[\w-]{700}$/),
    id_token: null,
  });
  expect((await callerOf(sandbox, body.access_token)('GET', users)).status).toBe(200);
});

test('the access token has the form of a JWT with subject, issuer and expiry', async () => {
  const { now } = testClock(1_750_000_000_000);
  const sandbox = await sandboxFor({ now });
  const { body } = await postToken(sandbox, codeForm(sandbox, await approvedCode(sandbox)));
  const [header = '', payload = ''] = body.access_token.split('.').map(decoded);
  expect(JSON.parse(header)).toHaveProperty('alg');
  expect(JSON.parse(payload)).toMatchObject({
    iss: expect.any(String),
    sub: sandbox.state.ownerSid,
    exp: 1_750_003_600,
  });
});

test('without offline_access there is no refresh token', async () => {
  const sandbox = await sandboxFor();
  const code = await approvedCode(sandbox, { scope: 'managed-users/list' });
  const { body } = await postToken(sandbox, codeForm(sandbox, code));
  expect(body.refresh_token).toBeNull();
  const call = callerOf(sandbox, body.access_token);
  expect((await call('GET', users)).status).toBe(200);
  expect((await call('GET', '/v2/Organizations/Roles')).status).toBe(403);
});

test('a code works once', async () => {
  const sandbox = await sandboxFor();
  const form = codeForm(sandbox, await approvedCode(sandbox));
  const { body } = await postToken(sandbox, form);
  expect(await postToken(sandbox, form)).toMatchObject(invalidGrant);
  expect((await callerOf(sandbox, body.access_token)('GET', users)).status).toBe(200);
  expect((await postToken(sandbox, refreshForm(sandbox, body.refresh_token))).status).toBe(200);
});

test('a code expires after five minutes', async () => {
  const { now, advance } = testClock();
  const sandbox = await sandboxFor({ now });
  const [first, second] = [await approvedCode(sandbox), await approvedCode(sandbox)];
  advance(299_999);
  expect((await postToken(sandbox, codeForm(sandbox, first))).status).toBe(200);
  advance(1);
  expect(await postToken(sandbox, codeForm(sandbox, second))).toMatchObject(invalidGrant);
});

test('a code is refused with another redirect URI, and with none', async () => {
  const sandbox = await sandboxFor();
  const form = codeForm(sandbox, await approvedCode(sandbox));
  const other = { ...form, redirect_uri: `${form.redirect_uri}?` };
  expect(await postToken(sandbox, other)).toMatchObject(invalidGrant);
  const { redirect_uri: _, ...without } = codeForm(sandbox, await approvedCode(sandbox));
  expect(await postToken(sandbox, without)).toMatchObject(invalidGrant);
});

test('a code with a PKCE challenge requires its verifier', async () => {
  const sandbox = await sandboxFor();
  const code_verifier = 'v'.repeat(64);
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
  const challenge = { code_challenge, code_challenge_method: 'S256' };
  const right = { ...codeForm(sandbox, await approvedCode(sandbox, challenge)), code_verifier };
  expect((await postToken(sandbox, right)).status).toBe(200);
  const wrong = {
    ...codeForm(sandbox, await approvedCode(sandbox, challenge)),
    code_verifier: 'w'.repeat(64),
  };
  expect(await postToken(sandbox, wrong)).toMatchObject(invalidGrant);
  const none = codeForm(sandbox, await approvedCode(sandbox, challenge));
  expect(await postToken(sandbox, none)).toMatchObject(invalidGrant);
});

test('a verifier for a code without a challenge is refused', async () => {
  const sandbox = await sandboxFor();
  const form = { ...codeForm(sandbox, await approvedCode(sandbox)), code_verifier: 'v'.repeat(64) };
  expect(await postToken(sandbox, form)).toMatchObject(invalidGrant);
});

test('a refresh issues new tokens, and the old refresh token stops working', async () => {
  const sandbox = await sandboxFor();
  const login = await postToken(sandbox, codeForm(sandbox, await approvedCode(sandbox)));
  const first = login.body.refresh_token;
  const { status, body } = await postToken(sandbox, refreshForm(sandbox, first));
  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, id_token: null });
  expect(body.refresh_token).toMatch(/^sandbox-only-refresh-[\w-]{700}$/);
  expect(body.refresh_token).not.toBe(first);
  expect(await postToken(sandbox, refreshForm(sandbox, first))).toMatchObject(invalidGrant);
  expect((await postToken(sandbox, refreshForm(sandbox, body.refresh_token))).status).toBe(200);
  expect((await callerOf(sandbox, body.access_token)('GET', users)).status).toBe(200);
});

test('a refreshed token keeps the scopes of the login', async () => {
  const sandbox = await sandboxFor();
  const code = await approvedCode(sandbox, { scope: 'offline_access twilio/iam/roles/list' });
  const login = await postToken(sandbox, codeForm(sandbox, code));
  const { body } = await postToken(sandbox, refreshForm(sandbox, login.body.refresh_token));
  const call = callerOf(sandbox, body.access_token);
  expect((await call('GET', '/v2/Organizations/Roles')).status).toBe(200);
  expect((await call('GET', users)).status).toBe(403);
});

test('a revoked refresh token is refused', async () => {
  const sandbox = await sandboxFor();
  const login = await postToken(sandbox, codeForm(sandbox, await approvedCode(sandbox)));
  sandbox.state.refreshTokens.clear();
  expect(await postToken(sandbox, refreshForm(sandbox, login.body.refresh_token))).toMatchObject(
    invalidGrant,
  );
});

test('a code or refresh token of another client is refused, and keeps working for that client', async () => {
  const sandbox = await sandboxFor();
  const { codes, refreshTokens, organizationSid, ownerSid: subject } = sandbox.state;
  const grant = { clientId: 'OQ-other', organizationSid, subject, scopes: [] };
  refreshTokens.set('r', grant);
  const redirectUri = sandbox.apps.authorization_code.redirect_uri ?? '';
  const expiresAt = Date.now() + 60_000;
  codes.set('c', { ...grant, redirectUri, codeChallenge: undefined, offline: true, expiresAt });
  expect(await postToken(sandbox, refreshForm(sandbox, 'r'))).toMatchObject(invalidGrant);
  expect(await postToken(sandbox, codeForm(sandbox, 'c'))).toMatchObject(invalidGrant);
  expect([refreshTokens.has('r'), codes.has('c')]).toEqual([true, true]);
});

test('client credentials give an access token, with the other two members null', async () => {
  const sandbox = await sandboxFor();
  const { status, body } = await postToken(sandbox, credentialsForm(sandbox));
  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, refresh_token: null, id_token: null });
  expect((await callerOf(sandbox, body.access_token)('GET', users)).status).toBe(200);
});

test('client credentials give the scopes that were named, if the app has them', async () => {
  const sandbox = await sandboxFor({ scopes: ['managed-users/list', 'roles/list'] });
  const form = credentialsForm(sandbox);
  const { body } = await postToken(sandbox, { ...form, scope: 'roles/list' });
  expect((await callerOf(sandbox, body.access_token)('GET', users)).status).toBe(403);
  const beyond = await postToken(sandbox, { ...form, scope: 'managed-users/create' });
  expect(beyond).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
});

test.each([
  ['a wrong secret', { client_secret: 'guess' }],
  ['no secret', { client_secret: '' }],
  ['an unknown client', { client_id: `OQ${'9'.repeat(32)}` }],
])('%s is refused in the form of Twilio', async (_, change) => {
  const sandbox = await sandboxFor();
  const { status, body } = await postToken(sandbox, { ...credentialsForm(sandbox), ...change });
  expect(status).toBe(401);
  expect(body).toEqual({
    code: 20003,
    message: 'Client authentication failed',
    more_info: 'https://www.twilio.com/docs/errors/20003',
    status: 401,
  });
});

test('client authentication in a header is ignored', async () => {
  const sandbox = await sandboxFor();
  const { client_id, client_secret, ...body } = credentialsForm(sandbox);
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  const url = `${sandbox.oauthUrl}/v2/token`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(body),
  });
  expect(response.status).toBe(401);
});

test('an app has one grant type', async () => {
  const sandbox = await sandboxFor();
  const refused = { status: 400, body: { error: 'unauthorized_client' } };
  const { client_id, client_secret } = sandbox.apps.authorization_code;
  expect(await postToken(sandbox, { ...credentialsForm(sandbox), client_id, client_secret })).toMatchObject(
    refused,
  );
  const code = await approvedCode(sandbox);
  const withOther = { ...codeForm(sandbox, code), ...credentialsForm(sandbox) };
  expect(await postToken(sandbox, { ...withOther, grant_type: 'authorization_code' })).toMatchObject(refused);
  const refresh = { ...credentialsForm(sandbox), grant_type: 'refresh_token', refresh_token: 'x' };
  expect(await postToken(sandbox, refresh)).toMatchObject(refused);
});

test.each(['password', 'toString'])('the grant type %s is unknown', async (grant_type) => {
  const sandbox = await sandboxFor();
  const answer = await postToken(sandbox, { ...credentialsForm(sandbox), grant_type });
  expect(answer).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
});

test('a token request is refused if it is no form, lacks a grant type or repeats a parameter', async () => {
  const sandbox = await sandboxFor();
  const url = `${sandbox.oauthUrl}/v2/token`;
  const form = credentialsForm(sandbox);
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
  });
  const twice = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams([...Object.entries(form), ['scope', ''], ['scope', '']]),
  });
  const { grant_type: _, ...without } = form;
  const none = await postToken(sandbox, without);
  const refused = { status: 400, body: { code: 20001, status: 400 } };
  for (const answer of [await answerOf(json), await answerOf(twice), none])
    expect(answer).toMatchObject(refused);
});

test('a token expires after the configured lifetime', async () => {
  const clock = testClock();
  const sandbox = await sandboxFor({ tokenLifetime: 60, now: clock.now });
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  const { body } = await postToken(sandbox, form);
  expect(body).toMatchObject({ expires_in: 60 });
  const get = (token: string) => callerOf(sandbox, token)('GET', '/v2/Organizations/Roles?PageSize=1');
  clock.advance(59_999);
  expect((await get(body.access_token)).status).toBe(200);
  clock.advance(1);
  expect((await get(body.access_token)).status).toBe(401);
});
