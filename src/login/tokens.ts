import { AppError } from '../platform/core/errors.ts';
import { Secret } from '../platform/core/secret.ts';
import { similarTo } from '../platform/core/similar.ts';
import type { TokenProvider } from '../twilio/client.ts';
import type { Config, Profile } from './config/schema.ts';
import { checkOrganization, checkOrigins, checkPair, type Settings } from './config/settings.ts';
import { checkClaims } from './oauth/claims.ts';
import { staticTokens } from './oauth/static-tokens.ts';
import type { ProfileTokens } from './oauth/token-provider.ts';
import type { LoginWorkspace } from './workspace.ts';

/** Returns a check that throws for a token of another app or organization than the variables name. */
export function environmentCheck(settings: Settings): (token: Secret) => void {
  const { clientId, organizationSid } = settings;
  const app = { clientId, organizationSid: undefined, login: 'TWILIO_ORG_CLIENT_ID' };
  const organization = { clientId: undefined, organizationSid, login: 'TWILIO_ORG_ORGANIZATION_SID' };
  return (token) => {
    for (const expected of [app, organization]) {
      checkClaims(token, { ...expected, hint: `Correct or unset ${expected.login}` });
    }
  };
}

export function notLoggedIn(name: string, config: Config): AppError {
  const others = Object.keys(config.profiles);
  if (others.length === 0) {
    return new AppError('auth', 'You are not logged in', {
      hint: 'Start with: twilio-org auth setup. In a script set TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET',
    });
  }
  return new AppError('auth', `There is no profile ${name}`, {
    hint: `${meant(name, others)}Profiles: ${others.join(', ')}. Choose one with --profile NAME, or make it the default: twilio-org auth switch NAME`,
  });
}

function meant(name: string, others: readonly string[]): string {
  const [similar] = similarTo(name, others);
  return similar === undefined ? '' : `Did you mean ${similar}? `;
}

/** The tokens of the active profile. Throws `auth` when there is no such login. */
export async function activeProfileTokens(workspace: LoginWorkspace, settings: Settings) {
  const { profile, profileName } = settings;
  if (profile === undefined) throw notLoggedIn(profileName, await workspace.config());
  checkOrigins(settings, profile);
  checkOrganization(settings, profile);
  return loadProfileTokens(workspace, profileName, profile);
}

/** The tokens of a profile, active or not. */
export async function loadProfileTokens(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile,
): Promise<ProfileTokens> {
  const { profileTokens } = await import('./oauth/token-provider.ts');
  return profileTokens({
    name,
    profile,
    store: await workspace.store(profile.store),
    async locked(work) {
      const { withLoginLock } = await import('./oauth/login-lock.ts');
      return withLoginLock(workspace.configDir, name, profile, work);
    },
    warn: (...lines) => workspace.log.warn(...lines),
    http: workspace.http,
  });
}

/** The tokens of the active credentials. @param profileFlag the profile that the command line names */
export async function activeTokens(
  workspace: LoginWorkspace,
  profileFlag: string | undefined,
): Promise<TokenProvider> {
  const { env } = workspace;
  const settings = await workspace.settings();
  checkPair(env);
  const { source } = settings;
  if (source !== 'profile' && profileFlag !== undefined) {
    const override = source === 'TWILIO_ORG_ACCESS_TOKEN' ? 'overrides' : 'override';
    workspace.log.warn(
      `--profile ${profileFlag} is not used: ${source} in the environment ${override} every profile`,
    );
  }
  if (source === 'TWILIO_ORG_ACCESS_TOKEN') {
    const token = new Secret(env.TWILIO_ORG_ACCESS_TOKEN ?? '');
    environmentCheck(settings)(token);
    return staticTokens(token);
  }
  if (source !== 'profile') {
    const app = {
      clientId: env.TWILIO_ORG_CLIENT_ID ?? '',
      clientSecret: new Secret(env.TWILIO_ORG_CLIENT_SECRET ?? ''),
      oauthUrl: settings.oauthUrl,
      inEnvironment: true,
    };
    const { clientCredentialTokens } = await import('./oauth/client-credential-tokens.ts');
    return clientCredentialTokens(app, workspace.http, environmentCheck(settings));
  }
  return activeProfileTokens(workspace, settings);
}
