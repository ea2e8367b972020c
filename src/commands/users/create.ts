import type { Command } from 'commander';
import { executeOne } from '../../changes/runs/execute.ts';
import type { CommandBuilder } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { userView } from '../../cli/output/views.ts';
import { printDryRun } from '../../cli/review/dry-run.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { isEmail } from '../../twilio/email.ts';
import { createUserMutation } from '../../twilio/user-mutations.ts';
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
  const api = await ctx.api();
  const wanted = { ...fields, email };
  if (await printDryRun(ctx, api, [createUserMutation(wanted).request])) return;
  const user = await executeOne<User>(ctx, await newPlanHeader(ctx, ['email']), {
    row: { email },
    steps: [{ do: 'create-user', fields: wanted }],
  });
  ctx.messages.note(`Created ${user.userName}; Twilio sends them a welcome e-mail`);
  await ctx.out.item(userView, user);
}
