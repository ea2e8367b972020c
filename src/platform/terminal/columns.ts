import { exactTime, relativeTime } from '../core/time-words.ts';
import type { CellTexts } from './column-texts.ts';
import { textOf, valueAt, valuesAt } from './projection.ts';
import type { Column, View, Words } from './view.ts';

/** The columns of people: those of the view, or else made of its paths. */
export function listColumns(view: View): readonly Column[] {
  return view.people?.list ?? view.columns.map(columnOf);
}

/** The lines of a single row: those of the view, or else made of the paths that the row has. */
export function detailColumns(view: View, row: unknown): readonly Column[] {
  return view.people?.details ?? view.people?.list ?? presentFields(view, row).map(columnOf);
}

/** Columns as asked for by path, headed by it. */
export function pathColumns(paths: readonly string[]): Column[] {
  return paths.map((path) => ({ heading: path, value: (row: unknown) => rawWords(row, path) }));
}

/** The lines of a cell. An empty cell has none. */
export function linesOf({ value }: Column, row: unknown, now: number): readonly string[] {
  const words = typeof value === 'string' ? pathWords(valueAt(row, value), now) : value(row as never, now);
  if (words === null || words === undefined || words === '') return [];
  return typeof words === 'string' ? [words] : words;
}

/** The cells of many rows, as one line each. */
export function cellsOf(column: Column, rows: readonly unknown[], now: number): CellTexts {
  const { value } = column;
  if (typeof value !== 'string')
    return cellsBy(keyPath(column), rows, (row) => oneLine(value(row as never, now)));
  return cellsBy(value, rows, (row) => pathWords(valueAt(row, value), now));
}

/** The same in short words. */
export function shortCellsOf(column: Column, rows: readonly unknown[], now: number): CellTexts {
  const { short } = column;
  if (short === undefined) return cellsOf(column, rows, now);
  return cellsBy(keyPath(column), rows, (row) => short(row as never, now));
}

/** The path of what decides the words of a column. */
function keyPath({ value, by }: Column): string | undefined {
  return by ?? (typeof value === 'string' ? value : undefined);
}

function cellsBy(
  path: string | undefined,
  rows: readonly unknown[],
  words: (row: unknown) => string,
): CellTexts {
  const keys = path === undefined ? undefined : valuesAt(rows, path);
  // A list or an object is another one in each row.
  if (keys === undefined || keys.some(isObjectOrList)) return ofTexts(rows.map(words));
  return { keys, textOf: (row) => words(rows[row]) };
}

/** Cells whose texts are known. */
export function ofTexts(texts: readonly string[]): CellTexts {
  return { keys: texts, textOf: (row) => texts[row] ?? '' };
}

function oneLine(words: Words): string {
  return typeof words === 'string' ? words : (words ?? []).join(', ');
}

function isObjectOrList(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function pathWords(value: unknown, now: number): string {
  return plainWords(value, (time) => exactTime(time, now));
}

function columnOf(path: string): Column {
  return {
    heading: headingOf(path),
    value: path,
    short: (row: unknown, now) => plainWords(valueAt(row, path), (time) => relativeTime(time, now) ?? time),
    isId: path === 'sid' || path === 'id',
  };
}

/** A time as the API writes it. */
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A value in words: `yes`, a list with commas, an object with its names. */
function plainWords(value: unknown, timeWords: (time: string) => string): string {
  const words = (part: unknown): string => plainWords(part, timeWords);
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return timePattern.test(value) ? timeWords(value) : value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join(', ');
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).map(([name, part]) => [headingOf(name), words(part)]);
  return members.flatMap(([name, text]) => (text ? [`${name}: ${text}`] : [])).join(', ');
}

/** A value as the API has it, but for objects and lists, which are in words. */
function rawWords(row: unknown, path: string): string {
  const value = valueAt(row, path);
  return typeof value === 'object' && value !== null ? plainWords(value, String) : textOf(value);
}

/** The fields that a row has, without those that other fields of the view show part by part. */
function presentFields(view: View, row: unknown): string[] {
  const whole = view.fields.filter((field) => !view.fields.some((other) => other.startsWith(`${field}.`)));
  return whole.filter((field) => valueAt(row, field) !== undefined);
}

const capitals: Readonly<Record<string, string>> = {
  sid: 'SID',
  id: 'SID',
  url: 'URL',
  api: 'API',
  oauth: 'OAuth',
};
const spellings: Readonly<Record<string, string>> = { email: 'E-mail', userName: 'E-mail' };

/** A heading made of the last name of a path: `not_tried` is `Not tried`, `meta.lastModified` is `Last modified`. */
export function headingOf(path: string): string {
  const name = path.split('.').at(-1) ?? path;
  if (!/^\w+$/.test(name)) return path;
  const known = Object.hasOwn(spellings, name) ? spellings[name] : undefined;
  if (known !== undefined) return known;
  const words = name
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase()
    .split('_')
    .filter(Boolean);
  const text = words
    .map((word, index) => {
      if (Object.hasOwn(capitals, word) && (word !== 'id' || words.length === 1)) return capitals[word];
      return index === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
    })
    .join(' ');
  return text === '' ? path : text;
}
