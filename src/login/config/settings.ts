import type { Env } from '../../platform/core/env.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { isLoopback } from '../../platform/core/origin.ts';
import {
  checkAccessToken,
  checkClientId,
  checkClientSecret,
  checkOrganizationSid,
} from './credential-text.ts';
import { assertProfileName, type Config, mustBeUsable, type Profile } from './profiles.ts';

/** The origins of Twilio's own services. */
export const twilio = {
  apiUrl: 'https://iam.twilio.com',
  oauthUrl: 'https://oauth.twilio.com',
  accountsUrl: 'https://preview-iam.twilio.com',
};

/** The source of the credentials that a command uses. */
export type CredentialSource =
  | 'TWILIO_ORG_ACCESS_TOKEN'
  | 'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET'
  | 'profile';

/** The active settings: a flag overrides the environment, which overrides the profile, which overrides the default. */
export interface Settings {
  source: CredentialSource;
  profileName: string;
  /** The profile of that name, if there is one; it matters only when `source` is `profile`. */
  profile: Profile | undefined;
  apiUrl: string;
  oauthUrl: string;
  /** The organization of the login; without one, the value of TWILIO_ORG_ORGANIZATION_SID. */
  organizationSid: string | undefined;
  /** Value of TWILIO_ORG_ORGANIZATION_SID. */
  organizationInEnvironment?: string | undefined;
  /** The OAuth app of the credentials; unknown for a token from the environment. */
  clientId: string | undefined;
}

export function credentialSource(env: Env): CredentialSource {
  if (env.TWILIO_ORG_ACCESS_TOKEN) return 'TWILIO_ORG_ACCESS_TOKEN';
  if (env.TWILIO_ORG_CLIENT_ID && env.TWILIO_ORG_CLIENT_SECRET) {
    return 'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET';
  }
  return 'profile';
}

/**
 * Resolves the active settings. Credentials from the environment use only the origins and the organization of the
 * environment: those of a stored profile belong to another login.
 */
export function resolveSettings(flags: { profile?: string | undefined }, env: Env, config: Config): Settings {
  const source = credentialSource(env);
  checkCredentials(env);
  const profileName = assertProfileName(flags.profile ?? (env.TWILIO_ORG_PROFILE || config.default_profile));
  if (source === 'profile') mustBeUsable(config, profileName);
  const stored = Object.hasOwn(config.profiles, profileName) ? config.profiles[profileName] : undefined;
  const profile = source === 'profile' ? stored : undefined;
  const apiUrl = originIn(env, 'TWILIO_ORG_API_URL');
  const oauthUrl = originIn(env, 'TWILIO_ORG_OAUTH_URL');
  const organizationInEnvironment = env.TWILIO_ORG_ORGANIZATION_SID || undefined;
  // For a login with an organization of its own, `checkOrganization` refuses a variable that differs.
  if (organizationInEnvironment !== undefined && profile?.organization_sid === undefined) {
    checkOrganizationSid(organizationInEnvironment, 'TWILIO_ORG_ORGANIZATION_SID');
  }
  const named = source === 'TWILIO_ORG_ACCESS_TOKEN' ? undefined : env.TWILIO_ORG_CLIENT_ID;
  return {
    source,
    profileName,
    profile: stored,
    apiUrl: apiUrl ?? profile?.api_url ?? twilio.apiUrl,
    oauthUrl: oauthUrl ?? profile?.oauth_url ?? twilio.oauthUrl,
    organizationSid: profile?.organization_sid ?? organizationInEnvironment,
    organizationInEnvironment,
    clientId: source === 'profile' ? stored?.client_id : named,
  };
}

/** Throws for values that can't be credentials of an OAuth app, before anything sends or shows them. */
function checkCredentials(env: Env): void {
  const { TWILIO_ORG_ACCESS_TOKEN: token, TWILIO_ORG_CLIENT_ID: id, TWILIO_ORG_CLIENT_SECRET: secret } = env;
  if (token) return void checkAccessToken(token, 'TWILIO_ORG_ACCESS_TOKEN');
  // A client id alone is not used, but an Account SID or an API key gets its own message.
  if (id && (secret || /^(AC|SK)/i.test(id))) checkClientId(id, 'TWILIO_ORG_CLIENT_ID');
  if (secret) checkClientSecret(secret, 'TWILIO_ORG_CLIENT_SECRET');
}

/** Refuses half a pair: with an empty secret, a CI job must not use a login that happens to be on the machine. */
export function checkPair(env: Env): void {
  const [id, secret] = ['TWILIO_ORG_CLIENT_ID', 'TWILIO_ORG_CLIENT_SECRET'] as const;
  if (env.TWILIO_ORG_ACCESS_TOKEN || Boolean(env[id]) === Boolean(env[secret])) return;
  const [given, missing] = env[id] ? [id, secret] : [secret, id];
  throw usageError(
    `${given} is set, but ${missing} is not or is empty`,
    'Set both to use client credentials, or unset both to use a stored login',
  );
}

/** Refuses to send a profile's credentials to another origin than it logged in to. */
export function checkOrigins(settings: Settings, profile: Profile): void {
  const { profileName, apiUrl, oauthUrl } = settings;
  const [variable, other, own] =
    apiUrl !== profile.api_url
      ? ['TWILIO_ORG_API_URL', apiUrl, profile.api_url]
      : ['TWILIO_ORG_OAUTH_URL', oauthUrl, profile.oauth_url];
  if (other === own) return;
  throw usageError(
    `${variable} is ${other}, but profile ${profileName} logged in to ${own}: its credentials go nowhere else`,
    `Unset ${variable}, or log in there under another name: twilio-org auth login --profile NAME`,
  );
}

/** Refuses a variable that names another organization than the login's. */
export function checkOrganization(
  { profileName, organizationInEnvironment: named }: Settings,
  { organization_sid: own }: Profile,
): void {
  if (named === undefined || own === undefined || named.toLowerCase() === own.toLowerCase()) return;
  throw new AppError(
    'auth',
    `TWILIO_ORG_ORGANIZATION_SID is ${named}, but profile ${profileName} is a login of ${own}`,
    { hint: 'Unset TWILIO_ORG_ORGANIZATION_SID, or pass --profile with a login of that organization' },
  );
}

function originIn(env: Env, variable: string): string | undefined {
  const text = env[variable];
  return text ? checkOrigin(text, variable) : undefined;
}

/** Returns the origin, if credentials may be sent to it: https, or http on a loopback address. */
export function checkOrigin(text: string, variable: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(`${variable} is not a URL`, `Give it as an origin, such as ${twilio.apiUrl}`);
  }
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/') {
    throw usageError(
      `${variable} holds more than an origin`,
      `Give it without path and login, such as ${url.origin}`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw usageError(
      `${variable} is http on ${url.hostname}: a token sent there could be read by others`,
      'Use https; http is only for this machine (127.0.0.1, [::1], localhost)',
    );
  }
  return url.origin;
}
