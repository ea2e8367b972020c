import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../../src/cli/filter/parse.ts';
import { comparisons, type Filter, textTests, type Word } from '../../../../src/cli/filter/syntax.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';

/** The filter without the places of its words. */
function plain(filter: Filter): unknown {
  return JSON.parse(
    JSON.stringify(filter, (name, value) => (name === 'at' || name === 'isQuoted' ? undefined : value)),
  );
}

const word = (text: string): Word => ({ text, at: 0, isQuoted: false });

/** The filter in its own language. */
function print(filter: Filter): string {
  if (filter.kind === 'not') return `not (${print(filter.part)})`;
  if (filter.kind === 'empty') return `${filter.field.text} is empty`;
  if (filter.kind === 'in') return `${filter.field.text} in (${filter.values.map(printValue).join(', ')})`;
  if (filter.kind === 'compare') return `${filter.field.text} ${filter.operator} ${printValue(filter.value)}`;
  return filter.parts.map((part) => `(${print(part)})`).join(` ${filter.kind} `);
}

const printValue = ({ text }: Word) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

const field = fc.constantFrom('id', 'userName', 'meta.created', 'emails.0.value').map(word);
const value = fc.string({ unit: 'grapheme' }).map(word);
const { filter: anyFilter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      kind: fc.constant('compare' as const),
      field,
      operator: fc.constantFrom(...comparisons, ...textTests),
      value,
    }),
    fc.record({ kind: fc.constant('in' as const), field, values: fc.array(value, { minLength: 1 }) }),
    fc.record({ kind: fc.constant('empty' as const), field }),
    fc.record({ kind: fc.constant('not' as const), part: tie('filter') }),
    ...(['and', 'or'] as const).map((kind) =>
      fc.record({ kind: fc.constant(kind), parts: fc.array(tie('filter'), { minLength: 2, maxLength: 4 }) }),
    ),
  ) as fc.Arbitrary<Filter>,
}));

describe('a filter', () => {
  test('that is printed is read as the same', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(plain(parseFilter(print(filter)))).toEqual(plain(filter));
      }),
    );
  });

  test.each<[text: string, same: string]>([
    ['active = false', 'active="false"'],
    ['a = 1 and b = 2 or c = 3', '(a = 1 and b = 2) or c = 3'],
    ['a = 1 or b = 2 and c = 3', 'a = 1 or (b = 2 and c = 3)'],
    ['not a = 1 and b = 2', '(not a = 1) and b = 2'],
    ['NOT a = 1 AND b IS EMPTY', 'not a = 1 and b is empty'],
    ['a is not empty', 'not (a is empty)'],
    ['a Starts With x', "a starts with 'x'"],
    ['a in (b,c)', 'a in ( \'b\' , "c" )'],
    ['a = 2025-01-01T09:30:00+02:00', "a = '2025-01-01T09:30:00+02:00'"],
    ["a = o'brien@example.com", 'a = "o\'brien@example.com"'],
    ['a = "say \\"hi\\" \\\\ \\n"', 'a = \'say "hi" \\\\ \\n\''],
    ['  a\n=\tR&D!  ', 'a = "R&D!"'],
    ['a!=b', 'a != b'],
    ['a = contains and b contains starts', 'a = "contains" and b contains "starts"'],
    ['empty = 1 and is2 = 2', '(empty = "1") and (is2 = "2")'],
  ])('%j is read as %j', (text, same) => {
    expect(plain(parseFilter(text))).toEqual(plain(parseFilter(same)));
  });

  test.each<[text: string, mark: string, message: string, hint?: string]>([
    ['', '^', 'its end: expected a field'],
    ['active', '      ^', 'its end: expected an operator'],
    ['active =', '        ^', 'its end: expected a value'],
    ['active == false', '       ^', 'character 8: expected an operator, not "=="', 'Write = instead of =='],
    ['a eq 1', '  ^', 'character 3: expected an operator, not "eq"', 'Write = instead of eq'],
    ['a <> 1', '  ^', 'character 3: expected an operator, not "<>"', 'Write != instead of <>'],
    ['a like x', '  ^', 'character 3: expected an operator', 'Write contains instead of like'],
    ['a not in (1)', '  ^', 'expected an operator, not "not"', 'Put not in front of the field'],
    ['a = 1 && b = 2', '      ^', 'character 7: expected and, or, or the end', 'Write and instead of &&'],
    ['a = 1 b = 2', '      ^', 'character 7: expected and, or, or the end, not "b"', '"1 b"'],
    ['a = Ada Lovelace', '        ^', 'expected and, or, or the end', 'quotation marks: "Ada Lovelace"'],
    ['a in (Ada Lovelace)', '          ^', 'expected , or )', 'quotation marks: "Ada Lovelace"'],
    ['a = null', '    ^', 'expected a value, not "null"', 'To find missing values, write: is empty'],
    ['a = and b = 1', '    ^', 'expected a value, not "and"', 'needs quotation marks: "and"'],
    ['a = )', '    ^', 'character 5: expected a value, not ")"'],
    ['(a = 1', '      ^', 'its end: expected and, or, or )'],
    ['a = 1)', '     ^', 'character 6: expected and, or, or the end, not ")"'],
    ['a in b', '     ^', 'character 6: expected ( and a list of values, not "b"'],
    ['a in (b', '       ^', 'its end: expected , or )'],
    ['a in ()', '      ^', 'character 7: expected a value, not ")"'],
    ['a = "x', '    ^', 'character 5: this text has no end', 'Close it with another "'],
    ['a = “x”', '    ^', 'character 5: this quotation mark is curly', 'straight'],
    ['"a" = 1', '^', 'character 1: expected a field, not "a"'],
    ['and', '^', 'character 1: expected a field, not "and"'],
    ['😀 = 1 x', '       ^', 'character 7: expected and, or, or the end'],
    ['a = 1 and', '         ^', 'its end: expected a field'],
    ['a is', '  ^', 'character 3: expected an operator, not "is"'],
  ])('%j is refused at the place of the mistake', (text, mark, message, hint = '') => {
    let error: unknown;
    try {
      parseFilter(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ kind: 'usage', excerpt: { text, at: mark.length - 1 } });
    expect((error as AppError).message).toContain(message);
    expect((error as AppError).hint).toContain(hint);
  });

  test('of any text is read, or refused at a place within it', () => {
    const parts = fc.constantFrom(
      ...['a', ' ', '=', '!=', '!', '<', '>=', '(', ')', ',', '"', "'", '\\', 'and', 'or', 'not', 'in', 'is'],
      ...['empty', 'contains', 'starts', 'with', 'null', 'ö', '😀', '\u0000', '“'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(parts, { maxLength: 20 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseFilter(written);
          return true;
        } catch (error) {
          if (!(error instanceof AppError) || error.excerpt === undefined) throw error;
          const { at, text } = error.excerpt;
          return error.kind === 'usage' && text === written && at >= 0 && at <= written.length;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that is nested too deep is refused, a long one is not', () => {
    const deep = (count: number) => `${'('.repeat(count)}a = 1${')'.repeat(count)}`;
    expect(() => parseFilter(deep(100))).not.toThrow();
    expect(() => parseFilter(deep(10_000))).toThrow('nested too deep');
    expect(() => parseFilter(`${'not '.repeat(10_000)}a = 1`)).toThrow('nested too deep');
    expect(() => parseFilter(Array(10_000).fill('a = 1').join(' and '))).not.toThrow();
  });
});
