import type { Command } from 'commander';
import { openInput } from '../../changes/input/open.ts';
import { applyTemplate, readTemplate } from '../../changes/planners/onboarding-template.ts';
import { addBulkFlags } from '../../cli/bulk-flags.ts';
import type { Context } from '../../cli/context.ts';
import type { CommandBuilder } from '../../cli/parser.ts';
import { addSelfFlag } from '../../cli/review/confirm-self.ts';
import { usageError } from '../../platform/core/errors.ts';
import { type ImportOptions, importUsers } from './import.ts';

interface Options extends ImportOptions {
  template?: string;
}

export function onboardCommand(cli: CommandBuilder): Command {
  const command = addSelfFlag(
    addBulkFlags(
      cli
        .command('onboard', 'Create users with the roles that a template names')
        .argument('<file>', 'the users: CSV or JSON lines, or - for standard input')
        .option('--template <file>', 'the template: YAML with user fields and roles')
        .option('--results <file>', 'write each row with its outcome, SID and reason to this CSV file'),
    ),
  ).action(cli.action(onboard));
  cli.examples(command, [
    'twilio-org users onboard joiners.csv --template support.yaml --dry-run',
    'twilio-org users onboard joiners.csv --template support.yaml --yes',
  ]);
  return command.addHelpText('after', help);
}

const help = `
A template:
  user:
    displayName: \${givenName} \${familyName}
    locale: en-US
  roles:
    - role: Support
      scope: org
    - role: Developer
      scope: \${account}

\${account} is what a row has in the column "account", in any case; the other columns are those of users import.
`;

async function onboard(ctx: Context, file: string, options: Options): Promise<void> {
  if (options.template === undefined)
    throw usageError('--template is needed', 'Name the YAML file with the roles');
  const template = await readTemplate(options.template);
  const input = await openInput(ctx, file, ctx.runtime.stdin);
  try {
    await importUsers(ctx, { name: input.name, rows: () => applyTemplate(input, template) }, options);
  } finally {
    await input.close();
  }
}
