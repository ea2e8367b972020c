import type { HttpOptions } from '../api/http.ts';
import type { Tokens } from '../api/transport.ts';
import { AppError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { checkClaims } from './claims.ts';
import { type Credentials, expectedOf, isStamped, notProven, renewed } from './credentials.ts';
import { type Found, findCredentials, type LoginPlace, storeCredentials } from './login-store.ts';
import { mint, type OAuthApp, refresh, type TokenSet } from './oauth.ts';

/** A token is renewed this long before it expires, so that none expires on its way; milliseconds. */
const margin = 60_000;

/** A token from the environment: used as it is. */
export function givenToken(token: Secret): Tokens {
  return { get: async () => token, renew: async () => undefined };
}

/** One value for all callers of the process, made anew when it is not usable any more. */
function shared<T>(make: (usable: (value: T) => boolean) => Promise<T>) {
  let current: Promise<T> | undefined;
  return async (usable: (value: T) => boolean): Promise<T> => {
    const seen = current;
    if (seen !== undefined && usable(await seen)) return seen;
    // Of many callers that waited, the first makes the new one.
    const made = current === seen || current === undefined ? make(usable) : current;
    current = made;
    return made;
  };
}

/**
 * Client credentials from the environment: a token is minted when first needed and kept for the process.
 *
 * @param check throws when a token is not what the environment says
 */
export function mintedToken(app: OAuthApp, http: HttpOptions, check?: (token: Secret) => void): Tokens {
  const token = shared(async () => {
    const tokens = await mint(app, http);
    check?.(tokens.accessToken);
    return tokens;
  });
  return {
    get: async () => (await token((tokens) => tokens.expiresAt - margin > http.now())).accessToken,
    renew: async (refused) => (await token((tokens) => tokens.accessToken !== refused)).accessToken,
  };
}

export interface StoredLogin extends LoginPlace {
  /**
   * Runs the work while no other process renews or replaces the same credentials; `stillHeld` throws when that is not
   * so any more. Throws `temporary` when another process does so all the time, `failure` when it can't be prevented.
   */
  locked: <T>(work: (stillHeld: () => void) => Promise<T>) => Promise<T>;
  warn: (...lines: string[]) => void;
  http: HttpOptions;
}

export interface StoredTokens extends Tokens {
  refresh(): Promise<Credentials>;
  /** Proves credentials that an older version stored, and stamps them; does nothing to others. */
  prove(): Promise<void>;
  /** Whether Twilio gives a token for these credentials to the app of the login. */
  accepts(credentials: Credentials): Promise<boolean>;
  /**
   * Gets a token with another client secret, and only then keeps that in place of the old one. Throws `auth` when
   * Twilio refuses it, and `failure` when it can't be stored.
   */
  replaceSecret(clientSecret: Secret): Promise<Credentials>;
}

/** A stored login: its token is renewed a little before it expires, and once when Twilio refuses it. */
export function storedToken(login: StoredLogin): StoredTokens {
  const { now } = login.http;
  let renewal: { token: string; at: number } | undefined;
  const token = shared<Credentials>(async (usable) => {
    const { credentials } = await readLogin(login);
    if (isStamped(credentials) && usable(credentials)) return credentials;
    const other = await renewStored(login, usable);
    renewal = { token: other.accessToken.reveal(), at: now() };
    return other;
  });
  return {
    get: async () => (await token(({ expiresAt }) => expiresAt - margin > now())).accessToken,
    async renew(refused) {
      // A new token that is refused at once: yet another would fare no better.
      if (renewal?.token === refused.reveal() && now() - renewal.at < margin) return undefined;
      return (await token(isOther(refused))).accessToken;
    },
    // Of many that ask for it at the same time, one is enough.
    refresh: async () => {
      const usable = isOther((await readLogin(login)).credentials.accessToken);
      const fresh = await renewStored(login, usable);
      // A token that is not kept is not what was asked for.
      if (usable((await readLogin(login)).credentials)) return fresh;
      throw new AppError('failure', `The new token of profile ${login.name} is not kept`, {
        hint: `Make ${login.store.place} writable, then run it again or log in: twilio-org auth login`,
      });
    },
    async prove() {
      const { credentials } = await readLogin(login);
      if (!isStamped(credentials)) await renewStored(login, isStamped);
    },
    accepts: (credentials) =>
      newTokens(login, credentials).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AppError && error.kind === 'auth') return false;
          throw error;
        },
      ),
    replaceSecret: (clientSecret) =>
      login.locked((stillHeld) => replaceSecret(login, clientSecret, stillHeld)),
  };
}

