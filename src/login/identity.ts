import type { Profile } from './config/profiles.ts';
import type { CredentialSource } from './config/settings.ts';
import { claimsOf } from './oauth/claims.ts';
import type { LoginWorkspace } from './workspace.ts';

/** The login and the organization that requests really go to, as the credentials in use tell. */
export interface Identity {
  source: CredentialSource;
  /** Absent from credentials of the environment. */
  profileName: string | undefined;
  /** Of the OAuth app; undefined when neither the login nor the token names it. */
  clientId: string | undefined;
  organizationSid: string | undefined;
  /**
   * Source of the organization: a stored login that Twilio has confirmed, the person who logged in,
   * TWILIO_ORG_ORGANIZATION_SID alone, or the token alone. All but the first are not verified.
   */
  organizationFrom: 'login' | 'person' | 'environment' | 'token' | 'unknown';
  apiUrl: string;
  /** SID of the user whom the token in use names (US…), where it names one. */
  subject?: string;
}

/** Gets a token, as the next request would, and reads from it and its login who is acting and where. */
export async function readIdentity(workspace: LoginWorkspace): Promise<Identity> {
  const { source, profileName, profile, clientId, organizationSid, apiUrl } = await workspace.settings();
  const { clientIds, organizationSids, subject } = claimsOf(await (await workspace.tokens()).get());
  const [ofToken] = organizationSids.length === 1 ? organizationSids : [];
  const [appOfToken] = clientIds.length === 1 ? clientIds : [];
  const isOfLogin = source === 'profile' && profile?.organization_sid !== undefined;
  return {
    source,
    profileName: source === 'profile' ? profileName : undefined,
    clientId: clientId ?? appOfToken,
    organizationSid: organizationSid ?? ofToken,
    organizationFrom:
      organizationSid !== undefined
        ? isOfLogin
          ? organizationSource(profile)
          : 'environment'
        : ofToken !== undefined
          ? 'token'
          : 'unknown',
    apiUrl,
    ...(subject === undefined ? {} : { subject }),
  };
}

/** Source of the organization that a profile names. */
export function organizationSource({ organization_confirmed }: Profile): 'login' | 'person' {
  return organization_confirmed ? 'login' : 'person';
}

/** The identity in words, such as "profile default, app OQ…, organization OR… at https://iam.twilio.com". */
export function describeIdentity(identity: Identity): string {
  const { source, profileName, clientId, apiUrl } = identity;
  const login = profileName === undefined ? `credentials from ${source}` : `profile ${profileName}`;
  const app = clientId === undefined ? 'app unknown' : `app ${clientId}`;
  return `${login}, ${app}, ${describeOrganization(identity)} at ${apiUrl}`;
}

/** The organization in words, and what vouches for it where the login does not. */
export function describeOrganization({
  organizationSid,
  organizationFrom,
}: Pick<Identity, 'organizationSid' | 'organizationFrom'>): string {
  const notVerified = {
    login: '',
    person: ' (as given at login, not verified)',
    environment: ' (as TWILIO_ORG_ORGANIZATION_SID says, not verified)',
    token: ' (as the token says, not verified)',
    unknown: '',
  }[organizationFrom];
  return `organization ${organizationSid ?? 'unknown'}${notVerified}`;
}
