import type { CommandGroup } from '../../cli/command.ts';

export const roleAssignments: CommandGroup = {
  examples: [
    'twilio-org role-assignments list --user ada@example.com',
    'twilio-org role-assignments create --user ada@example.com --role Developer --scope org',
  ],
  commands: {
    list: async () => (await import('./list.ts')).listCommand,
    create: async () => (await import('./create.ts')).createCommand,
    delete: async () => (await import('./delete.ts')).deleteCommand,
    replace: async () => (await import('./replace.ts')).replaceCommand,
    import: async () => (await import('./import.ts')).importCommand,
    export: async () => (await import('./export.ts')).exportCommand,
  },
};
