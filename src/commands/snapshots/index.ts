import type { CommandGroup } from '../../cli/command.ts';

export const snapshots: CommandGroup = {
  examples: ['twilio-org snapshots take', 'twilio-org snapshots verify last'],
  commands: {
    take: async () => (await import('./take.ts')).takeCommand,
    list: async () => (await import('./list.ts')).listCommand,
    show: async () => (await import('./show.ts')).showCommand,
    diff: async () => (await import('./diff.ts')).diffCommand,
    prune: async () => (await import('./prune.ts')).pruneCommand,
    verify: async () => (await import('./verify.ts')).verifyCommand,
  },
};
