import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { activateCommand } from './activate.ts';
import { createCommand } from './create.ts';
import { deactivateCommand } from './deactivate.ts';
import { deleteCommand } from './delete.ts';
import { exportCommand } from './export.ts';
import { getCommand } from './get.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { offboardCommand } from './offboard.ts';
import { onboardCommand } from './onboard.ts';
import { updateCommand } from './update.ts';

export function users(cli: CommandBuilder, group: Command): void {
  cli.examples(group, ['twilio-org users list --active', 'twilio-org users get ada@example.com -o json']);
  for (const make of [
    listCommand,
    getCommand,
    createCommand,
    updateCommand,
    activateCommand,
    deactivateCommand,
    deleteCommand,
    importCommand,
    exportCommand,
    onboardCommand,
    offboardCommand,
  ]) {
    group.addCommand(make(cli));
  }
}
