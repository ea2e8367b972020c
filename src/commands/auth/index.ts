import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/command.ts';
import { loginCommand } from './login.ts';
import { logoutCommand } from './logout.ts';
import { migrateCommand } from './migrate.ts';
import { refreshCommand } from './refresh.ts';
import { setupCommand } from './setup.ts';
import { statusCommand } from './status.ts';
import { switchCommand } from './switch.ts';
import { tokenCommand } from './token.ts';

export function auth(cli: CommandBuilder, group: Command): void {
  cli.examples(group, ['twilio-org auth login', 'twilio-org auth status --check']);
  for (const make of [
    setupCommand,
    loginCommand,
    statusCommand,
    tokenCommand,
    refreshCommand,
    switchCommand,
    migrateCommand,
    logoutCommand,
  ]) {
    group.addCommand(make(cli));
  }
}
