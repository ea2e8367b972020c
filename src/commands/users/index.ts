import type { CommandGroup } from '../../cli/command.ts';
import { activateCommand } from './activate.ts';
import { createCommand } from './create.ts';
import { deactivateCommand } from './deactivate.ts';
import { deleteCommand } from './delete.ts';
import { exportCommand } from './export.ts';
import { getCommand } from './get.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { offboardCommand } from './offboard.ts';
import { onboardCommand } from './onboard.ts';
import { updateCommand } from './update.ts';

export const users: CommandGroup = {
  examples: ['twilio-org users list --active', 'twilio-org users get ada@example.com -o json'],
  commands: [
    listCommand,
    getCommand,
    createCommand,
    updateCommand,
    activateCommand,
    deactivateCommand,
    deleteCommand,
    importCommand,
    exportCommand,
    onboardCommand,
    offboardCommand,
  ],
};
