import { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import { shared } from '../../platform/core/shared.ts';
import { retryPatiently } from '../../platform/http/patience.ts';
import type { HttpOptions } from '../../platform/http/types.ts';
import type { TokenProvider } from '../../twilio/client.ts';
import { checkClaims } from './claims.ts';
import { isFresh, refusedAtOnce } from './expiry.ts';
import { type Found, type LoginPlace, requireCredentials, storeCredentials } from './login-store.ts';
import { clientCredentialsToken, type OAuthApp, refresh, type TokenSet } from './oauth.ts';
import {
  expectedOf,
  isStamped,
  mergeTokens,
  notProven,
  type StoredCredentials,
} from './stored-credentials.ts';

/**
 * Provides tokens for client credentials from the environment. A token is requested when first needed and kept for the
 * process.
 *
 * @param check throws when a token contradicts the environment
 */
export function clientCredentialTokens(
  app: OAuthApp,
  http: HttpOptions,
  check?: (token: Secret) => void,
): TokenProvider {
  const patiently = retryPatiently(http);
  const token = shared(async () => {
    const tokens = await patiently(() => clientCredentialsToken(app, http));
    check?.(tokens.accessToken);
    return tokens;
  });
  return {
    get: async () => (await token((tokens) => isFresh(tokens, http.now()))).accessToken,
    replaceRejected: async (refused) => (await token((tokens) => tokens.accessToken !== refused)).accessToken,
  };
}

export interface StoredLogin extends LoginPlace {
  /**
   * Runs the work while no other process renews or replaces the same credentials. `stillHeld` throws once the lock is
   * lost. `abandoned` means that a process took the lock and did not release it. Throws `temporary` when another
   * process keeps the lock, `failure` when no lock can be taken.
   */
  locked: <T>(work: (stillHeld: () => void, abandoned?: boolean) => Promise<T>) => Promise<T>;
  warn: (...lines: string[]) => void;
  http: HttpOptions;
}

export interface ProfileTokens extends TokenProvider {
  refresh(): Promise<StoredCredentials>;
  /** Verifies credentials that an older version stored, and adds their identity. Others stay unchanged. */
  prove(): Promise<void>;
  /** Resolves to true when Twilio issues a token for these credentials. */
  accepts(credentials: StoredCredentials): Promise<boolean>;
  /**
   * Gets a token with another client secret, and only then replaces the old secret. Throws `auth` when
   * Twilio refuses it, and `failure` when it can't be stored.
   */
  replaceSecret(clientSecret: Secret): Promise<StoredCredentials>;
}

/**
 * Provides the tokens of a stored login. A token is renewed shortly before it expires, and once when Twilio refuses it.
 */
export function profileTokens(login: StoredLogin): ProfileTokens {
  const { now } = login.http;
  let renewal: { made: StoredCredentials; at: number } | undefined;
  const patiently = retryPatiently(login.http);
  const token = shared<StoredCredentials>(async (usable) => {
    const { credentials } = await requireCredentials(login);
    if (isStamped(credentials) && usable(credentials)) return credentials;
    const made = await patiently(() => renewStored(login, usable));
    renewal = { made, at: now() };
    return made;
  });
  return {
    get: async () => (await token((credentials) => isFresh(credentials, now()))).accessToken,
    async replaceRejected(refused) {
      // Twilio refused a token that is just renewed: another new one would be refused too.
      if (renewal !== undefined && !isOther(refused)(renewal.made)) {
        if (now() - renewal.at < refusedAtOnce(renewal.made)) return undefined;
      }
      return (await token(isOther(refused))).accessToken;
    },
    // Concurrent processes share one new token.
    refresh: async () => {
      const usable = isOther((await requireCredentials(login)).credentials.accessToken);
      const fresh = await renewStored(login, usable);
      // A refresh succeeds only when the new token is stored.
      if (usable((await requireCredentials(login)).credentials)) return fresh;
      throw new AppError('failure', `The new token of profile ${login.name} could not be stored`, {
        hint: `Make ${login.store.displayName} writable, then run it again or log in: twilio-org auth login`,
      });
    },
    async prove() {
      const { credentials } = await requireCredentials(login);
      if (!isStamped(credentials)) await renewStored(login, isStamped);
    },
    async accepts(credentials) {
      try {
        await newTokens(login, credentials);
        return true;
      } catch (error) {
        if (error instanceof AppError && error.kind === 'auth') return false;
        throw error;
      }
    },
    replaceSecret: (clientSecret) =>
      login.locked((stillHeld) => replaceSecret(login, clientSecret, stillHeld)),
  };
}

function isOther(token: Secret): (credentials: StoredCredentials) => boolean {
  return ({ accessToken }) => accessToken.reveal() !== token.reveal();
}

async function renewStored(
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

async function replaceSecret(
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

function newTokens(
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
