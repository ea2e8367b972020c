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

/** The Console creates the new secret. It replaces the stored one once it has obtained a token. */
async function rotateSecret(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const settings = await ctx.settings();
  const { source, profile, profileName } = settings;
  if (source !== 'profile') {
    throw usageError(
      `The credentials come from ${source} and are not stored`,
      'Change the secret where that variable is set, or unset the variable to rotate the secret of a profile',
    );
  }
  if (profile?.public) {
    throw usageError(
      `Profile ${profileName} uses a public app, which has no secret`,
      'To use an app with a secret, log in again: twilio-org auth login --client-id OQ…',
    );
  }
  const login = await activeProfileTokens(ctx, settings);
  const guide = consoleGuide('rotate-secret', profile?.grant ?? 'authorization-code', 'present');
  if (ctx.flags.dryRun) {
    ctx.messages.note(
      `Dry run: a new secret for profile ${profileName} would be tested, and stored if it works`,
    );
    return;
  }
  if (profile !== undefined) await checkLogin(ctx, profileName, profile);
  const secret = await readNewSecret(ctx, options, guide);
  const tokens = await login.replaceSecret(secret).catch((error: unknown) => {
    throw isRefusal(error) ? unchanged(error, profileName) : error;
  });
  ctx.messages.note(
    `Profile ${profileName} now uses the new secret`,
    'Replace the old secret in other places as well, such as TWILIO_ORG_CLIENT_SECRET of a CI job',
  );
  await ctx.out.item(view, {
    profile: profileName,
    client_id: profile?.client_id,
    expires_at: formatExpiry(tokens),
  });
}

/** Checks that the login can store a secret, before the Console shows the new one, which it does only once. */
async function checkLogin(ctx: Context, name: string, profile: Profile): Promise<void> {
  const store = await ctx.store(profile.store);
  await requireCredentials({ name, profile, store });
  // The probe writes, so it comes after the check that the credentials belong to this login.
  await store.probe();
}

/** Asks for the new secret, after the guide to the Console. */
async function readNewSecret(
  ctx: Context,
  options: FlagsOf<typeof flags>,
  guide: ConsoleGuide,
): Promise<Secret> {
  if (options.clientSecretStdin) {
    if (options.open) await openPage(ctx, guide.url);
    return readSecretFromStdin(ctx);
  }
  if (ctx.prompts.interactive) {
    ctx.messages.say(...renderGuide(guide));
    if (options.open) await openPage(ctx, guide.url);
  }
  return promptForClientSecret(ctx, 'New client secret');
}

function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'auth';
}

function unchanged(error: AppError, profile: string): AppError {
  return new AppError('auth', `${error.message}. Profile ${profile} is unchanged`, {
    ...error,
    // This error is about the refresh token, not the secret.
    hint:
      error.oauthError === 'invalid_grant'
        ? error.hint
        : 'Copy the new secret again. If it still fails, log in again: twilio-org auth login',
  });
}
