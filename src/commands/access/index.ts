import type { CommandGroup } from '../../cli/command.ts';

export const access: CommandGroup = {
  examples: [
    'twilio-org access who --role Admin',
    'twilio-org access explain ada@example.com --can /twilio/messaging/services/write --scope org',
  ],
  commands: {
    who: async () => (await import('./who.ts')).whoCommand,
    matrix: async () => (await import('./matrix.ts')).matrixCommand,
    explain: async () => (await import('./explain.ts')).explainCommand,
    lint: async () => (await import('./lint.ts')).lintCommand,
    diff: async () => (await import('./diff.ts')).diffCommand,
    since: async () => (await import('./since.ts')).sinceCommand,
    copy: async () => (await import('./copy.ts')).copyCommand,
    plan: async () => (await import('./plan.ts')).planCommand,
    apply: async () => (await import('./apply.ts')).applyCommand,
    drift: async () => (await import('./drift.ts')).driftCommand,
    pull: async () => (await import('./pull.ts')).pullCommand,
    schema: async () => (await import('./schema.ts')).schemaCommand,
  },
};
