import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import type { Flags } from '../../cli/flags.ts';
import { exportOutput } from '../../cli/output/list-output.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import type { View } from '../../platform/terminal/output.ts';
import { listUsers, type User } from '../../twilio/users.ts';
import { byState, type StateFlags, stateFlags } from './shared/by-state.ts';

/** What import reads, as far as users themselves have it. */
const columns = [
  'email',
  'givenName',
  'familyName',
  'displayName',
  'externalId',
  'locale',
  'timezone',
  'active',
];
const view: View = { fields: columns, columns };

type Options = Flags & StateFlags;

export function exportCommand(cli: CommandBuilder): Command {
  const [active, inactive] = stateFlags();
  const command = cli
    .command('export', 'Write all users as import reads them: CSV, unless -o says otherwise')
    .addOption(active)
    .addOption(inactive)
    .action(cli.action(run));
  return cli.examples(command, [
    'twilio-org users export > users.csv',
    'twilio-org users export --active -o jsonl > users.jsonl',
  ]);
}

async function run(ctx: Context, flags: Options): Promise<void> {
  const out = exportOutput(ctx);
  out.checkFields(view);
  const { send } = await ctx.api();
  const users = byState(ctx, await listUsers(send), flags);
  await out.list(view, users.map(asRow));
}

function asRow(user: User): Record<string, unknown> {
  const { userName: email, name, displayName, externalId, locale, timezone, active } = user;
  const { givenName, familyName } = name ?? {};
  const all = { email, givenName, familyName, displayName, externalId, locale, timezone, active };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}
