import type { CommandGroup } from '../../cli/command.ts';

export const runs: CommandGroup = {
  examples: ['twilio-org runs list --since 7d', 'twilio-org runs undo last'],
  commands: {
    list: async () => (await import('./list.ts')).listCommand,
    show: async () => (await import('./show.ts')).showCommand,
    resume: async () => (await import('./resume.ts')).resumeCommand,
    undo: async () => (await import('./undo.ts')).undoCommand,
    apply: async () => (await import('./apply.ts')).applyCommand,
    prune: async () => (await import('./prune.ts')).pruneCommand,
  },
};
