import type { Command } from 'commander';
import type { Cli } from '../../command.ts';
import { type Config, type Profile, updateConfig } from '../../config/profiles.ts';
import type { Context } from '../../context.ts';

interface Options {
  all?: boolean;
}

export function logoutCommand(cli: Cli): Command {
  const command = cli
    .command('logout', 'Forget the credentials of a profile')
    .option('--all', 'of all profiles')
    .action(cli.action(logout));
  return cli.examples(command, ['twilio-org auth logout', 'twilio-org auth logout --all --yes']);
}

/** Secrets go first: a profile without them is a nuisance, secrets without a profile are forgotten and dangerous. */
async function logout(ctx: Context, options: Options): Promise<void> {
  if (options.all) ctx.mustBeConfirmable();
  const config = await ctx.config();
  const { profileName } = await ctx.settings();
  const names = options.all
    ? Object.keys(config.profiles)
    : [profileName].filter((name) => name in config.profiles);
  if (names.length === 0) {
    ctx.messages.note(
      options.all
        ? 'There is no profile: nothing to do'
        : `There is no profile ${profileName}: nothing to do`,
    );
    return;
  }
  if (ctx.flags.dryRun) {
    ctx.messages.note(`Dry run: would forget ${names.join(', ')}`);
    return;
  }
  if (options.all)
    await ctx.confirm(`The credentials of these profiles will be forgotten: ${names.join(', ')}`);
  for (const name of names) await forget(ctx, name, config);
  ctx.messages.note(
    `Logged out: ${names.join(', ')}`,
    'The OAuth app still has its access. To revoke it: Console > Organization settings > Organization API access > Authorized applications',
    '  https://1console.twilio.com/organization/settings/oauth/apps',
  );
}

async function forget(ctx: Context, name: string, config: Config): Promise<void> {
  const profile = config.profiles[name] as Profile;
  const store = await ctx.store(profile.store);
  await store.delete(name);
  await updateConfig(ctx.configDir, (before) => {
    const profiles: Record<string, Profile> = Object.assign(Object.create(null), before.profiles);
    delete profiles[name];
    return { ...before, profiles };
  });
}
