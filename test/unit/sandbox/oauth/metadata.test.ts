import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { approvedCode, authorizeUrl, consent, postToken, sandboxFor } from '../../../support/sandbox.ts';

const metadata = '/.well-known/oauth-authorization-server';
const verifier = 'v'.repeat(43);
const pkce = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

test('the metadata lists the capabilities of the sandbox, without credentials', async () => {
  const sandbox = await sandboxFor();
  const { oauthUrl } = sandbox;
  expect(await (await fetch(`${oauthUrl}${metadata}`)).json()).toEqual({
    issuer: oauthUrl,
    authorization_endpoint: `${oauthUrl}/v2/authorize`,
    token_endpoint: `${oauthUrl}/v2/token`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
  });
});

test('a configured issuer is in the metadata and in every callback', async () => {
  const issuer = 'https://id.example/tenant';
  const sandbox = await sandboxFor({ issuer });
  expect(await (await fetch(`${sandbox.oauthUrl}${metadata}`)).json()).toMatchObject({
    issuer,
    authorization_response_iss_parameter_supported: true,
  });
  for (const decision of ['approve', 'deny'] as const) {
    expect((await consent(authorizeUrl(sandbox), decision)).searchParams.get('iss')).toBe(issuer);
  }
});

test('an issuer that is no URL is refused', async () => {
  await expect(sandboxFor({ issuer: 'twilio' })).rejects.toMatchObject({ kind: 'usage' });
});

test('a public client gets its tokens without a secret, and renews them', async () => {
  const sandbox = await sandboxFor();
  const { client_id, redirect_uri } = sandbox.apps.public;
  const code = await approvedCode(sandbox, { client_id, ...pkce });
  const form = { grant_type: 'authorization_code', client_id, code, redirect_uri: redirect_uri ?? '' };
  const first = await postToken(sandbox, { ...form, code_verifier: verifier });
  expect(first.status).toBe(200);
  const { refresh_token } = first.body;
  const renewed = await postToken(sandbox, { grant_type: 'refresh_token', client_id, refresh_token });
  expect(renewed.status).toBe(200);
});

test('a public client must use PKCE', async () => {
  const sandbox = await sandboxFor();
  const { client_id } = sandbox.apps.public;
  const answer = await fetch(authorizeUrl(sandbox, { client_id }), { redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '');
  expect(back.searchParams.get('error')).toBe('invalid_request');
  const code = await approvedCode(sandbox, { client_id, ...pkce });
  const form = { grant_type: 'authorization_code', client_id, code };
  expect((await postToken(sandbox, form)).body).toMatchObject({ error: 'invalid_grant' });
});

test('a secret sent for a public client, and none for another, are refused', async () => {
  const sandbox = await sandboxFor();
  const { public: open, authorization_code: person } = sandbox.apps;
  for (const form of [
    { client_id: open.client_id, client_secret: person.client_secret },
    { client_id: person.client_id },
  ]) {
    const answer = await postToken(sandbox, { grant_type: 'authorization_code', code: 'c', ...form });
    expect([answer.status, answer.body.code]).toEqual([401, 20003]);
  }
});
