import type { CommandGroup } from '../../cli/command.ts';

export const guards: CommandGroup = {
  examples: ['twilio-org guards show', "twilio-org guards set --protect 'ceo@*' --max-removals 10"],
  commands: {
    show: async () => (await import('./show.ts')).showCommand,
    set: async () => (await import('./set.ts')).setCommand,
    unset: async () => (await import('./unset.ts')).unsetCommand,
  },
};
