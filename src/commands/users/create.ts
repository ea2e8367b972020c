import type { Command } from 'commander';
import type { User } from '../../api/users.ts';
import { creatingUser } from '../../api/writes.ts';
import { carryOutOne } from '../../bulk/run.ts';
import type { Cli } from '../../command.ts';
import type { Context } from '../../context.ts';
import { onlyShown, planHead } from '../changes.ts';
import { userView } from '../views.ts';
import { type FieldFlags, fieldsOf, isEmail, withFieldFlags } from './fields.ts';

export function createCommand(cli: Cli): Command {
  const command = withFieldFlags(
    cli.command('create', 'Create a user; Twilio sends them a welcome e-mail'),
  ).action(cli.action(create));
  return cli.examples(command, [
    'twilio-org users create --email ada@example.com --given-name Ada --family-name Lovelace',
    'twilio-org users create --email temp@example.com --inactive --dry-run',
  ]);
}

async function create(ctx: Context, flags: FieldFlags): Promise<void> {
  ctx.out.checkFields(userView);
  const fields = fieldsOf(flags, 'new');
  const email =
    fields.email ??
    (await ctx.prompts.text({ message: 'E-mail address', flag: '--email', validate: isEmail }));
  const api = await ctx.api();
  const wanted = { ...fields, email };
  if (await onlyShown(ctx, api, [creatingUser(wanted).request])) return;
  const user = await carryOutOne<User>(ctx, await planHead(ctx, ['email']), {
    row: { email },
    steps: [{ do: 'create-user', fields: wanted }],
  });
  ctx.messages.note(`Created ${user.userName}; Twilio sends them a welcome e-mail`);
  await ctx.out.item(userView, user);
}
