import { readFile } from 'node:fs/promises';
import { type KnownScopes, parseRoleReference } from '../../organization/references.ts';
import { usageError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import { textFieldNames } from '../../twilio/user-fields.ts';
import { type Columns, columnName } from '../input/columns.ts';
import type { Input } from '../input/open.ts';
import type { Row } from '../input/row.ts';
import { messageOf } from '../input/row-errors.ts';
import { parseYesNo } from '../input/values.ts';
import { isClear } from './clear.ts';
import {
  type RequestedRole,
  textProblem,
  type UserRow,
  userInputSchema,
  userSchemaFor,
} from './import-users.ts';
import type { MatchKey } from './match-users.ts';
import { scopeProblem } from './role-requests.ts';

/** The fields and roles of every new user. `${column}` in a text stands for the row's value in that column. */
export interface Template {
  user: [field: string, text: string][];
  roles: TemplateRole[];
  /** The names of all variables, also of invalid parts. */
  variables: string[];
}

interface TemplateRole {
  /** Its place in the template, such as `role 2`. */
  place: string;
  fields: [field: string, text: string][];
}

/** A problem of a template, and its place. */
export interface TemplateProblem {
  place?: string | undefined;
  problem: string;
}

/** A template without its invalid parts, and the problems with those. */
export interface ParsedTemplate {
  template: Template;
  problems: TemplateProblem[];
  /** True for a file that is no YAML. */
  isUnreadable?: true;
}

const userFields = ['displayName', 'givenName', 'familyName', 'externalId', 'locale', 'timezone', 'active'];
const roleFields = ['role', 'scope', 'resource_type', 'resource_id'];
const variable = /\$\{[^}]*\}/;
const allVariables = /\$\{([^}]*)\}/g;

/** @throws usage where the file can't be read */
export async function readTemplate(file: string, known: KnownScopes): Promise<ParsedTemplate> {
  const bytes = await readFile(file).catch(inputErrorHandler(file));
  let value: unknown;
  try {
    value = await parseYaml(bytes);
  } catch (cause) {
    return {
      template: emptyTemplate(),
      problems: [{ problem: describeYamlError(cause) }],
      isUnreadable: true,
    };
  }
  return parseTemplate(value, known);
}

function emptyTemplate(): Template {
  return { user: [], roles: [], variables: [] };
}

/** Collects every problem. The parts that have one are left out, so that rows are checked with the rest. */
export function parseTemplate(value: unknown, known: KnownScopes): ParsedTemplate {
  const problems: TemplateProblem[] = [];
  const template = emptyTemplate();
  if (!isObject(value)) return { template, problems: [{ problem: 'it is not a map' }] };
  for (const name of Object.keys(value)) {
    if (name !== 'user' && name !== 'roles')
      problems.push({ problem: `unknown key "${name}". Known keys: user, roles` });
  }
  const variables = JSON.stringify(value).matchAll(allVariables);
  template.variables = [...variables].map(([, name = '']) => name);
  const { user = {}, roles = [] } = value;
  template.user = parseTexts(user, userFields, '"user"', problems).filter(([name, text]) => {
    const problem = userFieldProblem(name, text);
    if (problem !== undefined) problems.push({ problem: `"${name}" of "user": ${problem}` });
    return problem === undefined;
  });
  if (!Array.isArray(roles))
    return { template, problems: [...problems, { problem: '"roles" is not a list' }] };
  for (const [index, role] of roles.entries()) {
    const place = `role ${index + 1}`;
    const before = problems.length;
    const fields = parseTexts(role, roleFields, place, problems);
    if (problems.length > before) continue;
    const problem = roleProblem(new Map(fields), known);
    if (problem === undefined) template.roles.push({ place, fields });
    else problems.push({ place, problem });
  }
  return { template, problems };
}

/** The reason why a value is wrong for every row. */
function userFieldProblem(name: string, text: string): string | undefined {
  if (variable.test(text)) return undefined;
  const column = textFieldNames.find((each) => each === name);
  if (column !== undefined) return textProblem(column, text);
  return parseYesNo(text) === undefined ? `"${text}" is neither true nor false` : undefined;
}

/** Parses YAML; numbers and booleans become the text that stands in the file. */
async function parseYaml(bytes: Uint8Array): Promise<unknown> {
  const { isScalar, parseDocument, visit } = await import('yaml');
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
}

