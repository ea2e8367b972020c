import { planFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { guardFlags } from '../../cli/guard-flags.ts';
import { askUserWho } from '../../cli/questions/asks.ts';
import { alwaysNeeded, namingUsersToRemove } from '../../cli/scope-conditions.ts';
import { dueFlags } from './shared/due.ts';
import { listFlags, usersArg, usersOrFile } from './shared/listed-users.ts';
import { setActive } from './shared/set-active.ts';

export const deactivateCommand = defineCommand({
  name: 'users deactivate',
  summary: 'Stop users from signing in; their data is kept',
  args: { user: { ...usersArg, ask: askUserWho(true) } },
  oneOf: usersOrFile,
  flags: { ...listFlags, ...dueFlags, ...guardFlags, ...planFlags },
  scopes: { 'managed-users/update': [alwaysNeeded], ...namingUsersToRemove },
  effect: 'removes',
  examples: [
    'twilio-org users deactivate ada@example.com',
    'twilio-org users deactivate ada@example.com external:4711 --yes -o json',
    'twilio-org users deactivate --file leavers.csv --dry-run',
  ],
  run: (ctx, { user, flags }) =>
    setActive(
      ctx,
      user,
      false,
      (read) => ({ do: 'update-user', user: read, fields: { active: false } }),
      flags,
    ),
});
