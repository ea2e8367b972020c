import type { Context } from '../../../cli/context.ts';
import { readSecretFromStdin } from '../../../cli/secret-on-stdin.ts';
import {
  checkClientId,
  checkClientSecret,
  checkOrganizationSid,
} from '../../../login/config/credential-text.ts';
import type { GrantType, Profile } from '../../../login/config/schema.ts';
import { resolveSettings } from '../../../login/config/settings.ts';
import { refusalOfOrganization } from '../../../login/confirm-organization.ts';
import type { OpenStore } from '../../../login/credentials/stores.ts';
import { isSameApp, saveLogin } from '../../../login/logins.ts';
import { defaultRedirectUri, isLoopbackRedirect } from '../../../login/oauth/callback-server.ts';
import { checkClaims } from '../../../login/oauth/claims.ts';
import { formatExpiry } from '../../../login/oauth/expiry.ts';
import { clientCredentialsToken, type OAuthApp } from '../../../login/oauth/oauth.ts';
import { identityOf } from '../../../login/oauth/stored-credentials.ts';
import { usageError } from '../../../platform/core/errors.ts';
import type { Secret } from '../../../platform/core/secret.ts';
import type { View } from '../../../platform/terminal/projection.ts';
import { approvedInBrowser } from './approval.ts';
import { confirmReplacement } from './confirm-replace.ts';
import { findWorkingStore } from './find-working-store.ts';
import type { LoginFlags } from './login-flags.ts';
import { nextSteps } from './next-steps.ts';
import { promptForClientId, promptForClientSecret } from './questions.ts';

export interface LoginOptions extends LoginFlags {
  /** A store that has been tested already. */
  workingStore?: OpenStore;
  /** True when the user has agreed to replace the profile's old login. */
  mayReplace?: boolean;
  /** True when the caller says what to do next. */
  isGuided?: boolean;
}

const fields = [
  'profile',
  'grant',
  'client_id',
  'store',
  'expires_at',
  'organization_sid',
  'api_url',
  'oauth_url',
];

const view: View = { fields, columns: ['profile', 'grant', 'client_id', 'store', 'expires_at'] };

/** A new login: its profile and its token. */
export interface LoginResult {
  profileName: string;
  profile: Profile;
  accessToken: Secret;
}

/** Logs in. The profile keeps its old login until a token for the new one has been issued. */
export async function login(ctx: Context, options: LoginOptions): Promise<LoginResult> {
  ctx.out.checkFields(view);
  checkOptions(options);
  const { env } = ctx.runtime;
  const { profileName, apiUrl, oauthUrl } = await loginSettings(ctx);
  const origins = { api_url: apiUrl, oauth_url: oauthUrl };
  const old = (await ctx.config()).profiles[profileName];
  const known = knownApp(ctx, options, old, origins);
  const isPublic = options.public ?? (known?.public === true && !options.clientSecretStdin);
  const grant =
    options.grant ??
    known?.grant ??
    (isPublic ? 'authorization-code' : await promptForGrantType(ctx, options));
  const clientId = givenClientId(ctx, options) ?? known?.client_id ?? (await promptForClientId(ctx));
  if (known !== undefined && givenClientId(ctx, options) === undefined) {
    ctx.messages.note(`Logging in again with client ${clientId}. To use another, add --client-id`);
  }
  const identity = { client_id: clientId, ...origins };
  const same = old !== undefined && isSameApp(old, identity) ? old : undefined;
  const inEnvironment = env.TWILIO_ORG_ORGANIZATION_SID;
  if (inEnvironment && options.organizationSid === undefined) {
    checkOrganizationSid(inEnvironment, 'TWILIO_ORG_ORGANIZATION_SID');
  }
  const organizationSid = options.organizationSid ?? (inEnvironment || same?.organization_sid);
  const organization = organizationSid === undefined ? {} : { organization_sid: organizationSid };
  if (!options.mayReplace) await confirmReplacement(ctx, profileName, old, { ...identity, ...organization });
  // Read before the store is tested: a piped secret can be piped again. A prompt comes after the test, because the
  // Console shows a secret only once.
  const piped = options.clientSecretStdin ? await readSecretFromStdin(ctx) : undefined;
  const store = options.workingStore ?? (await findWorkingStore(ctx, options.store, old));
  const clientSecret = isPublic ? undefined : (piped ?? (await clientSecretFor(ctx, clientId)));
  const app: OAuthApp = { clientId, clientSecret, oauthUrl };
  const redirectUri = options.redirectUri ?? same?.redirect_uri ?? defaultRedirectUri;
  const http = { ...ctx.http, timeoutMs: 30000 };
  const tokens =
    grant === 'client-credentials'
      ? await clientCredentialsToken(app, http)
      : await approvedInBrowser(ctx, options, app, redirectUri);
  const profile: Profile = {
    grant,
    ...identity,
    ...(isPublic ? { public: true } : {}),
    ...(grant === 'authorization-code' ? { redirect_uri: redirectUri } : {}),
    ...organization,
    store: store.kind,
  };
  const credentials = { clientSecret, ...tokens, identity: identityOf(profile) };
  checkClaims(tokens.accessToken, {
    clientId,
    organizationSid,
    login: 'this login',
    hint: 'Nothing was stored. Log in with a client id and an --organization-sid that belong together',
  });
  const { accessToken: token } = tokens;
  if (organizationSid !== undefined) {
    const refusal = await refusalOfOrganization(ctx, { token, apiUrl, organizationSid });
    if (refusal === undefined) profile.organization_confirmed = true;
    else {
      ctx.messages.warn(
        `Twilio does not confirm that this login belongs to organization ${organizationSid}: ${refusal}`,
        'The organization is shown as not verified. To correct it, log in again with another --organization-sid',
      );
    }
  }
  const config = await saveLogin(ctx, profileName, profile, credentials);
  ctx.messages.note(`Logged in: profile ${profileName}, stored in ${store.displayName}`);
  await ctx.out.item(view, { profile: profileName, ...profile, expires_at: formatExpiry(tokens) });
  if (profileName !== config.default_profile) {
    ctx.messages.note(
      `To use it, add --profile ${profileName}, or make it the default: twilio-org auth switch ${profileName}`,
    );
  }
  if (!options.isGuided && ctx.runtime.stderr.isTTY) ctx.messages.note(...nextSteps().map(ctx.withProfile));
  return { profileName, profile, accessToken: tokens.accessToken };
}

