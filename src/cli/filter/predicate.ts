import { isCalendarDay } from '../../platform/core/calendar.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { FieldKind, View } from '../../platform/terminal/view.ts';
import {
  anyCase,
  comparableValue,
  fieldsIn,
  isEmptyValue,
  kindOf,
  knownFieldsHint,
  valuesAt,
} from './fields.ts';
import { parseFilter } from './parse.ts';
import { type Condition, type Filter, filterError, type Operator, type Word } from './syntax.ts';

export interface CompiledFilter {
  /** The paths that it looks at. */
  readonly fields: readonly string[];
  matches(row: unknown): boolean;
}

type Predicate = (row: unknown) => boolean;

/**
 * @param scopeOf the SID of a scope as people name it; throws usage where it names none
 * @throws usage with the place of a mistake, and all fields that are unknown
 */
export function compileFilter(
  view: View,
  text: string,
  scopeOf: (written: string) => string = String,
): CompiledFilter {
  const filter = parseFilter(text);
  const fields = fieldsOf(filter);
  const unknown = fields.filter((field) => kindOf(view, field.text) === undefined);
  const [first] = unknown;
  if (first !== undefined) {
    const names = [...new Set(unknown.map((field) => field.text))];
    const list = names.map((name) => JSON.stringify(name)).join(', ');
    const problem = `unknown ${names.length === 1 ? 'field' : 'fields'} ${list}`;
    throw filterError(text, first.at, problem, knownFieldsHint(view, names));
  }
  return {
    fields: fields.map((field) => field.text),
    matches: compile(view, text, withScopeSids(filter, text, scopeOf)),
  };
}

function fieldsOf(filter: Filter): Word[] {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.parts.flatMap(fieldsOf);
  return filter.kind === 'not' ? fieldsOf(filter.part) : [filter.field];
}

