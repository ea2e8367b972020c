import type { CommandGroup } from '../../cli/command.ts';
import { getCommand } from './get.ts';
import { listCommand } from './list.ts';

export const roles: CommandGroup = {
  examples: ['twilio-org roles list --search billing', 'twilio-org roles get Developer -o json'],
  commands: [listCommand, getCommand],
};
