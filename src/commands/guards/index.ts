import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { setCommand } from './set.ts';
import { showCommand } from './show.ts';
import { unsetCommand } from './unset.ts';

export function guards(cli: CommandBuilder, group: Command): void {
  cli.examples(group, [
    'twilio-org guards show',
    "twilio-org guards set --protect 'ceo@*' --max-removals 10",
  ]);
  for (const make of [showCommand, setCommand, unsetCommand]) group.addCommand(make(cli));
}
