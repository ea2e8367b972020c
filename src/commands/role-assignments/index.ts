import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { createCommand } from './create.ts';
import { deleteCommand } from './delete.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { replaceCommand } from './replace.ts';

export function roleAssignments(cli: CommandBuilder, group: Command): void {
  cli.examples(group, [
    'twilio-org role-assignments list --user ada@example.com',
    'twilio-org role-assignments create --user ada@example.com --role Developer --scope org',
  ]);
  for (const make of [
    listCommand,
    createCommand,
    deleteCommand,
    replaceCommand,
    importCommand,
    exportCommand,
  ])
    group.addCommand(make(cli));
}
