import type { Command } from 'commander';
import { effectiveGuards } from '../../changes/guards/policy.ts';
import type { Context } from '../../cli/context.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { view } from './shared/profile-guards.ts';

export function showCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('show', 'Show what no command takes away with the profile in force')
    .action(cli.action(show));
  return cli.examples(command, [
    'twilio-org guards show',
    'twilio-org guards show --profile production -o json',
  ]);
}

export async function show(ctx: Context): Promise<void> {
  ctx.out.checkFields(view);
  const { profile, profileName, source } = await ctx.settings();
  const kept = source === 'profile' ? profile?.guards : undefined;
  await ctx.out.item(view, {
    profile: source === 'profile' ? profileName : `none: ${source}`,
    ...effectiveGuards({}, kept),
  });
}
