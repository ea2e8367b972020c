import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';
import { contentType } from '../http/request.ts';
import { deleteExpired, type PendingConsent } from '../state/state.ts';
import { findApp } from './apps.ts';
import { consentPage, errorPage } from './consent-page.ts';
import { grantedScopes } from './scopes.ts';

const consentLifetimeMs = 600_000;
const codeLifetimeMs = 300_000;

/** `/v2/authorize`: the page on which a person approves access (RFC 6749, section 4.1, with PKCE, RFC 7636). */
export function addAuthorizeRoutes(app: Hono, env: SandboxEnv): void {
  app.get('/v2/authorize', (c) => showConsentPage(c, env));
  app.post('/v2/authorize', (c) => decide(c, env));
}

function showConsentPage(c: Context, { apps, settings, state }: SandboxEnv): Response | Promise<Response> {
  const parameters = new URL(c.req.url).searchParams;
  const repeated = [...parameters.keys()].find((name) => parameters.getAll(name).length > 1);
  if (repeated !== undefined)
    return errorPage(`The link has "${repeated}" more than once`, 'Create the link again');
  const parameter = (name: string) => parameters.get(name) ?? undefined;

  const client = findApp(apps, parameter('client_id'));
  if (client?.grantType !== 'authorization_code') {
    const id = parameter('client_id') ?? '';
    return errorPage(`There is no authorization-code app "${id}"`, 'Check the client id of the OAuth app');
  }
  const redirectUri = parameter('redirect_uri');
  if (redirectUri === undefined || redirectUri !== client.app.redirect_uri) {
    const advice = 'It must equal the Redirect URL saved in the OAuth app, character for character';
    return errorPage(`"${redirectUri ?? ''}" is not the Redirect URL of this app`, advice);
  }

  const redirectWithError = (error: string) =>
    c.redirect(callbackUrl(redirectUri, { error, state: parameter('state'), iss: settings.issuer }), 302);
  if (parameter('response_type') !== 'code') return redirectWithError('unsupported_response_type');
  const granted = grantedScopes(parameter('scope'), client.app.scopes);
  if (granted === undefined) return redirectWithError('invalid_scope');
  const codeChallenge = parameter('code_challenge');
  const method = parameter('code_challenge_method');
  const needsChallenge = client.secret === undefined && codeChallenge === undefined;
  if (needsChallenge || !isValidChallenge(codeChallenge, method)) return redirectWithError('invalid_request');

  deleteExpired(state.consents, settings.now());
  const formToken = randomBytes(32).toString('base64url');
  const { organizationSid, ownerSid } = state;
  state.consents.set(formToken, {
    clientId: client.app.client_id,
    organizationSid,
    subject: ownerSid,
    ...granted,
    redirectUri,
    state: parameter('state'),
    codeChallenge,
    expiresAt: settings.now() + consentLifetimeMs,
  });
  const userName = state.users.get(ownerSid)?.userName ?? ownerSid;
  return consentPage({
    appName: 'Sandbox app',
    organizationSid,
    userName,
    ...granted,
    redirectUri,
    formToken,
  });
}

/** PKCE is optional except for a public client. The method must be S256. */
function isValidChallenge(challenge: string | undefined, method: string | undefined): boolean {
  if (challenge === undefined) return method === undefined;
  return method === 'S256' && /^[\w-]{43}$/.test(challenge);
}

async function decide(c: Context, { settings, state }: SandboxEnv): Promise<Response> {
  const isForm = contentType(c.req) === 'application/x-www-form-urlencoded';
  const form = new URLSearchParams(isForm ? await c.req.text() : '');
  const formToken = form.get('form_token') ?? '';
  const consent = state.consents.get(formToken);
  // The token works once: a form that is sent twice, or forged by another site, gets no code.
  state.consents.delete(formToken);
  if (consent === undefined || consent.expiresAt <= settings.now()) {
    return errorPage('This page was already used or has expired', 'Start the login again');
  }
  const { state: clientState, redirectUri } = consent;
  const { issuer: iss } = settings;
  if (form.get('decision') !== 'approve') {
    return c.redirect(callbackUrl(redirectUri, { error: 'access_denied', state: clientState, iss }), 303);
  }
  const code = issueCode(consent, state.codes, settings.now());
  return c.redirect(callbackUrl(redirectUri, { code, state: clientState, iss }), 303);
}

function issueCode(consent: PendingConsent, codes: SandboxEnv['state']['codes'], now: number): string {
  const { state: _, ...grant } = consent;
  deleteExpired(codes, now);
  const code = randomBytes(32).toString('base64url');
  codes.set(code, { ...grant, expiresAt: now + codeLifetimeMs });
  return code;
}

/** The Redirect URL with these parameters added; its own query stays unchanged. */
function callbackUrl(redirectUri: string, parameters: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
}
