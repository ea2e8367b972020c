import type { CommandGroup } from '../../cli/command.ts';

export const users: CommandGroup = {
  examples: ['twilio-org users list --active', 'twilio-org users get ada@example.com -o json'],
  commands: {
    list: async () => (await import('./list.ts')).listCommand,
    get: async () => (await import('./get.ts')).getCommand,
    create: async () => (await import('./create.ts')).createCommand,
    update: async () => (await import('./update.ts')).updateCommand,
    activate: async () => (await import('./activate.ts')).activateCommand,
    deactivate: async () => (await import('./deactivate.ts')).deactivateCommand,
    delete: async () => (await import('./delete.ts')).deleteCommand,
    import: async () => (await import('./import.ts')).importCommand,
    export: async () => (await import('./export.ts')).exportCommand,
    onboard: async () => (await import('./onboard.ts')).onboardCommand,
    offboard: async () => (await import('./offboard.ts')).offboardCommand,
  },
};
