import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { stateCommand } from './shared/set-active.ts';

/** Twilio's DELETE deactivates and deletes nothing; the verb has SCIM's name and says what really happens. */
export function deleteCommand(cli: CommandBuilder): Command {
  return stateCommand(
    cli,
    'delete',
    "Deactivate users with SCIM's DELETE: Twilio deletes nobody",
    false,
    (user) => ({ do: 'delete-user', user }),
  );
}
