import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { ApiError, type ErrorCode } from '../http/errors.ts';
import { type AccessToken, deleteExpired, type Grant, type State } from '../state/state.ts';

/** Issues an access token in the form of a JWT (RFC 7519). Its signature is random; the state holds its meaning. */
export function issueAccessToken(state: State, grant: Grant, now: number, expiresIn = 3600): string {
  deleteExpired(state.accessTokens, now);
  const issued = Math.floor(now / 1000);
  const payload = {
    iss: 'twilio-org-sandbox',
    sub: grant.subject,
    client_id: grant.clientId,
    iat: issued,
    exp: issued + expiresIn,
    jti: randomBytes(16).toString('hex'),
  };
  const parts = [JSON.stringify({ alg: 'RS256', typ: 'JWT' }), JSON.stringify(payload), randomBytes(256)];
  const token = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
  state.accessTokens.set(token, { ...copyGrant(grant), expiresAt: now + expiresIn * 1000 });
  return token;
}

/** Issues a refresh token of about 700 characters: long enough to meet the limits of a credential store. */
export function issueRefreshToken(state: State, grant: Grant): string {
  const token = `sandbox-only-refresh-${randomBytes(525).toString('base64url')}`;
  state.refreshTokens.set(token, copyGrant(grant));
  return token;
}

function copyGrant({ clientId, organizationSid, subject, scopes }: Grant): Grant {
  return { clientId, organizationSid, subject, scopes };
}

/**
 * Requires a bearer token (RFC 6750, section 2.1) that is known, unexpired, of this organization, and has one of the scopes.
 *
 * @param wrongOrganization the code for a token of another organization
 */
export function requireScope(
  state: State,
  now: () => number,
  wrongOrganization: ErrorCode,
  ...scopes: string[]
): MiddlewareHandler {
  return requireToken(state, now, wrongOrganization, (token) =>
    scopes.some((scope) => token.scopes.includes(scope)),
  );
}

/** Requires a token of this organization, with any scopes. */
export function requireToken(
  state: State,
  now: () => number,
  wrongOrganization: ErrorCode,
  isAllowed: (token: AccessToken) => boolean = () => true,
): MiddlewareHandler {
  return async (c, next) => {
    const token = bearerToken(state, c.req.header('authorization'), now());
    if (token.organizationSid !== state.organizationSid) throw new ApiError(wrongOrganization);
    if (!isAllowed(token)) throw new ApiError(20003);
    await next();
  };
}

function bearerToken(state: State, header: string | undefined, now: number): AccessToken {
  const text = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (text === undefined) throw new ApiError(20003, 'Authentication failed: no access token', 401);
  const token = state.accessTokens.get(text);
  if (token === undefined)
    throw new ApiError(20003, 'Authentication failed: the access token is unknown', 401);
  if (token.expiresAt <= now)
    throw new ApiError(20003, 'Authentication failed: the access token has expired', 401);
  return token;
}
