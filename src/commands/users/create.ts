import type { Item } from '../../changes/plan/plan.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { userView } from '../../cli/output/views.ts';
import { reviewAndRunOne } from '../../cli/review/review.ts';
import { alwaysNeeded, checkingTaken } from '../../cli/scope-conditions.ts';
import type { User } from '../../twilio/users.ts';
import { type FieldFlags, fieldFlags, parseFieldFlags } from './shared/field-flags.ts';

export const createCommand = defineCommand({
  name: 'users create',
  summary: 'Create a user; Twilio sends them a welcome e-mail',
  flags: fieldFlags,
  oneOf: [{ of: ['email', 'userName'] }],
  scopes: { 'managed-users/create': [alwaysNeeded], 'managed-users/list': [checkingTaken] },
  effect: 'changes',
  examples: [
    'twilio-org users create --email ada@example.com --given-name Ada --family-name Lovelace',
    'twilio-org users create --email temp@example.com --inactive --dry-run',
  ],
  run: (ctx, { flags }) => create(ctx, flags),
});

async function create(ctx: Context, flags: FieldFlags): Promise<void> {
  ctx.out.checkFields(userView);
  const fields = parseFieldFlags(flags, 'new');
  const { email = '' } = fields;
  const item: Item = { row: { email }, steps: [{ do: 'create-user', fields: { ...fields, email } }] };
  const created = await reviewAndRunOne<User>(ctx, { item, columns: ['email'] });
  if (created === undefined) return;
  const { object: user } = created;
  ctx.messages.note(`Created ${user.userName}; Twilio sends them a welcome e-mail`);
  await ctx.out.item(userView, user);
}
