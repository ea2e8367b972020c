import type { Secret } from '../../platform/core/secret.ts';
import type { TokenProvider } from '../../twilio/client.ts';

/** Provides a token from the environment, which can't be renewed. */
export function staticTokens(token: Secret): TokenProvider {
  return { get: async () => token, replaceRejected: async () => undefined };
}
