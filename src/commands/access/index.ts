import type { CommandGroup } from '../../cli/command.ts';

export const access: CommandGroup = {
  examples: [
    'twilio-org access who --role Admin',
    'twilio-org access explain ada@example.com --can /twilio/messaging/services/write --scope org',
  ],
  commands: {
    who: async () => (await import('./who.ts')).whoCommand,
    explain: async () => (await import('./explain.ts')).explainCommand,
    diff: async () => (await import('./diff.ts')).diffCommand,
    since: async () => (await import('./since.ts')).sinceCommand,
    copy: async () => (await import('./copy.ts')).copyCommand,
  },
};
