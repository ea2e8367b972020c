import type { Command } from 'commander';
import { type GuardFlags, guardsInForce, withLimitFlags } from '../../changes/guards/check.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { updateConfig } from '../../login/config/profiles.ts';
import type { GuardSettings } from '../../login/config/schema.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';

const fields = ['max_removals', 'max_removal_fraction', 'protect', 'keep_admins', 'admin_role'];
const view: View = { fields: ['profile', ...fields], columns: ['profile', ...fields] };

export function guards(cli: Cli, group: Command): void {
  cli.examples(group, [
    'twilio-org guards show',
    "twilio-org guards set --protect 'ceo@*' --max-removals 10",
  ]);
  for (const make of [showCommand, setCommand, unsetCommand]) group.addCommand(make(cli));
}

function showCommand(cli: Cli): Command {
  const command = cli
    .command('show', 'Show what no command takes away with the profile in force')
    .action(cli.action(show));
  return cli.examples(command, [
    'twilio-org guards show',
    'twilio-org guards show --profile production -o json',
  ]);
}

function setCommand(cli: Cli): Command {
  const command = withLimitFlags(
    cli.command('set', 'Keep guards in the profile; flags can only tighten them'),
  );
  return cli.examples(command.action(cli.action(set)), [
    'twilio-org guards set --max-removals 10 --max-removal-fraction 0.1',
    "twilio-org guards set --protect 'ceo@*' --keep-admins 2 --admin-role Admin",
  ]);
}

function unsetCommand(cli: Cli): Command {
  const command = cli
    .command('unset', 'Remove all guards of the profile: what is usual holds again')
    .action(cli.action(unset));
  return cli.examples(command, [
    'twilio-org guards unset',
    'twilio-org guards unset --profile rehearsal --yes',
  ]);
}

async function show(ctx: Context): Promise<void> {
  ctx.out.checkFields(view);
  const { profile, profileName, source } = await ctx.settings();
  const kept = source === 'profile' ? profile?.guards : undefined;
  await ctx.out.item(view, {
    profile: source === 'profile' ? profileName : `none: ${source}`,
    ...guardsInForce({}, kept),
  });
}

/** Takes the place of the guards it names; the others stay. */
async function set(ctx: Context, flags: GuardFlags): Promise<void> {
  const { maxRemovals, maxRemovalFraction, protect, keepAdmins, adminRole } = flags;
  const named: GuardSettings = {
    ...(maxRemovals === undefined ? {} : { max_removals: maxRemovals }),
    ...(maxRemovalFraction === undefined ? {} : { max_removal_fraction: maxRemovalFraction }),
    ...(protect === undefined ? {} : { protect }),
    ...(keepAdmins === undefined ? {} : { keep_admins: keepAdmins }),
    ...(adminRole === undefined ? {} : { admin_role: adminRole }),
  };
  if (Object.keys(named).length === 0)
    throw usageError('Name at least one guard', 'Such as --max-removals 10');
  const { profile, profileName } = await ctx.settings();
  const lost = looserThan(profile?.guards ?? {}, named);
  if (lost.length > 0 && !ctx.flags.dryRun) {
    ctx.mustBeConfirmable();
    await ctx.confirmLocal(`This weakens the guards of profile ${profileName}:`, ...lost);
  }
  await change(ctx, (before) => {
    const after = { ...before, ...named };
    // Refuses what could not hold.
    guardsInForce({}, after);
    return after;
  });
}

/** What would hold no more, a line for each. */
function looserThan(before: GuardSettings, named: GuardSettings): string[] {
  const after = { ...before, ...named };
  const rises = (['max_removals', 'max_removal_fraction'] as const).filter(
    (name) => (after[name] ?? 0) > (before[name] ?? Number.POSITIVE_INFINITY),
  );
  const falls = (after.keep_admins ?? 0) < (before.keep_admins ?? 0) ? (['keep_admins'] as const) : [];
  const role = after.admin_role !== before.admin_role && before.admin_role ? (['admin_role'] as const) : [];
  const numbers = [...rises, ...falls, ...role].map(
    (name) => `  ${name}: ${after[name]}, was ${before[name]}`,
  );
  const unprotected = (before.protect ?? []).filter((pattern) => !after.protect?.includes(pattern));
  return [...numbers, ...unprotected.map((pattern) => `  ${pattern} is not protected any more`)];
}

async function unset(ctx: Context): Promise<void> {
  ctx.mustBeConfirmable();
  const { profileName } = await ctx.settings();
  if (!ctx.flags.dryRun) await ctx.confirmLocal(`All guards of profile ${profileName} will be removed.`);
  await change(ctx, () => undefined);
}

async function change(ctx: Context, to: (before: GuardSettings) => GuardSettings | undefined): Promise<void> {
  const { profile: now, profileName, source } = await ctx.settings();
  if (source !== 'profile') {
    throw usageError(
      `Guards are kept in a profile, and the credentials in force are those of ${source}`,
      'Unset the variables to change a profile; a single command takes the guards as flags, such as --max-removals',
    );
  }
  if (ctx.flags.dryRun) {
    to(now?.guards ?? {});
    ctx.messages.note('Dry run: nothing was changed');
    return;
  }
  await updateConfig(ctx.configDir, (config) => {
    const profile = config.profiles[profileName];
    if (profile === undefined) {
      throw new AppError('auth', `There is no profile ${profileName}`, {
        hint: 'Log in first: twilio-org auth login',
      });
    }
    const { guards: before = {}, ...others } = profile;
    const after = to(before);
    config.profiles[profileName] = after === undefined ? others : { ...others, guards: after };
    return config;
  });
  ctx.messages.note(`Profile ${profileName} is changed: twilio-org guards show`);
}
