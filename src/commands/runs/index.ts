import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { applyCommand } from './apply.ts';
import { listCommand } from './list.ts';
import { pruneCommand } from './prune.ts';
import { resumeCommand } from './resume.ts';
import { showCommand } from './show.ts';
import { undoCommand } from './undo.ts';

export function runs(cli: CommandBuilder, group: Command): void {
  cli.examples(group, ['twilio-org runs list --since 7d', 'twilio-org runs undo last']);
  for (const make of [listCommand, showCommand, resumeCommand, undoCommand, applyCommand, pruneCommand])
    group.addCommand(make(cli));
}
