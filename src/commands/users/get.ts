import type { Command } from 'commander';
import { promptForUser } from '../../cli/ask.ts';
import type { Context } from '../../cli/context.ts';
import { forPeople, userView } from '../../cli/output/views.ts';
import type { CommandBuilder } from '../../cli/parser.ts';

export function getCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('get', 'Show a user')
    .argument('[user]', 'SID, e-mail address or external:ID')
    .action(cli.action(get));
  return cli.examples(command, [
    'twilio-org users get ada@example.com',
    'twilio-org users get external:4711 -o json --fields id,active',
  ]);
}

async function get(ctx: Context, user: string | undefined): Promise<void> {
  ctx.out.checkFields(userView);
  const reference = await promptForUser(ctx, user, 'USER');
  const { users } = await ctx.organization();
  const [shown] = forPeople(ctx, [await users.get(reference)]);
  await ctx.out.item(userView, shown);
}