function isOther(token: Secret): (credentials: Credentials) => boolean {
  return ({ accessToken }) => accessToken.reveal() !== token.reveal();
}

async function readLogin(login: StoredLogin): Promise<Found> {
  const found = await findCredentials(login);
  if (found !== undefined) return found;
  throw new AppError('auth', `Profile ${login.name} has no credentials in ${login.store.place}`, {
    hint: 'Log in again: twilio-org auth login',
  });
}

async function renewStored(
  login: StoredLogin,
  usable: (credentials: Credentials) => boolean,
): Promise<Credentials> {
  let begun = false;
  const work = (stillHeld: () => void) => {
    begun = true;
    return renewLocked(login, usable, stillHeld);
  };
  try {
    return await login.locked(work);
  } catch (error) {
    const noLock = !begun && error instanceof AppError && error.kind === 'failure';
    // Where nothing can be written, a rotated refresh token would be lost. To mint twice does no harm.
    if (!noLock || login.profile.grant !== 'client-credentials') throw error;
    return renewLocked(login, usable, () => undefined);
  }
}

/** Another process may have renewed the login meanwhile: it is read again under the lock, and only then renewed. */
async function renewLocked(
  login: StoredLogin,
  usable: (credentials: Credentials) => boolean,
  stillHeld: () => void,
): Promise<Credentials> {
  const found = await readLogin(login);
  const { credentials } = found;
  if (isStamped(credentials) && usable(credentials)) return credentials;
  stillHeld();
  let tokens: TokenSet;
  try {
    tokens = await newTokens(login, credentials);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'auth') throw error;
    const now = (await readLogin(login)).credentials;
    // A process that this lock does not stop, such as one of an older version, was faster.
    if (isStamped(now) && isOther(credentials.accessToken)(now) && usable(now)) return now;
    throw isStamped(credentials) ? error : notProven(login.name, error);
  }
  const fresh = renewed(credentials, tokens, login.profile);
  try {
    await storeCredentials(login, fresh, found);
  } catch (error) {
    const { message, hint } = error as Partial<AppError>;
    login.warn(
      `The renewed token could not be stored: ${message}`,
      ...(hint === undefined ? [] : [hint]),
      'If the next command is refused, log in again: twilio-org auth login',
    );
  }
  checkToken(login, fresh);
  return fresh;
}

async function replaceSecret(
  login: StoredLogin,
  clientSecret: Secret,
  stillHeld: () => void,
): Promise<Credentials> {
  const found = await readLogin(login);
  const credentials = { ...found.credentials, clientSecret };
  stillHeld();
  const fresh = renewed(credentials, await newTokens(login, credentials), login.profile);
  checkToken(login, fresh);
  try {
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

function checkToken({ name, profile }: StoredLogin, { accessToken }: Credentials): void {
  checkClaims(accessToken, expectedOf(name, profile));
}

function newTokens(login: StoredLogin, credentials: Credentials): Promise<TokenSet> {
  const { client_id, oauth_url, grant } = login.profile;
  const app: OAuthApp = { clientId: client_id, clientSecret: credentials.clientSecret, oauthUrl: oauth_url };
  if (grant === 'client-credentials') return mint(app, login.http);
  if (credentials.refreshToken === undefined) {
    throw new AppError('auth', `The login of profile ${login.name} has expired`, {
      hint: 'Log in again: twilio-org auth login',
    });
  }
  return refresh(app, credentials.refreshToken, login.http);
}
