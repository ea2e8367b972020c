import { readFile } from 'node:fs/promises';
import { parseRoleReference } from '../../organization/references.ts';
import { usageError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import { isSid } from '../../twilio/sids.ts';
import { type Columns, columnOf } from '../input/columns.ts';
import type { Input } from '../input/open.ts';
import type { Row } from '../input/row.ts';
import { messageOf } from '../input/row-errors.ts';
import { type UserRow, userInputSchema } from './import-users.ts';

/** What every new colleague gets; `${column}` in a text is what the row has there. */
export interface Template {
  user: [field: string, text: string][];
  roles: [field: string, text: string][][];
}

export const onboardingInputSchema: Columns = { ...userInputSchema, allowUnknown: true };

export async function* applyTemplate(input: Input, template: Template): AsyncGenerator<UserRow> {
  for await (const row of input.rows(onboardingInputSchema)) yield applyToRow(row, template);
}

/** Undefined, and its column is missing, where the row has nothing there. */
export function fillText(text: string, { cells }: Row, missing: Set<string>): string | undefined {
  let whole = true;
  const filled = text.replace(/\$\{([^}]*)\}/g, (_, column: string) => {
    const known = columnOf(column, onboardingInputSchema);
    const value = 'name' in known && known.name !== undefined ? cells.get(known.name) : undefined;
    if (value !== undefined) return value;
    missing.add(column.trim());
    whole = false;
    return '';
  });
  return whole ? filled : undefined;
}

export const userFields = ['displayName', 'givenName', 'familyName', 'externalId', 'locale', 'timezone'];

export const roleFields = ['role', 'scope', 'resource_type', 'resource_id'];

export async function readTemplate(file: string): Promise<Template> {
  const value = await readYaml(file);
  if (!isObject(value)) throw templateError(file, 'it is not a map');
  const unknown = Object.keys(value).find((name) => name !== 'user' && name !== 'roles');
  if (unknown !== undefined) throw templateError(file, `it has "${unknown}"`);
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

/** What the YAML of a file stands for, with every number and the like as the text that stands there. */
export async function readYaml(file: string): Promise<unknown> {
  const bytes = await readFile(file).catch(inputErrorHandler(file));
  const { isScalar, parseDocument, visit } = await import('yaml');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // The library's own check of keys compares each with all before it.
    const document = parseDocument(text, { stringKeys: true, uniqueKeys: false });
    // A tag that is not known is only a warning, and something else is meant than what would be taken.
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    visit(document, {
      Map(_, map) {
        const seen = new Set<unknown>();
        for (const { key } of map.items) {
          const name = isScalar(key) ? key.value : key;
          if (seen.has(name)) throw new Error(`it has "${name}" twice`);
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

export function describeYamlError(cause: unknown): string {
  const { code, message = '' } = cause as { code?: string; message?: string };
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8';
  if (code === 'MULTIPLE_DOCS') return 'it holds more than one document';
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

/** What is wrong with a role, as far as that does not depend on the row. */
export function roleProblem(fields: Map<string, string>): string | undefined {
  const [role, scope] = [fields.get('role'), fields.get('scope')];
  if (role === undefined) return 'it has no role';
  if (scope === undefined) return 'it has no scope';
  if (fields.has('resource_type') !== fields.has('resource_id')) {
    return 'resource_type and resource_id go together';
  }
  if (!variable.test(scope) && scope !== 'org' && !isSid('OR', scope) && !isSid('AC', scope)) {
    return `"${scope}" is not a scope`;
  }
  return variable.test(role) ? undefined : messageOf(() => parseRoleReference(role));
}

export const variable = /\$\{[^}]*\}/;

export function parseTexts(
  value: unknown,
  known: readonly string[],
  where: string,
  file: string,
): [string, string][] {
  if (!isObject(value)) throw templateError(file, `${where} is not a map`);
  return Object.entries(value).map(([name, text]) => {
    if (!known.includes(name))
      throw templateError(file, `${where} has "${name}"; it can have ${known.join(', ')}`);
    if (typeof text !== 'string' || text.trim() === '')
      throw templateError(file, `"${name}" of ${where} is no text`);
    if (/\$\{(?:\s*\}|[^}]*$)/.test(text)) {
      throw templateError(file, `"${name}" of ${where} has a variable without an end or a name`);
    }
    return [name, text];
  });
}

export const templateHint = '`twilio-org users onboard --help` shows what a template looks like';

export function templateError(file: string, what: string) {
  return usageError(`${file} is no template: ${what}`, templateHint);
}

/** What the row itself says of the user wins over the template. */
export function applyToRow(row: Row, { user, roles }: Template): UserRow {
  const missing = new Set<string>();
  const fill = ([field, text]: [string, string]): [string, string][] => {
    const value = fillText(text, row, missing);
    return value === undefined ? [] : [[field, value]];
  };
  const cells = new Map([...user.filter(([field]) => !row.cells.has(field)).flatMap(fill), ...row.cells]);
  const whole = roles
    .map((role) => new Map(role.flatMap(fill)))
    .filter((role, index) => role.size === roles[index]?.length);
  const faults = [...missing].map((column) => {
    return { line: row.line, column, problem: 'the template needs it, and it is missing or empty' };
  });
  return { ...row, faults: [...row.faults, ...faults], cells, roles: [row.cells, ...whole] };
}
