import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { change } from './shared/profile-guards.ts';

export function unsetCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('unset', 'Remove all guards of the profile: what is usual holds again')
    .action(cli.action(unset));
  return cli.examples(command, [
    'twilio-org guards unset',
    'twilio-org guards unset --profile rehearsal --yes',
  ]);
}

export async function unset(ctx: Context): Promise<void> {
  ctx.requireConfirmable();
  const { profileName } = await ctx.settings();
  if (!ctx.flags.dryRun) await ctx.confirmLocal(`All guards of profile ${profileName} will be removed.`);
  await change(ctx, () => undefined);
}
