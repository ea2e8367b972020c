import type { Profile } from '../config/profiles.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { TokenSet } from './oauth.ts';

/** What is kept of a login, in the credential store and nowhere else. */
export interface Credentials {
  /** Absent from a public client (RFC 6749, section 2.1). */
  clientSecret?: Secret | undefined;
  accessToken: Secret;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** Absent from client credentials. */
  refreshToken?: Secret;
  /** Where they were obtained, and belong. */
  origins: Origins;
}

type Origins = Pick<Profile, 'api_url' | 'oauth_url'>;

/** The text that the store keeps. */
export function pack(credentials: Credentials): Secret {
  return new Secret(
    JSON.stringify({
      client_secret: credentials.clientSecret?.reveal(),
      access_token: credentials.accessToken.reveal(),
      expires_at: credentials.expiresAt,
      refresh_token: credentials.refreshToken?.reveal(),
      ...credentials.origins,
    }),
  );
}

export function unpack(stored: Secret): Credentials {
  const fields = parse(stored.reveal());
  const { client_secret, access_token, expires_at, refresh_token, api_url, oauth_url } = fields;
  if (
    (client_secret !== undefined && typeof client_secret !== 'string') ||
    typeof access_token !== 'string' ||
    typeof expires_at !== 'number' ||
    typeof api_url !== 'string' ||
    typeof oauth_url !== 'string'
  ) {
    throw new AppError('auth', 'What the credential store holds for this profile cannot be used', {
      hint: 'Log in again: twilio-org auth login',
    });
  }
  return {
    ...(client_secret === undefined ? {} : { clientSecret: new Secret(client_secret) }),
    accessToken: new Secret(access_token),
    expiresAt: expires_at,
    ...(typeof refresh_token === 'string' ? { refreshToken: new Secret(refresh_token) } : {}),
    origins: { api_url, oauth_url },
  };
}

/**
 * The file that names a profile's origins is easier to change than the store, and a profile of the same name in another
 * configuration folder has the same place in the keychain: so the credentials themselves say where they belong.
 */
export function checkPlace({ origins }: Credentials, name: string, profile: Profile): void {
  const member = (['api_url', 'oauth_url'] as const).find((each) => origins[each] !== profile[each]);
  if (member === undefined) return;
  throw new AppError(
    'failure',
    `The credentials of profile ${name} were obtained for ${origins[member]}, but its ${member} is ${profile[member]}: they go nowhere else`,
    { hint: `Correct ${member} in config.json, or log in again: twilio-org auth login --profile ${name}` },
  );
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The credentials after a refresh: an answer without a refresh token keeps the old one (RFC 6749, section 6). */
export function renewed(credentials: Credentials, tokens: TokenSet): Credentials {
  return { ...credentials, ...tokens };
}
