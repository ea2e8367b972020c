import { usageError } from '../core/errors.ts';
import type { View } from './view.ts';

export type { View } from './view.ts';

const isIndex = (segment: string): boolean => /^\d+$/.test(segment);

/** True for a path that `--fields` takes. */
export function isKnownField(view: View, path: string): boolean {
  if (view.fields.includes(path) || view.fields.some((field) => field.startsWith(`${path}.`))) return true;
  const segments = path.split('.');
  const index = segments.findIndex(isIndex);
  return index > 0 && !segments.includes('') && isKnownField(view, segments.slice(0, index).join('.'));
}

/**
 * Refuses a field the view does not know. Known are its paths, the objects they lie in (`name` of `name.givenName`), and
 * what lies at an index of any of these (`emails.0.value`).
 */
export function checkFields(view: View, fields: readonly string[]): void {
  const unknown = fields.filter((field) => !isKnownField(view, field));
  const hint = `Known fields: ${view.fields.join(', ')}`;
  if (fields.length === 0) throw usageError('--fields names no field', hint);
  if (unknown.length === 0) return;
  const names = unknown.map((field) => `"${field}"`).join(', ');
  throw usageError(`Unknown ${unknown.length === 1 ? 'field' : 'fields'} ${names}`, hint);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  if (Array.isArray(value) && !isIndex(name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** The value at a dotted path, or undefined. */
export function valueAt(row: unknown, path: string): unknown {
  const names = segments.get(path) ?? path.split('.');
  segments.set(path, names);
  let value = row;
  for (const name of names) value = member(value, name);
  return value;
}

/** The names in each path that was read: a list reads the same few paths in every row. */
const segments = new Map<string, readonly string[]>();

/** The values at a dotted path of many rows. */
export function valuesAt(rows: readonly unknown[], path: string): unknown[] {
  return rows.map(path.includes('.') ? (row) => valueAt(row, path) : (row) => member(row, path));
}

/** A value as a text: empty for none, JSON for an object or a list. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The chosen paths as a tree; a branch without members stands for the whole value there. */
type Tree = Map<string, Tree>;

function toTree(paths: readonly string[]): Tree {
  const root: Tree = new Map();
  // Shorter paths first: `name` takes in `name.givenName`.
  for (const path of paths) {
    if (paths.some((other) => path.startsWith(`${other}.`))) continue;
    let branch = root;
    for (const name of path.split('.')) {
      const next: Tree = branch.get(name) ?? new Map();
      branch.set(name, next);
      branch = next;
    }
  }
  return root;
}

function pick(value: unknown, tree: Tree): unknown {
  if (tree.size === 0 || value === undefined) return value;
  const found = [...tree].map(([name, branch]) => [name, pick(member(value, name), branch)] as const);
  const present = found.filter(([, part]) => part !== undefined);
  if (present.length === 0) return undefined;
  if (!Array.isArray(value)) return Object.fromEntries(present);
  const items: unknown[] = [];
  // Items that were not chosen stay holes, null in JSON, so that the others keep their index.
  for (const [name, part] of present) items[Number(name)] = part;
  return items;
}

/**
 * A function that keeps only these paths of a row, nested as they were: what `valueAt` finds at them in the row, it finds
 * in the result. Paths the row lacks are left out.
 */
export function project(paths: readonly string[]): (row: unknown) => unknown {
  const tree = toTree(paths);
  return (row) => pick(row, tree) ?? {};
}
