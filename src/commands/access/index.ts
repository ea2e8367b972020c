import type { CommandGroup } from '../../cli/command.ts';
import { copyCommand } from './copy.ts';
import { diffCommand } from './diff.ts';

export const access: CommandGroup = {
  examples: [
    'twilio-org access diff ada@example.com grace@example.com',
    'twilio-org access copy --from ada@example.com --to grace@example.com',
  ],
  commands: [copyCommand, diffCommand],
};
