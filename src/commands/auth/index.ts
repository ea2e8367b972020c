import type { CommandGroup } from '../../cli/command.ts';

export const auth: CommandGroup = {
  examples: ['twilio-org auth login', 'twilio-org auth status --check'],
  commands: {
    setup: async () => (await import('./setup.ts')).setupCommand,
    login: async () => (await import('./login.ts')).loginCommand,
    status: async () => (await import('./status.ts')).statusCommand,
    token: async () => (await import('./token.ts')).tokenCommand,
    refresh: async () => (await import('./refresh.ts')).refreshCommand,
    switch: async () => (await import('./switch.ts')).switchCommand,
    migrate: async () => (await import('./migrate.ts')).migrateCommand,
    logout: async () => (await import('./logout.ts')).logoutCommand,
  },
};
