import { planFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { guardFlags } from '../../cli/guard-flags.ts';
import { askUserWho } from '../../cli/questions/asks.ts';
import { alwaysNeeded, namingUsersToRemove } from '../../cli/scope-conditions.ts';
import { requiredUsersArg } from './shared/listed-users.ts';
import { setActive } from './shared/set-active.ts';

/** Twilio's DELETE only deactivates. The verb keeps the name of SCIM, and its summary says what happens. */
export const deleteCommand = defineCommand({
  name: 'users delete',
  summary: "Deactivate users with SCIM's DELETE; Twilio does not delete them",
  args: { user: { ...requiredUsersArg, ask: askUserWho(true) } },
  flags: { ...guardFlags, ...planFlags },
  scopes: { 'managed-users/delete': [alwaysNeeded], ...namingUsersToRemove },
  effect: 'removes',
  examples: [
    'twilio-org users delete ada@example.com',
    'twilio-org users delete ada@example.com external:4711 --yes -o json',
  ],
  run: (ctx, { user, flags }) =>
    setActive(ctx, user, false, (read) => ({ do: 'delete-user', user: read }), flags),
});
