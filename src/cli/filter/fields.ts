import { comparableText } from '../../platform/core/comparable-text.ts';
import { similarTo } from '../../platform/core/similar.ts';
import { isKnownField } from '../../platform/terminal/projection.ts';
import type { FieldKind, View } from '../../platform/terminal/view.ts';

/** A field that can be compared, or `object` for one that has fields of its own. */
export type ComparedKind = FieldKind | 'object';

/** The kind of a field; undefined where the view has no such field. */
export function kindOf(view: View, path: string): ComparedKind | undefined {
  const kinds = view.kinds ?? {};
  const withoutIndexes = path
    .split('.')
    .filter((segment, index) => index === 0 || !/^\d+$/.test(segment))
    .join('.');
  const known = Object.hasOwn(kinds, withoutIndexes) ? kinds[withoutIndexes] : undefined;
  if (known !== undefined) return known;
  if (!isKnownField(view, path)) return undefined;
  return fieldsIn(view, withoutIndexes).length > 0 ? 'object' : 'text';
}

/** The fields that lie in an object, or in the objects of a list. */
export function fieldsIn(view: View, path: string): string[] {
  return comparedFields(view).filter((field) => field.startsWith(`${path}.`));
}

function comparedFields({ fields, kinds = {} }: View): string[] {
  return [...new Set([...fields, ...Object.keys(kinds)])];
}

/** Advice on fields that a view does not have. */
export function knownFieldsHint(view: View, unknown: readonly string[]): string {
  const known = comparedFields(view);
  const similar = unknown.flatMap((field) => similarTo(field, known));
  const meant = similar.length === 0 ? '' : `Did you mean ${similar.join(' or ')}? `;
  return `${meant}Known fields: ${known.join(', ')}`;
}

/**
 * The values at a path: those of all entries where it leads through lists. An entry that is an object with a member `value`,
 * such as an e-mail address, stands for that member (RFC 7643, section 2.4). Missing ones are left out.
 */
export function valuesAt(row: unknown, path: string): unknown[] {
  let values = [row];
  for (const name of path.split('.')) {
    const isIndex = /^\d+$/.test(name);
    values = values
      .flatMap((value) => (Array.isArray(value) && !isIndex ? value : [value]))
      .map((value) => memberOf(value, name))
      .filter(isPresent);
  }
  return values.flat().map(simpleValue).filter(isPresent);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function simpleValue(value: unknown): unknown {
  return memberOf(value, 'value') ?? value;
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** True for a value that has nothing in it: an empty text, or a list or object of empty values. */
export function isEmptyValue(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(isEmptyValue);
}

/** A value in the form in which values of its kind are compared; undefined where it is of another kind. */
export function comparableValue(kind: FieldKind, value: unknown): string | number | undefined {
  if (kind === 'boolean') return typeof value === 'boolean' ? Number(value) : undefined;
  if (kind === 'number') return typeof value === 'number' ? value : undefined;
  if (kind === 'time') return typeof value === 'string' ? instantOf(value) : undefined;
  return typeof value === 'object' ? undefined : anyCase(String(value));
}

/** The form in which texts are compared: in any case, whichever way their letters are composed. */
export function anyCase(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : comparableText(text);
}

/** Milliseconds since 1970. A time without a zone is in UTC. */
function instantOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const at = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(at) ? undefined : at;
}
