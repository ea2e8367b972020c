import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { type GrantType, unusableProfiles } from '../../login/config/profiles.ts';
import { consolePage } from '../../login/console/pages.ts';
import { deleteLogin, ProfileLeft } from '../../login/logins.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';

const flags = defineFlags({ all: { summary: 'delete the credentials of all profiles' } });

export const logoutCommand = defineCommand({
  name: 'auth logout',
  summary: 'Delete the stored credentials of a profile',
  flags,
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org auth logout', 'twilio-org auth logout --all --yes'],
  run: (ctx, { flags }) => logout(ctx, flags),
});

async function logout(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  if (options.all && ctx.flags.profile !== undefined) {
    throw usageError('--all and --profile cannot be combined', 'Use one of them');
  }
  if (options.all) ctx.requireConfirmable('This removes all logins');
  const config = await ctx.config();
  const { profiles } = config;
  const { profileName } = await ctx.settings();
  // An unusable profile does not say where its credentials are.
  if (options.all) for (const why of unusableProfiles(config)) ctx.messages.warn(why, 'It stays as it is');
  const wanted = Object.entries(profiles).filter(([name]) => options.all || name === profileName);
  const names = wanted.map(([name]) => name);
  if (names.length === 0) {
    ctx.messages.note(
      options.all
        ? 'There are no profiles; nothing to do'
        : `There is no profile ${profileName}; nothing to do`,
    );
    return;
  }
  if (ctx.flags.dryRun) {
    ctx.messages.note(`Dry run: would forget ${names.join(', ')}`);
    return;
  }
  if (options.all)
    await ctx.confirmLocal(`The credentials of these profiles will be forgotten: ${names.join(', ')}`);
  const remaining = new Map<string, AppError>();
  for (const [name, profile] of wanted) {
    try {
      await deleteLogin(ctx, name, profile);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === 'cancelled') throw error;
      remaining.set(name, error);
    }
  }
  const gone = names.filter((name) => !remaining.has(name));
  if (gone.length > 0) ctx.messages.note(`Logged out: ${gone.join(', ')}`);
  const unguarded = gone.filter((name) => profiles[name]?.guards !== undefined);
  if (unguarded.length > 0) ctx.messages.note(`The guards of ${unguarded.join(', ')} were removed as well`);
  ctx.messages.note(...remainingAccess(wanted.map(([, { grant }]) => grant)));
  if (remaining.size > 0) throw incompleteLogout(ctx, remaining, gone.length > 0);
}

/** The access that a logout does not end, because Twilio has no request for that, and the pages that end it. */
function remainingAccess(grants: readonly GrantType[]): string[] {
  const authorized = consolePage('authorized-apps');
  const approved = [
    'The OAuth app still has the access that a person approved. To revoke it: twilio-org open authorized-apps',
    `  ${authorized.url} (${authorized.next})`,
    `  in the legacy Console: ${consolePage('authorized-apps', 'legacy').url}`,
  ];
  const secret = [
    'The client secret of the client-credentials app still works, until you delete the app or rotate the secret: twilio-org apps rotate-secret',
    `  ${consolePage('app').url}`,
  ];
  return [
    ...(grants.includes('authorization-code') ? approved : []),
    ...(grants.includes('client-credentials') ? secret : []),
  ];
}

/** The error for profiles that remain: each is kept as long as any of its secrets may be. */
function incompleteLogout(ctx: Context, remaining: Map<string, AppError>, partly: boolean): AppError {
  const names = [...remaining.keys()].join(', ');
  const errors = [...remaining.values()];
  const [first] = errors;
  const alike = errors.every(({ kind, message }) => kind === first?.kind && message === first.message);
  if (!alike)
    for (const [name, { message, hint = '' }] of remaining) ctx.messages.warn(`${name}: ${message}`, hint);
  const emptied = errors.every((error) => error instanceof ProfileLeft);
  const which = emptied
    ? `the credentials of ${names} were removed, but ${remaining.size === 1 ? 'its profile remains' : 'their profiles remain'}`
    : remaining.size === 1
      ? `profile ${names} and its credentials remain`
      : `profiles ${names} and their credentials remain`;
  return new AppError(
    partly ? 'partial' : alike && first !== undefined ? first.kind : 'failure',
    alike && first !== undefined ? `Not logged out: ${which}. ${first.message}` : `Not logged out: ${which}`,
    {
      hint: alike ? first?.hint : 'Follow the advice above for each profile, then run the same command again',
    },
  );
}
