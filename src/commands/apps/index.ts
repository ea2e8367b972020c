import type { CommandGroup } from '../../cli/command.ts';

export const apps: CommandGroup = {
  examples: ['twilio-org apps create --open', 'twilio-org apps scopes "users list" "roles get"'],
  commands: {
    create: async () => (await import('./create.ts')).createCommand,
    view: async () => (await import('./view.ts')).viewCommand,
    update: async () => (await import('./update.ts')).updateCommand,
    delete: async () => (await import('./delete.ts')).deleteCommand,
    authorized: async () => (await import('./authorized.ts')).authorizedCommand,
    revoke: async () => (await import('./revoke.ts')).revokeCommand,
    'rotate-secret': async () => (await import('./rotate-secret.ts')).rotateSecretCommand,
    scopes: async () => (await import('./scopes.ts')).scopesCommand,
  },
};
