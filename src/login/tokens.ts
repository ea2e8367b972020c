import { AppError } from '../platform/core/errors.ts';
import { Secret } from '../platform/core/secret.ts';
import type { TokenProvider } from '../twilio/client.ts';
import type { Config, Profile } from './config/schema.ts';
import { checkOrganization, checkOrigins, checkPair, type Settings } from './config/settings.ts';
import type { ProfileTokens } from './oauth/token-provider.ts';
import type { LoginWorkspace } from './workspace.ts';

/** A token that names another app or organization than the variables do is used for nothing. */
export async function environmentCheck(settings: Settings): Promise<(token: Secret) => void> {
  const { checkClaims } = await import('./oauth/claims.ts');
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
  return new AppError('auth', `Not logged in: there is no profile ${name}`, {
    hint:
      others.length === 0
        ? 'Log in with `twilio-org auth login`, or set TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET'
        : `Profiles are ${others.join(', ')}: pass --profile NAME, or twilio-org auth switch NAME`,
  });
}

/** The tokens of the profile in force; `auth` when there is no such login. */
export async function activeProfileTokens(workspace: LoginWorkspace, settings: Settings) {
  const { profile, profileName } = settings;
  if (profile === undefined) throw notLoggedIn(profileName, await workspace.config());
  checkOrigins(settings, profile);
  checkOrganization(settings, profile);
  return loadProfileTokens(workspace, profileName, profile);
}

/** The tokens of a profile, whether or not it is in force. */
export async function loadProfileTokens(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile,
): Promise<ProfileTokens> {
  const [{ profileTokens: storedToken }, { withLoginLock: withLogin }] = await Promise.all([
    import('./oauth/token-provider.ts'),
    import('./oauth/login-lock.ts'),
  ]);
  return storedToken({
    name,
    profile,
    store: await workspace.store(profile.store),
    locked: (work) => withLogin(workspace.configDir, name, profile, work),
    warn: (...lines) => workspace.log.warn(...lines),
    http: workspace.http,
  });
}

/** @param profileFlag the profile that the command line names */
export async function tokensInForce(
  workspace: LoginWorkspace,
  profileFlag: string | undefined,
): Promise<TokenProvider> {
  const { env } = workspace;
  const settings = await workspace.settings();
  const session = await import('./oauth/token-provider.ts');
  checkPair(env);
  const { source } = settings;
  if (source !== 'profile' && profileFlag !== undefined) {
    const wins = source === 'TWILIO_ORG_ACCESS_TOKEN' ? 'wins' : 'win';
    workspace.log.warn(
      `--profile ${profileFlag} is not used: ${source} in the environment ${wins} over every profile`,
    );
  }
  if (source === 'TWILIO_ORG_ACCESS_TOKEN') {
    const token = new Secret(env.TWILIO_ORG_ACCESS_TOKEN ?? '');
    (await environmentCheck(settings))(token);
    return session.staticTokens(token);
  }
  if (source !== 'profile') {
    const app = {
      clientId: env.TWILIO_ORG_CLIENT_ID ?? '',
      clientSecret: new Secret(env.TWILIO_ORG_CLIENT_SECRET ?? ''),
      oauthUrl: settings.oauthUrl,
      inEnvironment: true,
    };
    return session.clientCredentialTokens(app, workspace.http, await environmentCheck(settings));
  }
  return activeProfileTokens(workspace, settings);
}
