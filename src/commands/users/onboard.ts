import { inputFormatNames } from '../../changes/input/formats/index.ts';
import {
  applyTemplate,
  readTemplate,
  throwIfTemplateInvalid,
} from '../../changes/planners/onboarding-template.ts';
import { bulkFlags } from '../../cli/bulk-flags.ts';
import { defineCommand } from '../../cli/command.ts';
import { resultsFile } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { inputFlags, openTable } from '../../cli/input-flags.ts';
import { askFile } from '../../cli/questions/asks.ts';
import { type ImportOptions, importScopes, importUsers, rowFlags } from './import.ts';

const flags = defineFlags({
  template: {
    value: 'file',
    summary: 'YAML template with user fields and roles',
    required: true,
    ask: askFile('Which template?', 'support.yaml'),
  },
  ...rowFlags,
  ...inputFlags,
  results: resultsFile,
  ...bulkFlags,
});

export const onboardCommand = defineCommand({
  name: 'users onboard',
  summary: 'Create users with the roles of a template',
  args: {
    file: {
      summary: `the users as ${inputFormatNames}, or - for standard input`,
      ask: askFile('Which file holds the users?', 'joiners.csv'),
    },
  },
  flags,
  scopes: importScopes,
  effect: 'removes',
  examples: [
    'twilio-org users onboard joiners.csv --template support.yaml --dry-run',
    'twilio-org users onboard joiners.csv --template support.yaml --yes',
  ],
  notes: `A template:
  user:
    displayName: \${givenName} \${familyName}
    locale: en-US
  roles:
    - role: Support
      scope: org
    - role: Developer
      scope: \${account}

\${account} is the value of the row's column "account", in any case; the other columns are those of users import.
`,
  run: (ctx, { file, flags }) => onboard(ctx, file, flags),
});

async function onboard(
  ctx: Context,
  file: string,
  options: ImportOptions & FlagsOf<typeof flags>,
): Promise<void> {
  const { template, problems, isUnreadable } = await readTemplate(options.template, await ctx.scopes());
  if (isUnreadable) throwIfTemplateInvalid(options.template, problems);
  const input = await openTable(ctx, file, options);
  try {
    const rows = () => applyTemplate(input, template, options.match);
    await importUsers(ctx, { name: input.name, template: options.template, rows }, options, problems);
  } finally {
    await input.close();
  }
}
