import { accountColumns, readAccountRows } from '../../changes/input/account-list.ts';
import { inputFormatNames } from '../../changes/input/formats/index.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { type InputFlags, inputFlags, openTable } from '../../cli/input-flags.ts';
import { askFile } from '../../cli/questions/asks.ts';
import {
  changeAccounts,
  changesView,
  countsInWords,
  printChanges,
  requireOwnList,
  withAccounts,
} from './shared/account-list.ts';

export const importCommand = defineCommand({
  name: 'accounts import',
  summary: `Give accounts the names that a file lists (${inputFormatNames})`,
  args: {
    file: {
      summary: 'file to read, or - for standard input',
      ask: askFile('Which file holds the names of the accounts?', 'accounts.csv'),
    },
  },
  flags: inputFlags,
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org accounts import accounts.csv', 'twilio-org accounts import accounts.csv --dry-run'],
  notes: `Columns, in any order: ${Object.keys(accountColumns.names).join(', ')}.
An import adds and changes names; it never removes any. An account whose row has no level keeps the one it has.
`,
  run: (ctx, { file, flags }) => run(ctx, file, flags),
});

async function run(ctx: Context, file: string, flags: InputFlags): Promise<void> {
  ctx.out.checkFields(changesView);
  requireOwnList(ctx);
  const input = await openTable(ctx, file, flags);
  try {
    const accounts = await readAccountRows(input.name, input.rows(accountColumns));
    const changes = await changeAccounts(ctx, (list) => withAccounts(list, accounts));
    await printChanges(ctx, changes);
    ctx.messages.note(countsInWords(changes));
  } finally {
    await input.close();
  }
}
