import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { printList } from '../../cli/output/list-output.ts';
import { accountRow, accountView, listedAccounts } from './shared/account-list.ts';

export const listCommand = defineCommand({
  name: 'accounts list',
  summary: 'List the accounts that have names',
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org accounts list', 'twilio-org accounts list -o json --fields sid,name'],
  notes: `A command takes such a name wherever it takes a scope: --scope 'EU production'.
The names are those of accounts.json in the configuration directory, one list for each organization, or of the file that
TWILIO_ORG_ACCOUNTS_FILE names. No request is sent.
`,
  run: list,
});

async function list(ctx: Context): Promise<void> {
  ctx.out.checkFields(accountView);
  const accounts = await listedAccounts(ctx);
  await printList(ctx, accountView, accounts.map(accountRow), { noun: 'accounts with names' });
}
