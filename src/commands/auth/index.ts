import type { CommandGroup } from '../../cli/command.ts';
import { loginCommand } from './login.ts';
import { logoutCommand } from './logout.ts';
import { migrateCommand } from './migrate.ts';
import { refreshCommand } from './refresh.ts';
import { setupCommand } from './setup.ts';
import { statusCommand } from './status.ts';
import { switchCommand } from './switch.ts';
import { tokenCommand } from './token.ts';

export const auth: CommandGroup = {
  examples: ['twilio-org auth login', 'twilio-org auth status --check'],
  commands: [
    setupCommand,
    loginCommand,
    statusCommand,
    tokenCommand,
    refreshCommand,
    switchCommand,
    migrateCommand,
    logoutCommand,
  ],
};
