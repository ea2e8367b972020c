import type { CommandGroup } from '../../cli/command.ts';
import { applyCommand } from './apply.ts';
import { listCommand } from './list.ts';
import { pruneCommand } from './prune.ts';
import { resumeCommand } from './resume.ts';
import { showCommand } from './show.ts';
import { undoCommand } from './undo.ts';

export const runs: CommandGroup = {
  examples: ['twilio-org runs list --since 7d', 'twilio-org runs undo last'],
  commands: [listCommand, showCommand, resumeCommand, undoCommand, applyCommand, pruneCommand],
};
