import type { CommandGroup } from '../../cli/command.ts';

export const accounts: CommandGroup = {
  examples: [
    "twilio-org accounts name AC0123456789abcdef0123456789abcdef 'EU production'",
    'twilio-org accounts import accounts.csv',
  ],
  commands: {
    list: async () => (await import('./list.ts')).listCommand,
    name: async () => (await import('./name.ts')).nameCommand,
    unname: async () => (await import('./unname.ts')).unnameCommand,
    import: async () => (await import('./import.ts')).importCommand,
    refresh: async () => (await import('./refresh.ts')).refreshCommand,
    export: async () => (await import('./export.ts')).exportCommand,
  },
};
