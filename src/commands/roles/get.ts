import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { roleView } from '../../cli/output/views.ts';
import { askRole } from '../../cli/questions/asks.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { parseRoleReference } from '../../organization/references.ts';

export const getCommand = defineCommand({
  name: 'roles get',
  summary: 'Show a role and its permissions',
  args: { role: { summary: 'SID or name', ask: askRole() } },
  scopes: { 'roles/list': [alwaysNeeded] },
  effect: 'reads',
  examples: [
    'twilio-org roles get Developer',
    'twilio-org roles get IX00000000000000000000000000000104 -o json --fields policy.allow',
  ],
  run: (ctx, { role }) => get(ctx, role),
});

async function get(ctx: Context, role: string): Promise<void> {
  ctx.out.checkFields(roleView);
  const name = parseRoleReference(role);
  const { roles } = await ctx.organization();
  await ctx.out.item(roleView, await roles.get(name, { expand: true }));
}
