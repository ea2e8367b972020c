import { AppError } from '../../platform/core/errors.ts';
import { Secret } from '../../platform/core/secret.ts';
import type { Profile } from '../config/profiles.ts';
import { checkClaims, type Expected, ForeignCredentials } from './claims.ts';
import type { Expiry } from './expiry.ts';
import type { TokenSet } from './oauth.ts';

/** The login that credentials belong to. They are used for no other login. */
export interface LoginIdentity extends Pick<Profile, 'grant' | 'client_id' | 'api_url' | 'oauth_url'> {
  organization_sid: string | undefined;
}

/** The identity in version 1 of the format. */
type Origins = Pick<Profile, 'api_url' | 'oauth_url'>;

/** The credentials of a login, as the credential store keeps them. */
export interface StoredCredentials extends Expiry {
  /** Absent from a public client (RFC 6749, section 2.1). */
  clientSecret?: Secret | undefined;
  accessToken: Secret;
  /** Absent from client credentials. */
  refreshToken?: Secret;
  /**
   * Origins alone mean that an older version stored the credentials. Those are verified at the token endpoint before
   * use.
   */
  identity: LoginIdentity | Origins;
}

const formatVersion = 2;

/** Compared in this order: the most significant difference first. */
const members = ['client_id', 'organization_sid', 'grant', 'api_url', 'oauth_url'] as const;

export function identityOf(profile: Profile): LoginIdentity {
  const { grant, client_id, organization_sid, api_url, oauth_url } = profile;
  return { grant, client_id, organization_sid, api_url, oauth_url };
}

/** True when the credentials name their login. */
export function isStamped({ identity }: StoredCredentials): boolean {
  return 'client_id' in identity;
}

/** Tells credentials with another access token. */
export function isOther(token: Secret): (credentials: StoredCredentials) => boolean {
  return ({ accessToken }) => accessToken.reveal() !== token.reveal();
}

/**
 * The text for the store. While a login replaces another one, the text holds both: if the program ends in between,
 * either profile finds its credentials.
 */
export function serialize(...logins: readonly StoredCredentials[]): Secret {
  const entries = logins.map(toEntry);
  const [only] = entries;
  return new Secret(JSON.stringify(entries.length === 1 ? only : { v: formatVersion, logins: entries }));
}

function toEntry(credentials: StoredCredentials): object {
  const { identity } = credentials;
  return {
    ...(isStamped(credentials) ? { v: formatVersion } : {}),
    client_secret: credentials.clientSecret?.reveal(),
    access_token: credentials.accessToken.reveal(),
    expires_at: credentials.expiresAt,
    lifetime: credentials.lifetime,
    refresh_token: credentials.refreshToken?.reveal(),
    ...identity,
  };
}

/** The credentials that were stored last. Throws `auth` when they can't be used. */
export function deserialize(stored: Secret): StoredCredentials {
  return unpackAll(stored).at(-1) ?? fromEntry({});
}

function unpackAll(stored: Secret): StoredCredentials[] {
  const fields = parse(stored.reveal());
  if (!Array.isArray(fields.logins)) return [fromEntry(fields)];
  return fields.logins.map((entry: unknown) => fromEntry(isObject(entry) ? entry : {}));
}

