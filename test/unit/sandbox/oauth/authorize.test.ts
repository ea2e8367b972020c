import { expect, test } from 'vitest';
import {
  authorizeUrl,
  consent,
  formTokenIn,
  pressed,
  sandboxFor,
  testClock,
} from '../../../support/sandbox.ts';

test('the consent page names the scopes in plain words and has both buttons', async () => {
  const sandbox = await sandboxFor({ scopes: ['roles/list', 'managed-users/delete'] });
  const response = await fetch(authorizeUrl(sandbox));
  const page = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page).toContain('Deactivate users');
  expect(page).toContain('List the roles and what they permit');
  expect(page).toContain('Stay signed in');
  expect(page).not.toContain('Give roles to users');
  expect(page).toMatch(/<form method="post" action="\/v2\/authorize">/);
  expect(page).toMatch(/<button [^>]*value="approve">Approve access<\/button>/);
  expect(page).toMatch(/<button [^>]*value="deny">Deny<\/button>/);
  expect(page).toContain('prefers-color-scheme: dark');
  expect(page).not.toContain('<script');
});

test('the consent page is not cached, runs no script, and its form leads only to the Redirect URL', async () => {
  const sandbox = await sandboxFor({ redirectUri: 'https://login.example.com/done?from=cli' });
  const { headers } = await fetch(authorizeUrl(sandbox));
  const policy = headers.get('content-security-policy') ?? '';
  expect(headers.get('cache-control')).toBe('no-store');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self' https://login.example.com;");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe-inline');
});

test('the style on the page is the one that the policy permits', async () => {
  const { createHash } = await import('node:crypto');
  const sandbox = await sandboxFor();
  const response = await fetch(authorizeUrl(sandbox));
  const style = /<style>([\s\S]*)<\/style>/.exec(await response.text())?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
});

test('for a Redirect URL with an IPv6 address the policy permits its scheme', async () => {
  const sandbox = await sandboxFor({ redirectUri: 'http://[::1]:8477/callback' });
  const { headers } = await fetch(authorizeUrl(sandbox));
  expect(headers.get('content-security-policy')).toContain("form-action 'self' http:;");
});

test('approving leads to the Redirect URL with a code and the state', async () => {
  const sandbox = await sandboxFor();
  const state = 'a b&c=<d>';
  const url = await consent(authorizeUrl(sandbox, { state }));
  expect(url.origin + url.pathname).toBe('http://127.0.0.1:8477/callback');
  expect(url.searchParams.get('state')).toBe(state);
  expect(url.searchParams.get('code')).toMatch(/^[\w-]{40,}$/);
  expect([...url.searchParams.keys()]).toEqual(['code', 'state']);
});

test('the response to the form is a redirect that is followed with GET', async () => {
  const sandbox = await sandboxFor();
  const url = authorizeUrl(sandbox);
  const response = await pressed(url, formTokenIn(await (await fetch(url)).text()), 'approve');
  expect(response.status).toBe(303);
});

test('denying leads back with access_denied and no code', async () => {
  const sandbox = await sandboxFor();
  const url = await consent(authorizeUrl(sandbox), 'deny');
  expect(Object.fromEntries(url.searchParams)).toEqual({ error: 'access_denied', state: 'xyz' });
  expect(sandbox.state.codes.size).toBe(0);
});

test('without a state the callback has none', async () => {
  const sandbox = await sandboxFor();
  const url = authorizeUrl(sandbox);
  url.searchParams.delete('state');
  expect([...(await consent(url)).searchParams.keys()]).toEqual(['code']);
});

test('the query of the Redirect URL is kept', async () => {
  const sandbox = await sandboxFor({ redirectUri: 'http://127.0.0.1:8477/callback?a=b%20c' });
  const url = await consent(authorizeUrl(sandbox));
  expect(url.href).toMatch(/callback\?a=b%20c&code=[\w-]+&state=xyz$/);
});

test.each([
  ['an unknown client', { client_id: `OQ${'9'.repeat(32)}` }],
  ['the app with the other grant', { client_id: 'OQ000000000000000000000000000000cc' }],
  ['another redirect URI', { redirect_uri: 'http://127.0.0.1:8477/callback/' }],
  ['a redirect URI of another host', { redirect_uri: 'https://evil.example/callback' }],
  ['no redirect URI', { redirect_uri: '' }],
])('%s is refused with a page and never with a redirect', async (_, parameters) => {
  const sandbox = await sandboxFor();
  const response = await fetch(authorizeUrl(sandbox, parameters), { redirect: 'manual' });
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('content-security-policy')).toContain("form-action 'none'");
  expect(await response.text()).not.toContain('<form');
});

test('a client-credentials app is refused as no authorization-code app', async () => {
  const sandbox = await sandboxFor();
  const { client_id } = sandbox.apps.client_credentials;
  const page = await (await fetch(authorizeUrl(sandbox, { client_id }))).text();
  expect(page).toContain('There is no authorization-code app');
});

test('a repeated parameter is refused', async () => {
  const sandbox = await sandboxFor();
  const url = authorizeUrl(sandbox);
  url.searchParams.append('redirect_uri', 'https://evil.example/');
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.status).toBe(400);
});

test('text from the URL is escaped on the page', async () => {
  const sandbox = await sandboxFor();
  const response = await fetch(authorizeUrl(sandbox, { redirect_uri: '"><script>alert(1)</script>' }));
  const page = await response.text();
  expect(page).not.toContain('<script>');
  expect(page).toContain('&lt;script&gt;');
});

test.each([
  ['unsupported_response_type', { response_type: 'token' }],
  ['invalid_scope', { scope: 'offline_access everything' }],
  ['invalid_request', { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }],
  ['invalid_request', { code_challenge: 'a'.repeat(43) }],
  ['invalid_request', { code_challenge: 'short', code_challenge_method: 'S256' }],
  ['invalid_request', { code_challenge_method: 'S256' }],
])('%s goes back to the Redirect URL for %o', async (error, parameters) => {
  const sandbox = await sandboxFor();
  const response = await fetch(authorizeUrl(sandbox, parameters), { redirect: 'manual' });
  expect(response.status).toBe(302);
  const url = new URL(response.headers.get('location') ?? '');
  expect(Object.fromEntries(url.searchParams)).toEqual({ error, state: 'xyz' });
});

test('a form that is sent twice gets one code', async () => {
  const sandbox = await sandboxFor();
  const url = authorizeUrl(sandbox);
  const formToken = formTokenIn(await (await fetch(url)).text());
  const answers = [await pressed(url, formToken, 'approve'), await pressed(url, formToken, 'approve')];
  expect(answers.map(({ status }) => status)).toEqual([303, 400]);
  expect(sandbox.state.codes.size).toBe(1);
});

test.each(['made-up', ''])('a form with the token "%s" gets no code', async (formToken) => {
  const sandbox = await sandboxFor();
  const response = await pressed(authorizeUrl(sandbox), formToken, 'approve');
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
  expect(sandbox.state.codes.size).toBe(0);
});

test('a consent page expires after ten minutes', async () => {
  const { now, advance } = testClock();
  const sandbox = await sandboxFor({ now });
  const url = authorizeUrl(sandbox);
  const formToken = formTokenIn(await (await fetch(url)).text());
  advance(600_000);
  expect((await pressed(url, formToken, 'approve')).status).toBe(400);
});
