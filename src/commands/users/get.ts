import { promptForUser } from '../../cli/ask.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { forPeople, userView } from '../../cli/output/views.ts';
import { namingUsers } from '../../cli/scope-conditions.ts';

export const getCommand = defineCommand({
  name: 'users get',
  summary: 'Show a user',
  args: { user: { summary: 'SID, e-mail address or external:ID', optional: true } },
  scopes: namingUsers,
  effect: 'reads',
  examples: [
    'twilio-org users get ada@example.com',
    'twilio-org users get external:4711 -o json --fields id,active',
  ],
  run: (ctx, { user }) => get(ctx, user),
});

async function get(ctx: Context, user: string | undefined): Promise<void> {
  ctx.out.checkFields(userView);
  const reference = await promptForUser(ctx, user, 'USER');
  const { users } = await ctx.organization();
  const [shown] = forPeople(ctx, [await users.get(reference)]);
  await ctx.out.item(userView, shown);
}
