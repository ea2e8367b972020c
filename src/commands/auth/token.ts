import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';

export function tokenCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('token', 'Print a valid access token and nothing else')
    .action(cli.action(token));
  return cli.examples(command, [
    'twilio-org auth token',
    'curl -H "Authorization: Bearer $(twilio-org auth token)" https://iam.twilio.com/scim/v2/Users',
  ]);
}

async function token(ctx: Context): Promise<void> {
  const tokens = await ctx.tokens();
  await ctx.out.text((await tokens.get()).reveal());
}
