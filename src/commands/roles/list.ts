import { defineCommand } from '../../cli/command.ts';
import { listLimit, selectionFlags, sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList, withSids } from '../../cli/output/list-output.ts';
import { readSelection } from '../../cli/output/selection.ts';
import { rolePermissionsView, roleView } from '../../cli/output/views.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { listRoles } from '../../twilio/roles.ts';

const flags = defineFlags({
  search: { value: 'text', summary: 'only roles with this text in the name, or with this SID' },
  productGroup: { value: 'group', summary: 'only roles of this product group, such as billing' },
  resourceType: { value: 'type', summary: 'only roles for this type of resource', repeats: true },
  permissions: { summary: 'show what each role allows and denies' },
  ...selectionFlags,
  sids: sidsFlag,
  limit: listLimit,
});

export const listCommand = defineCommand({
  name: 'roles list',
  summary: 'List the roles that users can be given',
  flags,
  scopes: { 'roles/list': [alwaysNeeded] },
  effect: 'reads',
  examples: [
    'twilio-org roles list --product-group billing',
    'twilio-org roles list --search support --permissions -o json',
  ],
  run: (ctx, { flags }) => list(ctx, flags),
});

async function list(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  const { search, productGroup, resourceType, permissions, limit } = options;
  const view = withSids(permissions ? rolePermissionsView : roleView, options.sids);
  ctx.out.checkFields(view);
  const selection = await readSelection(view, options);
  const api = await ctx.api();
  const expand = permissions || selection?.fields.some((field) => field.startsWith('policy'));
  const filter = { search, productGroup, resourceTypes: resourceType, expand };
  await printList(ctx, view, listRoles(api.send, api.url, filter), {
    limit,
    noun: 'roles',
    selection,
  });
}
