import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { isObject } from '../../api/values.ts';
import { withBulkFlags } from '../../bulk/propose.ts';
import { anyColumn, type Input, openInput, type Row } from '../../bulk/rows.ts';
import type { Cli } from '../../command.ts';
import type { Context } from '../../context.ts';
import { usageError } from '../../errors.ts';
import { type ImportOptions, importPeople, type Person, userColumns } from './import.ts';

interface Options extends ImportOptions {
  template?: string;
}

/** What every new colleague gets; `${column}` in a text is what the row has there. */
interface Template {
  user: [field: string, text: string][];
  roles: [field: string, text: string][][];
}

export function onboardCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('onboard', 'Create users with the roles that a template names')
      .argument('<file>', 'the users: CSV or JSON lines, or - for standard input')
      .option('--template <file>', 'the template: YAML with user fields and roles')
      .option('--results <file>', 'write each row with its outcome, SID and reason to this CSV file'),
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

\${account} is what a row has in the column "account"; the other columns are those of users import.
`;

async function onboard(ctx: Context, file: string, options: Options): Promise<void> {
  if (options.template === undefined)
    throw usageError('--template is needed', 'Name the YAML file with the roles');
  const template = await readTemplate(options.template);
  const input = await openInput(ctx, file);
  try {
    await importPeople(ctx, { name: input.name, rows: () => filled(input, template) }, options);
  } finally {
    await input.close();
  }
}

async function* filled(input: Input, template: Template): AsyncGenerator<Person> {
  for await (const row of input.rows({ ...userColumns, [anyColumn]: [] })) yield filledRow(row, template);
}

/** What the row itself says of the user wins over the template. */
function filledRow(row: Row, { user, roles }: Template): Person {
  const cells = new Map(row.cells);
  for (const [field, text] of user) {
    if (!cells.has(field)) cells.set(field, filledText(text, row));
  }
  const fromTemplate = roles.map(
    (role) => new Map(role.map(([field, text]) => [field, filledText(text, row)])),
  );
  return { ...row, cells, roles: [row.cells, ...fromTemplate] };
}

/** A column that the row has not, or has empty, is a fault of the row. */
function filledText(text: string, row: Row): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, column: string) => {
    const value = row.cells.get(column.trim());
    if (value !== undefined) return value;
    row.faults.push({
      line: row.line,
      column: column.trim(),
      problem: 'the template needs it, and it is missing or empty',
    });
    return '';
  });
}

const userFields = ['displayName', 'givenName', 'familyName', 'externalId', 'locale', 'timezone'];
const roleFields = ['role', 'scope', 'resource_type', 'resource_id'];

async function readTemplate(file: string): Promise<Template> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw usageError(`${file} can't be used: ${(cause as Error).message.split('\n')[0]}`, templateHint);
  }
  if (!isObject(value)) throw templateFault(file, 'it is not a map');
  const unknown = Object.keys(value).find((name) => name !== 'user' && name !== 'roles');
  if (unknown !== undefined) throw templateFault(file, `it has "${unknown}"`);
  const { user = {}, roles = [] } = value;
  if (!Array.isArray(roles)) throw templateFault(file, '"roles" is not a list');
  return {
    user: texts(user, userFields, '"user"', file),
    roles: roles.map((role, index) => {
      const fields = texts(role, roleFields, `role ${index + 1}`, file);
      const missing = ['role', 'scope'].find((name) => !fields.some(([field]) => field === name));
      if (missing !== undefined) throw templateFault(file, `role ${index + 1} has no ${missing}`);
      return fields;
    }),
  };
}

function texts(value: unknown, known: readonly string[], where: string, file: string): [string, string][] {
  if (!isObject(value)) throw templateFault(file, `${where} is not a map`);
  return Object.entries(value).map(([name, text]) => {
    if (!known.includes(name))
      throw templateFault(file, `${where} has "${name}"; it can have ${known.join(', ')}`);
    if (!['string', 'number', 'boolean'].includes(typeof text))
      throw templateFault(file, `"${name}" of ${where} is no text`);
    return [name, String(text)];
  });
}

const templateHint = '`twilio-org users onboard --help` shows what a template looks like';

function templateFault(file: string, what: string) {
  return usageError(`${file} is no template: ${what}`, templateHint);
}
