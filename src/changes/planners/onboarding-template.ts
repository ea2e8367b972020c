import { readFile } from 'node:fs/promises';
import { parseRoleReference } from '../../organization/references.ts';
import type { AppError } from '../../platform/core/errors.ts';
import { usageError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import { isSid } from '../../twilio/sids.ts';
import { type Columns, columnName } from '../input/columns.ts';
import type { Input } from '../input/open.ts';
import type { Row } from '../input/row.ts';
import { messageOf } from '../input/row-errors.ts';
import { type UserRow, userInputSchema } from './import-users.ts';

/** The fields and roles of every new user. `${column}` in a text stands for the row's value in that column. */
export interface Template {
  user: [field: string, text: string][];
  roles: [field: string, text: string][][];
}

const userFields = ['displayName', 'givenName', 'familyName', 'externalId', 'locale', 'timezone'];
const roleFields = ['role', 'scope', 'resource_type', 'resource_id'];
const variable = /\$\{[^}]*\}/;
const allVariables = /\$\{([^}]*)\}/g;

/** @throws usage where the file is not a valid template */
export async function readTemplate(file: string): Promise<Template> {
  const bytes = await readFile(file).catch(inputErrorHandler(file));
  return parseTemplate(await parseYaml(bytes, file), file);
}

/** @param file named in errors */
export function parseTemplate(value: unknown, file: string): Template {
  if (!isObject(value)) throw templateError(file, 'it is not a map');
  const unknown = Object.keys(value).find((name) => name !== 'user' && name !== 'roles');
  if (unknown !== undefined) throw templateError(file, `unknown key "${unknown}". Known keys: user, roles`);
  const { user = {}, roles = [] } = value;
  if (!Array.isArray(roles)) throw templateError(file, '"roles" is not a list');
  return {
    user: parseTexts(user, userFields, '"user"', file),
    roles: roles.map((role, index) => {
      const where = `role ${index + 1}`;
      const fields = parseTexts(role, roleFields, where, file);
      const problem = roleProblem(new Map(fields));
      if (problem !== undefined) throw templateError(file, `${where}: ${problem}`);
      return fields;
    }),
  };
}

/** Parses YAML; numbers and booleans become the text that stands in the file. */
async function parseYaml(bytes: Uint8Array, file: string): Promise<unknown> {
  const { isScalar, parseDocument, visit } = await import('yaml');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // The library's own check of keys takes quadratic time.
    const document = parseDocument(text, { stringKeys: true, uniqueKeys: false });
    // An unknown tag is only a warning, but means another value than the library would give.
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    visit(document, {
      Map(_, map) {
        const seen = new Set<unknown>();
        for (const { key } of map.items) {
          const name = isScalar(key) ? key.value : key;
          if (seen.has(name)) throw new Error(`the key "${name}" is there twice`);
          seen.add(name);
        }
      },
      Scalar(_, scalar) {
        if (/^(number|boolean)$/.test(typeof scalar.value)) scalar.value = scalar.source;
      },
    });
    return document.toJS();
  } catch (cause) {
    throw templateError(file, describeYamlError(cause));
  }
}

function describeYamlError(cause: unknown): string {
  const { code, message = '' } = cause as { code?: string; message?: string };
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8';
  if (code === 'MULTIPLE_DOCS') return 'it holds more than one document';
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function parseTexts(
  value: unknown,
  known: readonly string[],
  where: string,
  file: string,
): [string, string][] {
  if (!isObject(value)) throw templateError(file, `${where} is not a map`);
  return Object.entries(value).map(([name, text]) => {
    if (!known.includes(name))
      throw templateError(file, `unknown key "${name}" in ${where}. Known keys: ${known.join(', ')}`);
    if (typeof text !== 'string' || text.trim() === '')
      throw templateError(file, `"${name}" of ${where} is not a text`);
    if (/\$\{(?:\s*\}|[^}]*$)/.test(text)) {
      throw templateError(file, `"${name}" of ${where} has a variable without an end or a name`);
    }
    return [name, text];
  });
}

/** The part of a role that is wrong for every row. */
function roleProblem(fields: ReadonlyMap<string, string>): string | undefined {
  const [role, scope] = [fields.get('role'), fields.get('scope')];
  if (role === undefined) return '"role" is required';
  if (scope === undefined) return 'a role needs a scope';
  if (fields.has('resource_type') !== fields.has('resource_id')) {
    return 'resource_type and resource_id go together';
  }
  if (!variable.test(scope) && scope !== 'org' && !isSid('OR', scope) && !isSid('AC', scope)) {
    return `"${scope}" is not a scope`;
  }
  return variable.test(role) ? undefined : messageOf(() => parseRoleReference(role));
}

function templateError(file: string, problem: string): AppError {
  return usageError(
    `${file} is not a valid template: ${problem}`,
    '`twilio-org users onboard --help` shows an example',
  );
}

/** The columns of an onboarding: those of an import, and the variables of the template. */
export function onboardingInputSchema({ user, roles }: Template): Columns {
  const texts = [...user, ...roles.flat()].map(([, text]) => text);
  const variables = texts.flatMap((text) => [...text.matchAll(allVariables)].map(([, name = '']) => name));
  const names = variables.map((name) => columnName(name, userInputSchema));
  return {
    ...userInputSchema,
    others: [...new Set(names)].filter((name) => !(name in userInputSchema.names)),
  };
}

export async function* applyTemplate(input: Input, template: Template): AsyncGenerator<UserRow> {
  for await (const row of input.rows(onboardingInputSchema(template))) yield applyToRow(row, template);
}

/** The row with the template's fields and roles. A value in the row wins over the template. */
export function applyToRow(row: Row, { user, roles }: Template): UserRow {
  const missing = new Set<string>();
  const fill = ([field, text]: [string, string]): [string, string][] => {
    const value = fillText(text, row, missing);
    return value === undefined ? [] : [[field, value]];
  };
  const cells = new Map([...user.filter(([field]) => !row.cells.has(field)).flatMap(fill), ...row.cells]);
  const complete = roles
    .map((role) => new Map(role.flatMap(fill)))
    .filter((role, index) => role.size === roles[index]?.length);
  const errors = [...missing].map((column) => {
    return { line: row.line, column, problem: 'the template needs a value here' };
  });
  return { ...row, faults: [...row.faults, ...errors], cells, roles: [row.cells, ...complete] };
}

/** Fills in the row's values. Where one is absent, adds its column to `missing` and returns undefined. */
function fillText(text: string, { cells }: Row, missing: Set<string>): string | undefined {
  let isComplete = true;
  const filled = text.replace(allVariables, (_, column: string) => {
    const value = cells.get(columnName(column, userInputSchema));
    if (value !== undefined) return value;
    missing.add(column.trim());
    isComplete = false;
    return '';
  });
  return isComplete ? filled : undefined;
}
