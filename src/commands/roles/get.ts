import { promptForRole } from '../../cli/ask.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { roleView } from '../../cli/output/views.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';

export const getCommand = defineCommand({
  name: 'roles get',
  summary: 'Show a role and its permissions',
  args: { role: { summary: 'SID or name', optional: true } },
  scopes: { 'roles/list': [alwaysNeeded] },
  effect: 'reads',
  examples: [
    'twilio-org roles get Developer',
    'twilio-org roles get IX00000000000000000000000000000104 -o json --fields policy.allow',
  ],
  run: (ctx, { role }) => get(ctx, role),
});

async function get(ctx: Context, role: string | undefined): Promise<void> {
  ctx.out.checkFields(roleView);
  const name = await promptForRole(ctx, role, 'ROLE');
  const { roles } = await ctx.organization();
  await ctx.out.item(roleView, await roles.get(name, { expand: true }));
}
