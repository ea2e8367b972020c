import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { getCommand } from './get.ts';
import { listCommand } from './list.ts';

export function roles(cli: CommandBuilder, group: Command): void {
  cli.examples(group, ['twilio-org roles list --search billing', 'twilio-org roles get Developer -o json']);
  group.addCommand(listCommand(cli)).addCommand(getCommand(cli));
}
