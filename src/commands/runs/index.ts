import type { Command } from 'commander';
import type { Cli } from '../../command.ts';
import { listCommand } from './list.ts';
import { resumeCommand } from './resume.ts';
import { showCommand } from './show.ts';

export function runs(cli: Cli, group: Command): void {
  cli.examples(group, ['twilio-org runs list', 'twilio-org runs resume 20260314-091500-4f2a']);
  for (const make of [listCommand, showCommand, resumeCommand]) group.addCommand(make(cli));
}
