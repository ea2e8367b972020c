import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { copyCommand } from './copy.ts';
import { diffCommand } from './diff.ts';

export function access(cli: CommandBuilder, group: Command): void {
  cli.examples(group, [
    'twilio-org access diff ada@example.com grace@example.com',
    'twilio-org access copy --from ada@example.com --to grace@example.com',
  ]);
  for (const make of [copyCommand, diffCommand]) group.addCommand(make(cli));
}