/** The filter with the SIDs of the scopes that it names. Parts of texts, such as those of `contains`, stay as they are. */
function withScopeSids(filter: Filter, text: string, scopeOf: (written: string) => string): Filter {
  if (filter.kind === 'and' || filter.kind === 'or')
    return { ...filter, parts: filter.parts.map((part) => withScopeSids(part, text, scopeOf)) };
  if (filter.kind === 'not') return { ...filter, part: withScopeSids(filter.part, text, scopeOf) };
  if (filter.kind === 'empty' || !/(^|\.)scope$/.test(filter.field.text)) return filter;
  if (filter.kind === 'in') return { ...filter, values: filter.values.map(sidOf) };
  const isWhole = filter.operator === '=' || filter.operator === '!=';
  return isWhole ? { ...filter, value: sidOf(filter.value) } : filter;

  function sidOf(value: Word): Word {
    try {
      return { ...value, text: scopeOf(value.text) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw filterError(text, value.at, error.message, error.hint);
    }
  }
}

function compile(view: View, text: string, filter: Filter): Predicate {
  if (filter.kind === 'not') {
    const matches = compile(view, text, filter.part);
    return (row) => !matches(row);
  }
  if (filter.kind !== 'and' && filter.kind !== 'or') return compileCondition(view, text, filter);
  const parts = filter.parts.map((part) => compile(view, text, part));
  return filter.kind === 'and'
    ? (row) => parts.every((matches) => matches(row))
    : (row) => parts.some((matches) => matches(row));
}

function compileCondition(view: View, text: string, condition: Condition): Predicate {
  const { field } = condition;
  const path = field.text;
  if (condition.kind === 'empty') return (row) => valuesAt(row, path).every(isEmptyValue);
  const kind = kindOf(view, path);
  if (kind === undefined || kind === 'object') {
    const problem = `${path} has several values, and none of its own`;
    throw filterError(text, field.at, problem, `Compare one of ${fieldsIn(view, path).join(', ')}`);
  }
  if (condition.kind === 'in') {
    const tests = condition.values.map((value) => testOf(text, kind, { field, operator: '=', value }));
    return (row) => valuesAt(row, path).some((value) => tests.some((fits) => fits(value)));
  }
  const { operator } = condition;
  const fits = testOf(text, kind, condition);
  if (operator !== '!=') return (row) => valuesAt(row, path).some(fits);
  return (row) => {
    const values = valuesAt(row, path);
    return values.length > 0 && values.every(fits);
  };
}

interface Comparison {
  readonly field: Word;
  readonly operator: Operator;
  readonly value: Word;
}

/** The values of an operator's right side: a single one, or the first and the last moment of a day. */
interface Range<T> {
  readonly first: T;
  readonly last: T;
}

/** The test of a single value. */
function testOf(text: string, kind: FieldKind, comparison: Comparison): (value: unknown) => boolean {
  const { field, operator, value } = comparison;
  if (kind === 'text') return textTest(operator, anyCase(value.text));
  const isOrder = operator === '=' || operator === '!=' || kind !== 'boolean';
  if (operator.length > 2 || !isOrder) {
    const all = kind === 'boolean' ? '= or !=' : '=, !=, <, <=, > or >=';
    const problem = `${field.text} is ${nouns[kind]}, and does not go with ${operator}`;
    throw filterError(text, field.at, problem, `Compare it with ${all}`);
  }
  const range = rangeOf(kind, value.text);
  if (range === undefined) {
    const problem = `${field.text} is ${nouns[kind]}, not ${JSON.stringify(value.text)}`;
    throw filterError(text, value.at, problem, hints[kind]);
  }
  return (found) => {
    const comparable = comparableValue(kind, found);
    return typeof comparable === 'number' && compares(operator, comparable, range);
  };
}

const nouns = { boolean: 'true or false', time: 'a time', number: 'a number' } as const;

const hints = {
  boolean: 'Write true or false',
  time: 'Write a day or a time in UTC, such as 2025-01-31 or 2025-01-31T09:30:00Z',
  number: 'Write a number',
} as const;

function textTest(operator: Operator, wanted: string): (value: unknown) => boolean {
  const test = (text: string): boolean => {
    if (operator === 'contains') return text.includes(wanted);
    if (operator === 'starts with') return text.startsWith(wanted);
    if (operator === 'ends with') return text.endsWith(wanted);
    return compares(operator, text, { first: wanted, last: wanted });
  };
  return (value) => {
    const text = comparableValue('text', value);
    return typeof text === 'string' && test(text);
  };
}

function compares<T extends string | number>(
  operator: Operator,
  value: T,
  { first, last }: Range<T>,
): boolean {
  if (operator === '<') return value < first;
  if (operator === '<=') return value <= last;
  if (operator === '>') return value > last;
  if (operator === '>=') return value >= first;
  const isEqual = value >= first && value <= last;
  return operator === '=' ? isEqual : !isEqual;
}

function rangeOf(kind: Exclude<FieldKind, 'text'>, text: string): Range<number> | undefined {
  if (kind === 'time') return timeRange(text);
  const number = kind === 'number' ? numberOf(text) : booleanOf(text);
  return number === undefined ? undefined : { first: number, last: number };
}

function numberOf(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function booleanOf(text: string): number | undefined {
  const word = text.toLowerCase();
  return word === 'true' || word === 'false' ? Number(word === 'true') : undefined;
}

const timePattern = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/i;
const dayMs = 86_400_000;

/** A day is all of its moments in UTC. */
function timeRange(text: string): Range<number> | undefined {
  const [, day = '', time, zone = 'Z'] = timePattern.exec(text) ?? [];
  if (!isCalendarDay(day)) return undefined;
  const first = Date.parse(`${day}T${time ?? '00:00'}${zone.toUpperCase()}`);
  if (Number.isNaN(first)) return undefined;
  return { first, last: time === undefined ? first + dayMs - 1 : first };
}
