import type { Command } from 'commander';
import { promptForRole } from '../../cli/ask.ts';
import type { Context } from '../../cli/context.ts';
import { roleView } from '../../cli/output/views.ts';
import type { CommandBuilder } from '../../cli/parser.ts';

export function getCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('get', 'Show a role and what it allows')
    .argument('[role]', 'SID or name')
    .action(cli.action(get));
  return cli.examples(command, [
    'twilio-org roles get Developer',
    'twilio-org roles get IX00000000000000000000000000000104 -o json --fields policy.allow',
  ]);
}

async function get(ctx: Context, role: string | undefined): Promise<void> {
  ctx.out.checkFields(roleView);
  const name = await promptForRole(ctx, role, 'ROLE');
  const { roles } = await ctx.organization();
  await ctx.out.item(roleView, await roles.get(name, { expand: true }));
}
