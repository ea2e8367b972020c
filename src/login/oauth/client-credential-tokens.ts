import type { Secret } from '../../platform/core/secret.ts';
import { shared } from '../../platform/core/shared.ts';
import { retryPatiently } from '../../platform/http/patience.ts';
import type { HttpOptions } from '../../platform/http/types.ts';
import type { TokenProvider } from '../../twilio/client.ts';
import { isFresh } from './expiry.ts';
import { clientCredentialsToken, type OAuthApp } from './oauth.ts';

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