function describeYamlError(cause: unknown): string {
  const { code, message = '' } = cause as { code?: string; message?: string };
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8';
  if (code === 'MULTIPLE_DOCS') return 'it holds more than one document';
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

/** The texts of a map that are usable. */
function parseTexts(
  value: unknown,
  known: readonly string[],
  where: string,
  problems: TemplateProblem[],
): [string, string][] {
  const add = (problem: string) => void problems.push({ problem });
  if (!isObject(value)) {
    add(`${where} is not a map`);
    return [];
  }
  const unknown: string[] = [];
  const found = Object.entries(value).filter((entry): entry is [string, string] => {
    const [name, text] = entry;
    if (!known.includes(name)) {
      unknown.push(name);
      return false;
    }
    const isText = typeof text === 'string' && text.trim() !== '';
    if (!isText) add(`"${name}" of ${where} is not a text`);
    else if (/\$\{(?:\s*\}|[^}]*$)/.test(text))
      add(`"${name}" of ${where} has a variable without an end or a name`);
    else return true;
    return false;
  });
  const more = unknown.length - maxUnknown;
  for (const name of unknown.slice(0, maxUnknown))
    add(`unknown key "${name}" in ${where}. Known keys: ${known.join(', ')}`);
  if (more > 0) add(`and ${more} more unknown keys in ${where}`);
  return found;
}

/** Unknown keys that are named. */
const maxUnknown = 20;

/** The part of a role that is wrong for every row. */
function roleProblem(fields: ReadonlyMap<string, string>, known: KnownScopes): string | undefined {
  const [role, scope] = [fields.get('role'), fields.get('scope')];
  if (role === undefined) return '"role" is required';
  if (scope === undefined) return 'a role needs a scope';
  if (fields.has('resource_type') !== fields.has('resource_id')) {
    return 'resource_type and resource_id go together';
  }
  const problem = variable.test(scope) ? undefined : scopeProblem(scope, known);
  if (problem !== undefined) return problem;
  return variable.test(role) ? undefined : messageOf(() => parseRoleReference(role));
}

/** @throws usage with all problems of a template, where the rows have none */
export function throwIfTemplateInvalid(file: string, problems: readonly TemplateProblem[]): void {
  if (problems.length === 0) return;
  const texts = problems.map(({ place, problem }) =>
    place === undefined ? problem : `${place}: ${problem}`,
  );
  throw usageError(
    `${file} is not a valid template: ${texts.join('; ')}`,
    '`twilio-org users onboard --help` shows an example',
  );
}

/** The columns of an onboarding: those of an import, and the variables of the template. */
function onboardingInputSchema({ variables }: Template, match: MatchKey = 'email'): Columns {
  const names = variables.map((name) => columnName(name, userInputSchema));
  const schema = userSchemaFor(match);
  return {
    ...schema,
    // A template may give the external id.
    required: match === 'external-id' ? [] : schema.required,
    others: [...new Set(names)].filter((name) => !(name in userInputSchema.names)),
  };
}

export async function* applyTemplate(
  input: Input,
  template: Template,
  match?: MatchKey,
): AsyncGenerator<UserRow> {
  for await (const row of input.rows(onboardingInputSchema(template, match))) yield applyToRow(row, template);
}

/** The row with the template's fields and roles. A value in the row wins over the template. */
export function applyToRow(row: Row, { user, roles }: Template): UserRow {
  // A header, or a row that can't be read, has no values that the template could need.
  if (row.malformed) return { ...row, roles: [] };
  const missing = new Set<string>();
  const fill = ([field, text]: [string, string]): [string, string][] => {
    const value = fillText(text, row, missing);
    return value === undefined ? [] : [[field, value]];
  };
  const cells = new Map([...user.filter(([field]) => !row.cells.has(field)).flatMap(fill), ...row.cells]);
  const requested = roles.flatMap(({ place, fields }): RequestedRole[] => {
    const filled = new Map(fields.flatMap(fill));
    const fixed = new Set(fields.flatMap(([field, text]) => (variable.test(text) ? [] : [field])));
    return filled.size === fields.length ? [{ cells: filled, place, fixed }] : [];
  });
  const errors = [...missing].map((column) => {
    return { line: row.line, column, problem: 'the template needs a value here' };
  });
  return { ...row, faults: [...row.faults, ...errors], cells, roles: [{ cells: row.cells }, ...requested] };
}

/** Fills in the row's values. Where one is absent, adds its column to `missing` and returns undefined. */
function fillText(text: string, { cells }: Row, missing: Set<string>): string | undefined {
  let isComplete = true;
  const filled = text.replace(allVariables, (_, column: string) => {
    const value = cells.get(columnName(column, userInputSchema));
    if (value !== undefined && !isClear(value)) return value;
    missing.add(column.trim());
    isComplete = false;
    return '';
  });
  return isComplete ? filled : undefined;
}
