import type { CommandGroup } from '../../cli/command.ts';
import { createCommand } from './create.ts';
import { deleteCommand } from './delete.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { replaceCommand } from './replace.ts';

export const roleAssignments: CommandGroup = {
  examples: [
    'twilio-org role-assignments list --user ada@example.com',
    'twilio-org role-assignments create --user ada@example.com --role Developer --scope org',
  ],
  commands: [listCommand, createCommand, deleteCommand, replaceCommand, importCommand, exportCommand],
};
