import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { stateCommand } from './shared/set-active.ts';

/** Three verbs that set whether users may sign in. */
export function activateCommand(cli: CommandBuilder): Command {
  return stateCommand(cli, 'activate', 'Let users sign in again', true, (user) => ({
    do: 'update-user',
    user,
    fields: { active: true },
  }));
}
