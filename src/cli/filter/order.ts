import { usageError } from '../../platform/core/errors.ts';
import type { FieldKind, View } from '../../platform/terminal/view.ts';
import { comparableValue, fieldsIn, kindOf, knownFieldsHint, valuesAt } from './fields.ts';

export interface CompiledOrder {
  /** The paths that it looks at. */
  readonly fields: readonly string[];
  /** The rows in a new order. Those that are equal in it keep theirs. */
  sorted(rows: readonly unknown[]): unknown[];
}

interface Key {
  readonly path: string;
  readonly kind: FieldKind;
  readonly isDescending: boolean;
}

/**
 * Reads the keys of `--sort`: a field, with `-` before it or `:desc` after it for the opposite order.
 *
 * @throws usage for fields that are unknown, all at once, and for those without a value of their own
 */
export function compileOrder(view: View, texts: readonly string[]): CompiledOrder {
  const written = texts.map((text) => {
    const [, minus = '', path = '', direction = ''] = /^(-?)(.*?)(?::(asc|desc))?$/is.exec(text) ?? [];
    return { path, isDescending: minus !== '' || direction.toLowerCase() === 'desc' };
  });
  const unknown = written.map(({ path }) => path).filter((path) => kindOf(view, path) === undefined);
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name)).join(', ');
    const fields = unknown.length === 1 ? 'field' : 'fields';
    throw usageError(`Unknown ${fields} ${names} in --sort`, knownFieldsHint(view, unknown));
  }
  const keys = written.map(({ path, isDescending }): Key => {
    const kind = kindOf(view, path);
    if (kind !== undefined && kind !== 'object') return { path, kind, isDescending };
    const parts = fieldsIn(view, path).join(', ');
    throw usageError(`--sort ${path}: it has several values, and none of its own`, `Sort by one of ${parts}`);
  });
  return { fields: keys.map(({ path }) => path), sorted: (rows) => sortBy(keys, rows) };
}

/** Reads the values of each row once, because a comparison would read them again and again. */
function sortBy(keys: readonly Key[], rows: readonly unknown[]): unknown[] {
  const keyed = rows.map((row) => ({ row, values: keys.map((key) => sortValue(key, row)) }));
  keyed.sort((a, b) => {
    for (const [index, { isDescending }] of keys.entries()) {
      const result = compare(a.values[index], b.values[index], isDescending);
      if (result !== 0) return result;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

/** The first value; undefined for a missing one and an empty text. */
function sortValue({ path, kind }: Key, row: unknown): string | number | undefined {
  const [first] = valuesAt(row, path);
  const value = comparableValue(kind, first);
  return first === undefined || value === '' ? undefined : value;
}

type Value = string | number | undefined;

/** Missing values come last, in either direction. */
function compare(a: Value, b: Value, isDescending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a === b) return 0;
  return a < b !== isDescending ? -1 : 1;
}
