import { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import { shared } from '../../platform/core/shared.ts';
import { retryPatiently } from '../../platform/http/patience.ts';
import type { TokenProvider } from '../../twilio/client.ts';
import { isFresh, refusedAtOnce } from './expiry.ts';
import { requireCredentials, type StoredLogin } from './login-store.ts';
import { isOther, isStamped, type StoredCredentials } from './stored-credentials.ts';

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

/** Most commands find a token that is still good. */
const loadRenewal = () => import('./renewal.ts');

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
    const { renewStored } = await loadRenewal();
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
      const { renewStored } = await loadRenewal();
      const fresh = await renewStored(login, usable);
      // A refresh succeeds only when the new token is stored.
      if (usable((await requireCredentials(login)).credentials)) return fresh;
      throw new AppError('failure', `The new token of profile ${login.name} could not be stored`, {
        hint: `Make ${login.store.displayName} writable, then run it again or log in: twilio-org auth login`,
      });
    },
    async prove() {
      const { credentials } = await requireCredentials(login);
      if (!isStamped(credentials)) await (await loadRenewal()).renewStored(login, isStamped);
    },
    async accepts(credentials) {
      const { newTokens } = await loadRenewal();
      try {
        await newTokens(login, credentials);
        return true;
      } catch (error) {
        if (error instanceof AppError && error.kind === 'auth') return false;
        throw error;
      }
    },
    async replaceSecret(clientSecret) {
      const { replaceSecret } = await loadRenewal();
      return login.locked((stillHeld) => replaceSecret(login, clientSecret, stillHeld));
    },
  };
}
