import type { Command } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import { guideCommand, guides } from './guide.ts';
import { rotateSecretCommand } from './rotate-secret.ts';
import { scopesCommand } from './scopes.ts';

export function apps(cli: CommandBuilder, group: Command): void {
  cli.examples(group, ['twilio-org apps create --open', 'twilio-org apps scopes "users list" "roles get"']);
  for (const each of guides) group.addCommand(guideCommand(cli, each));
  group.addCommand(rotateSecretCommand(cli)).addCommand(scopesCommand(cli));
}
