import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';
import { contentType } from '../http/request.ts';
import { deleteExpired, type PendingConsent } from '../state/state.ts';
import { findApp } from './apps.ts';
import { consentPage, errorPage } from './consent-page.ts';
import { grantedScopes } from './scopes.ts';

/** Milliseconds that a consent page may be looked at before it is answered. */
const consentLifetime = 600_000;
/** Milliseconds that an authorization code lives. */
const codeLifetime = 300_000;

/** `/v2/authorize`: the page on which a person approves access (RFC 6749, section 4.1, with PKCE, RFC 7636). */
export function addAuthorizeRoutes(app: Hono, env: SandboxEnv): void {
  app.get('/v2/authorize', (c) => ask(c, env));
  app.post('/v2/authorize', (c) => decide(c, env));
}

function ask(c: Context, { apps, settings, state }: SandboxEnv): Response | Promise<Response> {
  const parameters = new URL(c.req.url).searchParams;
  const repeated = [...parameters.keys()].find((name) => parameters.getAll(name).length > 1);
  if (repeated !== undefined)
    return errorPage(`"${repeated}" is there more than once`, 'Build the link again');
  const parameter = (name: string) => parameters.get(name) ?? undefined;

  const found = findApp(apps, parameter('client_id'));
  if (found?.grantType !== 'authorization_code') {
    const id = parameter('client_id') ?? '';
    return errorPage(`There is no authorization-code app "${id}"`, 'Check the client id of the OAuth app');
  }
  const redirectUri = parameter('redirect_uri');
  if (redirectUri === undefined || redirectUri !== found.app.redirect_uri) {
    const advice = 'It must equal the Redirect URL saved in the OAuth app, character for character';
    return errorPage(`"${redirectUri ?? ''}" is not the Redirect URL of this app`, advice);
  }

  const back = (error: string) =>
    c.redirect(answerUrl(redirectUri, { error, state: parameter('state'), iss: settings.issuer }), 302);
  if (parameter('response_type') !== 'code') return back('unsupported_response_type');
  const granted = grantedScopes(parameter('scope'), found.app.scopes);
  if (granted === undefined) return back('invalid_scope');
  const codeChallenge = parameter('code_challenge');
  const method = parameter('code_challenge_method');
  const needsChallenge = found.secret === undefined && codeChallenge === undefined;
  if (needsChallenge || !isChallenge(codeChallenge, method)) return back('invalid_request');

  deleteExpired(state.consents, settings.now());
  const formToken = randomBytes(32).toString('base64url');
  const { organizationSid, ownerSid } = state;
  state.consents.set(formToken, {
    clientId: found.app.client_id,
    organizationSid,
    subject: ownerSid,
    ...granted,
    redirectUri,
    state: parameter('state'),
    codeChallenge,
    expiresAt: settings.now() + consentLifetime,
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

/** PKCE may be left out, but not by a public client; if it is there it must be S256. */
function isChallenge(challenge: string | undefined, method: string | undefined): boolean {
  if (challenge === undefined) return method === undefined;
  return method === 'S256' && /^[\w-]{43}$/.test(challenge);
}

async function decide(c: Context, { settings, state }: SandboxEnv): Promise<Response> {
  const isForm = contentType(c.req) === 'application/x-www-form-urlencoded';
  const form = new URLSearchParams(isForm ? await c.req.text() : '');
  const formToken = form.get('form_token') ?? '';
  const consent = state.consents.get(formToken);
  // The token is good once: a form that is sent twice, or that another site made up, gets no code.
  state.consents.delete(formToken);
  if (consent === undefined || consent.expiresAt <= settings.now()) {
    return errorPage('This page was answered already or is too old', 'Start the login again');
  }
  const { state: clientState, redirectUri } = consent;
  const { issuer: iss } = settings;
  if (form.get('decision') !== 'approve') {
    return c.redirect(answerUrl(redirectUri, { error: 'access_denied', state: clientState, iss }), 303);
  }
  const code = issueCode(consent, state.codes, settings.now());
  return c.redirect(answerUrl(redirectUri, { code, state: clientState, iss }), 303);
}

function issueCode(consent: PendingConsent, codes: SandboxEnv['state']['codes'], now: number): string {
  const { state: _, ...grant } = consent;
  deleteExpired(codes, now);
  const code = randomBytes(32).toString('base64url');
  codes.set(code, { ...grant, expiresAt: now + codeLifetime });
  return code;
}

/** The Redirect URL with the answer; what it had already stays as it is. */
function answerUrl(redirectUri: string, parameters: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
}