/** The profile that logs in again, unless the command names another app. It answers what would be asked otherwise. */
function knownApp(
  ctx: Context,
  options: LoginOptions,
  old: Profile | undefined,
  origins: Pick<Profile, 'api_url' | 'oauth_url'>,
): Profile | undefined {
  if (old === undefined) return undefined;
  const clientId = givenClientId(ctx, options) ?? old.client_id;
  const isOtherGrant = options.grant !== undefined && options.grant !== old.grant;
  return !isOtherGrant && isSameApp(old, { client_id: clientId, ...origins }) ? old : undefined;
}

function givenClientId({ runtime }: Context, { clientId }: LoginOptions): string | undefined {
  const { TWILIO_ORG_CLIENT_ID: id } = runtime.env;
  return clientId ?? (id ? checkClientId(id, 'TWILIO_ORG_CLIENT_ID') : undefined);
}

/** Prepares a login: reads the old profile and tests the store. */
export async function beforeLogin(ctx: Context, options: LoginOptions) {
  const { profileName } = await loginSettings(ctx);
  const old = (await ctx.config()).profiles[profileName];
  return { profileName, old, workingStore: await findWorkingStore(ctx, options.store, old) };
}

export function checkOptions(options: LoginOptions): void {
  const { organizationSid, redirectUri, clientId } = options;
  if (clientId !== undefined) checkClientId(clientId, '--client-id');
  if (options.public && options.clientSecretStdin) {
    throw usageError('--public and --client-secret-stdin cannot be combined', 'A public app has no secret');
  }
  if (options.public && options.grant === 'client-credentials') {
    throw usageError(
      '--public needs the grant type authorization-code, because client credentials need a secret',
      'Remove --public or --grant',
    );
  }
  if (organizationSid !== undefined) checkOrganizationSid(organizationSid, '--organization-sid');
  if (redirectUri === undefined) return;
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || isLoopbackRedirect(url))) {
    throw usageError(
      `--redirect-uri ${redirectUri} is not a URL that a login can end on`,
      `Pass the Redirect URL saved in the OAuth app: https, or http on this machine such as ${defaultRedirectUri}`,
    );
  }
}

/** Settings without credentials of the environment, which would hide the new profile. */
async function loginSettings(ctx: Context) {
  const { TWILIO_ORG_ACCESS_TOKEN, TWILIO_ORG_CLIENT_ID, TWILIO_ORG_CLIENT_SECRET, ...env } = ctx.runtime.env;
  if (TWILIO_ORG_ACCESS_TOKEN) {
    ctx.messages.warn(
      'TWILIO_ORG_ACCESS_TOKEN is set and overrides stored logins. Unset it to use this login',
    );
  } else if (TWILIO_ORG_CLIENT_ID && TWILIO_ORG_CLIENT_SECRET) {
    ctx.messages.warn(
      'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET override stored logins. Unset them to use this login',
    );
  }
  return resolveSettings(ctx.flags, env, await ctx.config());
}

export async function promptForGrantType(ctx: Context, options: LoginOptions): Promise<GrantType> {
  if (!ctx.prompts.interactive || options.clientId !== undefined) return 'authorization-code';
  return ctx.prompts.choose<GrantType>({
    message: 'Which grant type does the OAuth app use?',
    flag: '--grant',
    choices: [
      {
        name: 'authorization-code',
        value: 'authorization-code',
        description: 'a person logs in through the browser',
      },
      { name: 'client-credentials', value: 'client-credentials', description: 'a server or a CI job' },
    ],
  });
}

/** The secret of this app. One in the environment counts unless the client id there names another app. */
async function clientSecretFor(ctx: Context, clientId: string): Promise<Secret> {
  const { TWILIO_ORG_CLIENT_ID: otherId, TWILIO_ORG_CLIENT_SECRET: secret } = ctx.runtime.env;
  const isOfOther = Boolean(secret && otherId) && otherId !== clientId;
  if (secret && !isOfOther) return checkClientSecret(secret, 'TWILIO_ORG_CLIENT_SECRET');
  if (!ctx.prompts.interactive) {
    throw isOfOther
      ? usageError(
          `TWILIO_ORG_CLIENT_SECRET belongs to ${otherId}, the client id in TWILIO_ORG_CLIENT_ID; this login is for ${clientId}`,
          `Pipe in the secret of ${clientId} with --client-secret-stdin`,
        )
      : usageError(
          `The client secret is missing, and ${ctx.prompts.whyNot}`,
          'Pipe it in with --client-secret-stdin, or set TWILIO_ORG_CLIENT_SECRET',
        );
  }
  return promptForClientSecret(ctx, isOfOther ? `Client secret of ${clientId}` : 'Client secret');
}