/** Like `unpackAll`, but returns nothing for unusable credentials. */
export function deserializeUsable(stored: Secret): StoredCredentials[] {
  try {
    return unpackAll(stored);
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

function fromEntry(fields: Record<string, unknown>): StoredCredentials {
  const { v = 1, client_secret, access_token, expires_at, lifetime, refresh_token } = fields;
  const identity = v === 1 ? originsIn(fields) : v === formatVersion ? identityIn(fields) : undefined;
  if (
    (client_secret !== undefined && typeof client_secret !== 'string') ||
    typeof access_token !== 'string' ||
    typeof expires_at !== 'number' ||
    identity === undefined
  ) {
    throw new AppError('auth', 'The stored credentials of this profile cannot be used', {
      hint: 'Log in again: twilio-org auth login',
    });
  }
  return {
    ...(client_secret === undefined ? {} : { clientSecret: new Secret(client_secret) }),
    accessToken: new Secret(access_token),
    expiresAt: expires_at,
    ...(typeof lifetime === 'number' || lifetime === 'unknown' ? { lifetime } : {}),
    ...(typeof refresh_token === 'string' ? { refreshToken: new Secret(refresh_token) } : {}),
    identity,
  };
}

function originsIn({ api_url, oauth_url }: Record<string, unknown>): Origins | undefined {
  if (typeof api_url !== 'string' || typeof oauth_url !== 'string') return undefined;
  return { api_url, oauth_url };
}

function identityIn(fields: Record<string, unknown>): LoginIdentity | undefined {
  const { grant, client_id, organization_sid } = fields;
  const origins = originsIn(fields);
  if (
    origins === undefined ||
    (grant !== 'authorization-code' && grant !== 'client-credentials') ||
    typeof client_id !== 'string' ||
    (organization_sid !== undefined && typeof organization_sid !== 'string')
  ) {
    return undefined;
  }
  return { grant, client_id, organization_sid, ...origins };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * The stored credentials of this profile's login. Every use of stored credentials goes through this check:
 * `config.json` is easier to change than the store, and the two can differ after a crash. Throws `auth` when the
 * credentials belong to another login.
 */
export function credentialsOf(stored: Secret, name: string, profile: Profile): StoredCredentials {
  const all = unpackAll(stored);
  const own = all.findLast((each) => belongTo(each, profile));
  if (own === undefined) throw foreign(all.at(-1), name, profile);
  checkClaims(own.accessToken, expectedOf(name, profile));
  return own;
}

/** The identity that the token of a profile must match. */
export function expectedOf(name: string, { client_id, organization_sid }: Profile): Expected {
  return {
    clientId: client_id,
    organizationSid: organization_sid,
    login: `profile ${name}`,
    hint: again(name),
  };
}

/** True unless the identity of the credentials contradicts the profile. */
export function belongTo(credentials: StoredCredentials, profile: Profile): boolean {
  return differenceOf(credentials, profile) === undefined;
}

/** True unless the claims or the identity of the credentials contradict this profile. */
export function mayBelongTo(credentials: StoredCredentials, name: string, profile: Profile): boolean {
  try {
    checkClaims(credentials.accessToken, expectedOf(name, profile));
    return belongTo(credentials, profile);
  } catch {
    return false;
  }
}

interface Difference {
  member: (typeof members)[number];
  stored: string | undefined;
  named: string | undefined;
}

function differenceOf({ identity }: StoredCredentials, profile: Profile): Difference | undefined {
  const known: Partial<LoginIdentity> = identity;
  const compared = 'client_id' in identity ? members : (['api_url', 'oauth_url'] as const);
  const member = compared.find((each) => known[each] !== profile[each]);
  return member && { member, stored: known[member], named: profile[member] };
}

function foreign(
  credentials: StoredCredentials | undefined,
  name: string,
  profile: Profile,
): ForeignCredentials {
  const difference = credentials && differenceOf(credentials, profile);
  const { member, stored = 'not set', named = 'not set' } = difference ?? {};
  const why =
    member === undefined ? '' : `: their ${member} is ${stored}, and that of the profile is ${named}`;
  return new ForeignCredentials(
    'auth',
    `The stored credentials of profile ${name} belong to another login${why}`,
    {
      hint: `If config.json was edited, undo that. Otherwise log in again: ${loginCommand(name)}`,
    },
  );
}

/** Twilio refused credentials of an older version: they may belong to another login, or have expired. */
export function notProven(name: string, error: AppError): AppError {
  const { status, code, moreInfo, requestId, message } = error;
  return new AppError(
    'auth',
    `The stored credentials of profile ${name} may belong to another login: an older version stored them, and ${message}`,
    { ...{ status, code, moreInfo, requestId }, hint: again(name), cause: error },
  );
}

function loginCommand(name: string): string {
  return `twilio-org auth login --profile ${name}`;
}

function again(name: string): string {
  return `Log in again: ${loginCommand(name)}`;
}

/**
 * Adds the new tokens and the profile's identity: a token that was issued for it proves that the credentials are its
 * own.
 */
export function mergeTokens(
  credentials: StoredCredentials,
  tokens: TokenSet,
  profile: Profile,
): StoredCredentials {
  // A response without a refresh token keeps the old one (RFC 6749, section 6).
  return { ...credentials, ...tokens, identity: identityOf(profile) };
}
