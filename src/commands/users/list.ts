import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { parseWholeNumber } from '../../cli/flag-values.ts';
import { printList } from '../../cli/output/list-output.ts';
import { forPeople, userView } from '../../cli/output/views.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { listUsers, type User } from '../../twilio/users.ts';
import { byState, type StateFlags, stateFlags } from './shared/by-state.ts';

interface Options extends StateFlags {
  userName?: string;
  externalId?: string;
  search?: string;
  limit?: number;
}

export function listCommand(cli: CommandBuilder): Command {
  const [active, inactive] = stateFlags();
  const command = cli
    .command('list', 'List the users managed by the organization')
    .option('--user-name <email>', 'only the user with this user name, which is the e-mail address', (text) =>
      text.trim(),
    )
    .option('--external-id <id>', 'only the user with this external id')
    .option(
      '--search <text>',
      'only users with this in a name, the e-mail address or the external id, in any case',
    )
    .addOption(active)
    .addOption(inactive)
    .option('--limit <n>', 'at most this many', parseWholeNumber)
    .action(cli.action(list));
  return cli.examples(command, [
    'twilio-org users list --search lovelace',
    'twilio-org users list --inactive -o csv --fields id,userName,meta.lastModified',
  ]);
}

async function list(ctx: Context, options: Options): Promise<void> {
  ctx.out.checkFields(userView);
  const api = await ctx.api();
  const users = await listUsers(api.send, options);
  const matching = byState(
    ctx,
    users.filter((user) => matches(user, options)),
    options,
  );
  await printList(ctx, userView, forPeople(ctx, matching), { limit: options.limit, noun: 'users' });
}

/** What Twilio's two filters, of which it takes one at a time, leave to do. */
function matches(user: User, { externalId, search }: Options): boolean {
  if (externalId !== undefined && user.externalId !== externalId) return false;
  if (search === undefined) return true;
  const texts = [
    user.userName,
    user.displayName,
    user.name?.givenName,
    user.name?.familyName,
    user.externalId,
  ];
  const whole = [user.name?.givenName, user.name?.familyName].filter(Boolean).join(' ');
  return [...texts, whole].some((text) => text?.toLowerCase().includes(search.toLowerCase()));
}
