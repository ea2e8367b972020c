import { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import type { HttpOptions } from '../../platform/http/types.ts';
import { checkClaims } from './claims.ts';
import { isFresh } from './expiry.ts';
import { type Found, requireCredentials, type StoredLogin, storeCredentials } from './login-store.ts';
import { clientCredentialsToken, type OAuthApp, refresh, type TokenSet } from './oauth.ts';
import {
  expectedOf,
  isOther,
  isStamped,
  mergeTokens,
  notProven,
  type StoredCredentials,
} from './stored-credentials.ts';

/** Gets new tokens under the lock of the login, unless another process was faster. */
export async function renewStored(
  login: StoredLogin,
  usable: (credentials: StoredCredentials) => boolean,
): Promise<StoredCredentials> {
  let begun = false;
  const work = (stillHeld: () => void, abandoned?: boolean) => {
    begun = true;
    return renewLocked(login, usable, stillHeld, abandoned);
  };
  try {
    return await login.locked(work);
  } catch (error) {
    const noLock = !begun && error instanceof AppError && error.kind === 'failure';
    // Without a lock a rotated refresh token could be lost. A second client-credentials token does no harm.
    if (!noLock || login.profile.grant !== 'client-credentials') throw error;
    return renewLocked(login, usable, () => undefined);
  }
}

/** Reads the login again under the lock before it renews it: another process may have been faster. */
async function renewLocked(
  login: StoredLogin,
  usable: (credentials: StoredCredentials) => boolean,
  stillHeld: () => void,
  abandoned = false,
): Promise<StoredCredentials> {
  const found = await requireCredentials(login);
  const { credentials } = found;
  if (isStamped(credentials) && usable(credentials)) return credentials;
  let tokens: TokenSet;
  try {
    tokens = await newTokens(login, credentials, stillHeld);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'auth') throw error;
    const now = (await requireCredentials(login)).credentials;
    // Another process was faster without this lock, such as one of an older version.
    if (isStamped(now) && isOther(credentials.accessToken)(now) && usable(now)) return now;
    if (!isStamped(credentials)) throw notProven(login.name, error);
    // Another process may have used the refresh token without having stored the next one yet. The login is still valid
    // then.
    if (abandoned || !holds(stillHeld)) throw renewedElsewhere(login, error);
    throw error;
  }
  const next = await kept(login, found, mergeTokens(credentials, tokens, login.profile), stillHeld);
  checkToken(login, next);
  return next;
}

/**
 * Stores the new credentials, and returns those to use. If another process took over the lock and stored later
 * credentials, those stay. Otherwise the old credentials are replaced under a new lock, because their refresh token may
 * be used up.
 */
async function kept(
  login: StoredLogin,
  old: Found,
  fresh: StoredCredentials,
  stillHeld: () => void,
): Promise<StoredCredentials> {
  try {
    if (holds(stillHeld)) {
      await storeCredentials(login, fresh, old);
      return fresh;
    }
    return await login.locked(async () => {
      const now = await requireCredentials(login);
      if (isOther(old.credentials.accessToken)(now.credentials)) {
        return isFresh(now.credentials, login.http.now()) ? now.credentials : fresh;
      }
      await storeCredentials(login, fresh, now);
      return fresh;
    });
  } catch (error) {
    const { message, hint } = error as Partial<AppError>;
    login.warn(
      `The renewed token could not be stored: ${message}`,
      ...(hint === undefined ? [] : [hint]),
      'If the next command is refused, log in again: twilio-org auth login',
    );
    return fresh;
  }
}

function holds(stillHeld: () => void): boolean {
  try {
    stillHeld();
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

function renewedElsewhere({ name }: StoredLogin, cause: AppError): AppError {
  return new AppError(
    'temporary',
    `Another twilio-org process has begun to renew the login of profile ${name}: ${cause.message}`,
    {
      hint: 'If that process is stopped, continue it, then run this command again. If it is refused again, log in again: twilio-org auth login',
      cause,
    },
  );
}

export async function replaceSecret(
  login: StoredLogin,
  clientSecret: Secret,
  stillHeld: () => void,
): Promise<StoredCredentials> {
  const found = await requireCredentials(login);
  const credentials = { ...found.credentials, clientSecret };
  const fresh = mergeTokens(credentials, await newTokens(login, credentials, stillHeld), login.profile);
  checkToken(login, fresh);
  try {
    stillHeld();
    await storeCredentials(login, fresh, found);
  } catch (error) {
    const { message, hint = '' } = error as Partial<AppError>;
    throw new AppError('failure', `Twilio took the new secret, but it could not be stored: ${message}`, {
      hint: `${hint} Then log in again: twilio-org auth login`.trim(),
      cause: error,
    });
  }
  return fresh;
}

function checkToken({ name, profile }: StoredLogin, { accessToken }: StoredCredentials): void {
  checkClaims(accessToken, expectedOf(name, profile));
}

export function newTokens(
  login: StoredLogin,
  credentials: StoredCredentials,
  stillHeld?: () => void,
): Promise<TokenSet> {
  const http: HttpOptions = {
    ...login.http,
    beforeSend() {
      login.http.beforeSend?.();
      stillHeld?.();
    },
  };
  const { client_id, oauth_url, grant } = login.profile;
  const app: OAuthApp = { clientId: client_id, clientSecret: credentials.clientSecret, oauthUrl: oauth_url };
  if (grant === 'client-credentials') return clientCredentialsToken(app, http);
  if (credentials.refreshToken === undefined) {
    throw new AppError('auth', `The login of profile ${login.name} has expired`, {
      hint: 'Log in again: twilio-org auth login',
    });
  }
  return refresh(app, credentials.refreshToken, http);
}
