import type { CommandGroup } from '../../cli/command.ts';
import { copyCommand } from './copy.ts';
import { diffCommand } from './diff.ts';
import { explainCommand } from './explain.ts';
import { whoCommand } from './who.ts';

export const access: CommandGroup = {
  examples: [
    'twilio-org access who --role Admin',
    'twilio-org access explain ada@example.com --can /twilio/messaging/services/write --scope org',
  ],
  commands: [whoCommand, explainCommand, diffCommand, copyCommand],
};
