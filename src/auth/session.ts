import type { HttpOptions } from '../api/http.ts';
import type { Tokens } from '../api/transport.ts';
import type { Profile } from '../config/profiles.ts';
import type { CredentialStore } from '../credentials/store.ts';
import { AppError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type Credentials, pack, renewed, unpack } from './credentials.ts';
import { mint, type OAuthApp, refresh, type TokenSet } from './oauth.ts';

/** A token is renewed this long before it expires, so that none expires on its way; milliseconds. */
const margin = 60_000;

/** A token from the environment: used as it is. */
export function givenToken(token: Secret): Tokens {
  return { get: async () => token, renew: async () => undefined };
}

/** Client credentials from the environment: a token is minted when first needed and kept for the process. */
export function mintedToken(app: OAuthApp, http: HttpOptions): Tokens {
  let current: Promise<TokenSet> | undefined;
  const token = async (usable: (tokens: TokenSet) => boolean): Promise<Secret> => {
    const seen = current;
    if (seen !== undefined && !usable(await seen) && current === seen) current = undefined;
    current ??= mint(app, http);
    return (await current).accessToken;
  };
  return {
    get: () => token((tokens) => tokens.expiresAt - margin > http.now()),
    renew: (refused) => token((tokens) => tokens.accessToken !== refused),
  };
}

export interface StoredLogin {
  name: string;
  profile: Profile;
  store: CredentialStore;
  /** Runs the work while no other process refreshes the same login. */
  locked: <T>(work: () => Promise<T>) => Promise<T>;
  warn: (text: string) => void;
  http: HttpOptions;
}

/** A stored login: its token is renewed a little before it expires, and once when Twilio refuses it. */
export function storedToken(login: StoredLogin): Tokens & { refresh(): Promise<Credentials> } {
  let current: Promise<Credentials> | undefined;
  const valid = (credentials: Credentials) => credentials.expiresAt - margin > login.http.now();
  const renewUnless = (usable: (credentials: Credentials) => boolean) => {
    current = renewStored(login, usable);
    return current;
  };
  return {
    async get() {
      current ??= readLogin(login);
      let credentials = await current;
      if (!valid(credentials)) credentials = await renewUnless(valid);
      return credentials.accessToken;
    },
    async renew(refused) {
      const known = await current;
      const differs = (credentials: Credentials) => credentials.accessToken.reveal() !== refused.reveal();
      const credentials = known !== undefined && differs(known) ? known : await renewUnless(differs);
      return credentials.accessToken;
    },
    refresh: () => renewUnless(() => false),
  };
}

async function readLogin(login: StoredLogin): Promise<Credentials> {
  const stored = await login.store.get(login.name);
  if (stored === undefined) {
    throw new AppError('auth', `Profile ${login.name} has no credentials in ${login.store.place}`, {
      hint: 'Log in again: twilio-org auth login',
    });
  }
  return unpack(stored);
}

/** Another process may have renewed the login meanwhile: it is read again under the lock, and only then renewed. */
async function renewStored(
  login: StoredLogin,
  usable: (credentials: Credentials) => boolean,
): Promise<Credentials> {
  return login.locked(async () => {
    const credentials = await readLogin(login);
    if (usable(credentials)) return credentials;
    const fresh = renewed(credentials, await newTokens(login, credentials));
    try {
      await login.store.set(login.name, pack(fresh));
    } catch (error) {
      login.warn(
        `The renewed token could not be stored (${(error as Error).message}): log in again after this command`,
      );
    }
    return fresh;
  });
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
