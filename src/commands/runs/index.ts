import type { Command } from 'commander';
import type { Cli } from '../../command.ts';
import { applyCommand } from './apply.ts';
import { listCommand } from './list.ts';
import { resumeCommand } from './resume.ts';
import { showCommand } from './show.ts';
import { undoCommand } from './undo.ts';

export function runs(cli: Cli, group: Command): void {
  cli.examples(group, ['twilio-org runs list', 'twilio-org runs resume 20260314-091500123-4f2a']);
  for (const make of [listCommand, showCommand, resumeCommand, undoCommand, applyCommand])
    group.addCommand(make(cli));
}
