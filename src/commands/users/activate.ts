import { planFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { askUserWho } from '../../cli/questions/asks.ts';
import { alwaysNeeded, namingUsers } from '../../cli/scope-conditions.ts';
import { listFlags, usersArg, usersOrFile } from './shared/listed-users.ts';
import { setActive } from './shared/set-active.ts';

export const activateCommand = defineCommand({
  name: 'users activate',
  summary: 'Let users sign in again',
  args: { user: { ...usersArg, ask: askUserWho(false) } },
  oneOf: usersOrFile,
  flags: { ...listFlags, ...planFlags },
  scopes: { 'managed-users/update': [alwaysNeeded], ...namingUsers },
  effect: 'changes',
  examples: [
    'twilio-org users activate ada@example.com',
    'twilio-org users activate ada@example.com external:4711 --yes -o json',
    'twilio-org users activate --file returning.csv --dry-run',
  ],
  run: (ctx, { user, flags }) =>
    setActive(
      ctx,
      user,
      true,
      (read) => ({ do: 'update-user', user: read, fields: { active: true } }),
      flags,
    ),
});
