import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { stateCommand } from './shared/set-active.ts';

export function deactivateCommand(cli: CommandBuilder): Command {
  return stateCommand(
    cli,
    'deactivate',
    'Stop users from signing in; everything about them stays',
    false,
    (user) => ({ do: 'update-user', user, fields: { active: false } }),
  );
}
