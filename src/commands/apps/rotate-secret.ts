import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { openPage } from '../../cli/open-page.ts';
import { readSecretFromStdin } from '../../cli/secret-on-stdin.ts';
import type { Profile } from '../../login/config/profiles.ts';
import { type ConsoleGuide, consoleGuide, renderGuide } from '../../login/console/guides.ts';
import { formatExpiry } from '../../login/oauth/expiry.ts';
import { requireCredentials } from '../../login/oauth/login-store.ts';
import { activeProfileTokens } from '../../login/tokens.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import type { View } from '../../platform/terminal/output.ts';
import { promptForClientSecret } from '../auth/shared/questions.ts';

const fields = ['profile', 'client_id', 'expires_at'];
const view: View = { fields, columns: fields };

const flags = defineFlags({
  clientSecretStdin: { summary: 'read the new client secret from standard input' },
  open: { summary: 'open the page in the browser as well' },
});

export const rotateSecretCommand = defineCommand({
  name: 'apps rotate-secret',
  summary: 'Replace the stored client secret, once the new one has obtained a token',
  flags,
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org apps rotate-secret --open',
    'twilio-org apps rotate-secret --profile ci --client-secret-stdin < new-secret.txt',
  ],
  run: (ctx, { flags }) => rotateSecret(ctx, flags),
});

/** The Console makes the new secret; here it is tried, and takes the place of the old one if Twilio takes it. */
async function rotateSecret(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const settings = await ctx.settings();
  const { source, profile, profileName } = settings;
  if (source !== 'profile') {
    throw usageError(
      `The credentials come from ${source}, and nothing of them is stored`,
      'Set the new secret where that variable is set, or unset it to rotate the secret of a stored login',
    );
  }
  if (profile?.public) {
    throw usageError(
      `Profile ${profileName} is the login of a public app, which has no secret`,
      'To log in with an app that has one: twilio-org auth login --client-id OQ…',
    );
  }
  const login = await activeProfileTokens(ctx, settings);
  const how = consoleGuide('rotate-secret', profile?.grant ?? 'authorization-code', 'present');
  if (ctx.flags.dryRun) {
    ctx.messages.note(`Dry run: a new secret of profile ${profileName} would be tried, and kept if it works`);
    return;
  }
  if (profile !== undefined) await checkLogin(ctx, profileName, profile);
  const secret = await newSecret(ctx, options, how);
  const fresh = await login.replaceSecret(secret).catch((error: unknown) => {
    throw isRefusal(error) ? unchanged(error, profileName) : error;
  });
  ctx.messages.note(
    `Profile ${profileName} uses the new secret from now on`,
    'Set it wherever else the old one is used, such as TWILIO_ORG_CLIENT_SECRET of a CI job',
  );
  await ctx.out.item(view, {
    profile: profileName,
    client_id: profile?.client_id,
    expires_at: formatExpiry(fresh),
  });
}

/** The Console shows a new secret once: a login that can't take it is told before. */
async function checkLogin(ctx: Context, name: string, profile: Profile): Promise<void> {
  const store = await ctx.store(profile.store);
  await requireCredentials({ name, profile, store });
  // It writes, which credentials of another login are no reason for.
  await store.probe();
}

/** The way to the Console is shown to those who are asked. */
async function newSecret(ctx: Context, options: FlagsOf<typeof flags>, how: ConsoleGuide): Promise<Secret> {
  if (options.clientSecretStdin) {
    if (options.open) await openPage(ctx, how.url);
    return readSecretFromStdin(ctx);
  }
  if (ctx.prompts.interactive) {
    ctx.messages.say(...renderGuide(how));
    if (options.open) await openPage(ctx, how.url);
  }
  return promptForClientSecret(ctx, 'New client secret');
}

function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'auth';
}

function unchanged(error: AppError, profile: string): AppError {
  return new AppError('auth', `${error.message}: profile ${profile} is as it was`, {
    ...error,
    // Here the refresh token is at fault, not the secret.
    hint:
      error.oauthError === 'invalid_grant'
        ? error.hint
        : 'Copy the new secret again; if this goes on, log in again: twilio-org auth login',
  });
}
