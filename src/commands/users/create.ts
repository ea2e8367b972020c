import type { Command } from 'commander';
import type { Item } from '../../changes/plan/plan.ts';
import type { Context } from '../../cli/context.ts';
import { userView } from '../../cli/output/views.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { reviewAndRunOne } from '../../cli/review/review.ts';
import { isEmail } from '../../twilio/email.ts';
import type { User } from '../../twilio/users.ts';
import { addFieldFlags, type FieldFlags, parseFieldFlags } from './shared/field-flags.ts';

export function createCommand(cli: CommandBuilder): Command {
  const command = addFieldFlags(
    cli.command('create', 'Create a user; Twilio sends them a welcome e-mail'),
  ).action(cli.action(create));
  return cli.examples(command, [
    'twilio-org users create --email ada@example.com --given-name Ada --family-name Lovelace',
    'twilio-org users create --email temp@example.com --inactive --dry-run',
  ]);
}

async function create(ctx: Context, flags: FieldFlags): Promise<void> {
  ctx.out.checkFields(userView);
  const fields = parseFieldFlags(flags, 'new');
  const email =
    fields.email ??
    (await ctx.prompts.text({ message: 'E-mail address', flag: '--email', validate: isEmail }));
  const item: Item = { row: { email }, steps: [{ do: 'create-user', fields: { ...fields, email } }] };
  const created = await reviewAndRunOne<User>(ctx, { item, columns: ['email'] });
  if (created === undefined) return;
  const { object: user } = created;
  ctx.messages.note(`Created ${user.userName}; Twilio sends them a welcome e-mail`);
  await ctx.out.item(userView, user);
}
