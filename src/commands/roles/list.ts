import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { parseWholeNumber } from '../../cli/flag-values.ts';
import { printList } from '../../cli/output/list-output.ts';
import { roleView } from '../../cli/output/views.ts';
import { type CommandBuilder, repeatable } from '../../cli/parser.ts';
import { listRoles } from '../../twilio/roles.ts';

interface Options {
  search?: string;
  productGroup?: string;
  resourceType?: string[];
  permissions?: boolean;
  limit?: number;
}

export function listCommand(cli: CommandBuilder): Command {
  const command = cli
    .command('list', 'List the roles that can be given')
    .option('--search <text>', 'only roles with this in the name, or with this SID')
    .option('--product-group <group>', 'only roles of this product group, such as billing')
    .addOption(repeatable('--resource-type <type>', 'only roles for this type of resource'))
    .option('--permissions', 'with what each role allows and denies')
    .option('--limit <n>', 'at most this many', parseWholeNumber)
    .action(cli.action(list));
  return cli.examples(command, [
    'twilio-org roles list --product-group billing',
    'twilio-org roles list --search support --permissions -o json',
  ]);
}

async function list(ctx: Context, options: Options): Promise<void> {
  const { search, productGroup, resourceType, permissions, limit } = options;
  const columns = permissions ? [...roleView.columns, 'policy.allow', 'policy.deny'] : roleView.columns;
  const view = { ...roleView, columns };
  ctx.out.checkFields(view);
  const api = await ctx.api();
  const filter = { search, productGroup, resourceTypes: resourceType, expand: permissions };
  await printList(ctx, view, listRoles(api.send, api.url, filter), { limit, noun: 'roles' });
}
