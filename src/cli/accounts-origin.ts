import { updateConfig } from '../login/config/profiles.ts';
import { checkOrigin, twilio } from '../login/config/settings.ts';
import type { Context } from './context.ts';

/**
 * The origin of the preview endpoint for the names of accounts, if known: that of the environment, of the profile, or
 * Twilio's own beside Twilio's API.
 *
 * @throws usage for an origin that must not get a token
 */
export async function accountsUrl({ env, settings }: Context): Promise<string | undefined> {
  if (env.TWILIO_ORG_ACCOUNTS_URL) return checkOrigin(env.TWILIO_ORG_ACCOUNTS_URL, 'TWILIO_ORG_ACCOUNTS_URL');
  const { apiUrl, source, profile } = await settings();
  const ofProfile = source === 'profile' ? profile?.accounts_url : undefined;
  return ofProfile ?? (apiUrl === twilio.apiUrl ? twilio.accountsUrl : undefined);
}

/**
 * True where the person agrees that the token is sent to that origin: with `--accounts-api preview`, or a yes to a question
 * that names it. `--yes` is no such consent.
 */
export async function consentsToOrigin(ctx: Context, origin: string): Promise<boolean> {
  const { flags, prompts } = ctx;
  if (flags.accountsApi === 'preview') return true;
  if (flags.accountsApi === 'none' || !prompts.interactive) return false;
  const { source, profile } = await ctx.settings();
  if (source === 'profile' && profile?.accounts_url === origin) return true;
  return prompts.confirm({ message: `Send the access token to ${origin} to get the names of accounts?` });
}

/** Keeps the consent in the profile, so that a terminal does not ask again. */
export async function rememberOrigin(ctx: Context, origin: string): Promise<void> {
  const { source, profile, profileName } = await ctx.settings();
  if (source !== 'profile' || profile === undefined || profile.accounts_url === origin) return;
  if (ctx.flags.dryRun || !ctx.prompts.interactive) return;
  await updateConfig(ctx.configDir, (config) => {
    const current = config.profiles[profileName];
    if (current !== undefined) config.profiles[profileName] = { ...current, accounts_url: origin };
    return config;
  });
}
