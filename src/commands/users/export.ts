import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { excelFlag, exportOutput } from '../../cli/output/list-output.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import type { View } from '../../platform/terminal/output.ts';
import { textFieldNames } from '../../twilio/user-fields.ts';
import { listUsers, type User } from '../../twilio/users.ts';
import { byState, stateFlags } from './shared/by-state.ts';

/** The columns that import reads and that users themselves have. */
const columns = ['email', ...textFieldNames, 'active'];
const view: View = { fields: columns, columns };

const flags = defineFlags({ ...stateFlags, ...excelFlag });

export const exportCommand = defineCommand({
  name: 'users export',
  summary: 'Export all users in the format that import reads (CSV by default)',
  flags,
  scopes: { 'managed-users/list': [alwaysNeeded] },
  effect: 'reads',
  examples: [
    'twilio-org users export > users.csv',
    'twilio-org users export --excel > users-for-excel.csv',
    'twilio-org users export --active -o jsonl > users.jsonl',
  ],
  run: (ctx, { flags }) => run(ctx, flags),
});

async function run(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  const out = exportOutput(ctx, options);
  out.checkFields(view);
  const { send } = await ctx.api();
  const users = byState(ctx, await listUsers(send), options);
  await out.list(view, users.map(asRow));
}

function asRow(user: User): Record<string, unknown> {
  const { userName: email, name, displayName, externalId, locale, timezone, active } = user;
  const { givenName, familyName } = name ?? {};
  const all = { email, givenName, familyName, displayName, externalId, locale, timezone, active };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}
