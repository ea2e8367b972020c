import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';
import { ApiError } from '../http/errors.ts';
import { contentType } from '../http/request.ts';
import type { Grant } from '../state/state.ts';
import { findApp, type GrantType, type SandboxClient } from './apps.ts';
import { grantedScopes } from './scopes.ts';
import { issueAccessToken, issueRefreshToken } from './tokens.ts';

type Form = Readonly<Record<string, string>>;
type Issued = { grant: Grant; refreshToken: string | null };
type ProtocolError = 'invalid_grant' | 'invalid_scope' | 'unauthorized_client' | 'unsupported_grant_type';

/**
 * `POST /v2/token`, as Twilio's Token page describes it. Errors for invalid requests and unknown clients have Twilio's format, all others
 * that of RFC 6749, section 5.2: clients must understand both.
 */
export function addTokenRoute(app: Hono, env: SandboxEnv): void {
  app.post('/v2/token', async (c) => {
    const { now, tokenLifetime } = env.settings;
    c.header('cache-control', 'no-store');
    c.header('pragma', 'no-cache');
    const form = await readForm(c);
    const client = authenticate(env, form);
    const issued = issue(env, client, form);
    if (typeof issued === 'string')
      return c.json({ error: issued, error_description: descriptions[issued] }, 400);
    return c.json({
      access_token: issueAccessToken(env.state, issued.grant, now(), tokenLifetime),
      token_type: 'Bearer',
      expires_in: tokenLifetime,
      refresh_token: issued.refreshToken,
      id_token: null,
    });
  });
}

const descriptions: Record<ProtocolError, string> = {
  invalid_grant: 'The code or refresh token is unknown, expired, already used, or of another client',
  invalid_scope: 'The app does not have a requested scope',
  unauthorized_client: 'The app has another grant type',
  unsupported_grant_type: 'The grant type is unknown',
};

/** Each parameter may occur once (RFC 6749, section 3.2). */
async function readForm(c: Context): Promise<Form> {
  if (contentType(c.req) !== 'application/x-www-form-urlencoded') {
    throw new ApiError(20001, 'Invalid request: the body must be application/x-www-form-urlencoded');
  }
  const parameters = new URLSearchParams(await c.req.text());
  const form = Object.fromEntries(parameters);
  if (Object.keys(form).length < parameters.size)
    throw new ApiError(20001, 'Invalid request: a parameter occurs twice');
  if (form.grant_type === undefined) throw new ApiError(20001, 'Invalid request: grant_type is missing');
  return form;
}

/** Clients authenticate in the body; an Authorization header is ignored. A public client sends no secret. */
function authenticate({ apps }: SandboxEnv, form: Form): SandboxClient {
  const client = findApp(apps, form.client_id);
  if (client !== undefined && client.secret === form.client_secret) return client;
  throw new ApiError(20003, 'Client authentication failed', 401);
}

function issue(env: SandboxEnv, client: SandboxClient, form: Form): Issued | ProtocolError {
  const grantTypes: Record<string, { grantType: GrantType; issue: typeof fromCode }> = {
    authorization_code: { grantType: 'authorization_code', issue: fromCode },
    refresh_token: { grantType: 'authorization_code', issue: fromRefreshToken },
    client_credentials: { grantType: 'client_credentials', issue: fromCredentials },
  };
  const wanted = Object.hasOwn(grantTypes, form.grant_type ?? '')
    ? grantTypes[form.grant_type ?? '']
    : undefined;
  if (wanted === undefined) return 'unsupported_grant_type';
  if (wanted.grantType !== client.grantType) return 'unauthorized_client';
  return wanted.issue(env, client, form);
}

function fromCode(
  { settings, state }: SandboxEnv,
  { app }: SandboxClient,
  form: Form,
): Issued | ProtocolError {
  const grant = state.codes.get(form.code ?? '');
  if (grant === undefined || grant.clientId !== app.client_id) return 'invalid_grant';
  // A code works once, even if this exchange fails.
  state.codes.delete(form.code ?? '');
  const expired = grant.expiresAt <= settings.now();
  if (
    expired ||
    form.redirect_uri !== grant.redirectUri ||
    !isVerified(grant.codeChallenge, form.code_verifier)
  ) {
    return 'invalid_grant';
  }
  return { grant, refreshToken: grant.offline ? issueRefreshToken(state, grant) : null };
}

/** RFC 7636, section 4.6. A verifier without a challenge is refused as well (RFC 9700, section 2.1.1). */
function isVerified(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined || verifier === undefined) return challenge === verifier;
  return createHash('sha256').update(verifier).digest('base64url') === challenge;
}

/** Rotates the refresh token: the old one stops working. */
function fromRefreshToken({ state }: SandboxEnv, { app }: SandboxClient, form: Form): Issued | ProtocolError {
  const token = form.refresh_token ?? '';
  const grant = state.refreshTokens.get(token);
  if (grant === undefined || grant.clientId !== app.client_id) return 'invalid_grant';
  state.refreshTokens.delete(token);
  return { grant, refreshToken: issueRefreshToken(state, grant) };
}

function fromCredentials({ state }: SandboxEnv, { app }: SandboxClient, form: Form): Issued | ProtocolError {
  const granted = grantedScopes(form.scope, app.scopes);
  if (granted === undefined) return 'invalid_scope';
  const { organizationSid } = state;
  const grant = { clientId: app.client_id, organizationSid, subject: app.client_id, scopes: granted.scopes };
  return { grant, refreshToken: null };
}
