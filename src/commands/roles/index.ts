import type { CommandGroup } from '../../cli/command.ts';

export const roles: CommandGroup = {
  examples: ['twilio-org roles list --search billing', 'twilio-org roles get Developer -o json'],
  commands: {
    list: async () => (await import('./list.ts')).listCommand,
    get: async () => (await import('./get.ts')).getCommand,
  },
};
