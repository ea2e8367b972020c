import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { assertProfileName, mustBeUsable, updateConfig } from '../../login/config/profiles.ts';
import { AppError } from '../../platform/core/errors.ts';

export function switchCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('switch', 'Make a profile the default')
    .argument('[profile]', 'name of the profile')
    .action(cli.action(switchTo));
  return cli.examples(command, ['twilio-org auth switch staging', 'twilio-org auth switch default']);
}

async function switchTo(ctx: Context, name: string | undefined): Promise<void> {
  const config = await ctx.config();
  const names = Object.keys(config.profiles);
  const wanted = assertProfileName(
    name ??
      (await ctx.prompts.choose({
        message: 'Which profile?',
        flag: 'PROFILE',
        choices: names.map((known) => ({ name: known, value: known })),
      })),
  );
  mustBeUsable(config, wanted);
  if (!names.includes(wanted)) {
    throw new AppError('not-found', `There is no profile ${wanted}`, {
      hint: names.length === 0 ? 'Log in first: twilio-org auth login' : `Profiles are ${names.join(', ')}`,
    });
  }
  await updateConfig(ctx.configDir, (config) => ({ ...config, default_profile: wanted }));
  ctx.messages.note(`Profile ${wanted} is the default now`);
}
