import { expect, test } from 'vitest';
import { messageOf, throwIfInvalid } from '../../../../src/changes/input/row-errors.ts';
import type { AppError } from '../../../../src/platform/core/errors.ts';

function thrown(errors: Parameters<typeof throwIfInvalid>[1]): AppError {
  try {
    throwIfInvalid('people.csv', errors);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('nothing was thrown');
}

test('an input without errors is accepted', () => {
  expect(() => throwIfInvalid('people.csv', [])).not.toThrow();
});

test('one error is a usage error in one sentence, without a list', () => {
  const error = thrown([{ line: 3, column: 'email', problem: 'not an address' }]);
  expect(error.kind).toBe('usage');
  expect(error.message).toBe(
    'people.csv has an error, so nothing was changed: line 3, email: not an address',
  );
  expect(error.listed).toBeUndefined();
});

test('several errors are listed by line, each on a line of its own', () => {
  const error = thrown([
    { line: 7, problem: 'second' },
    { line: 2, column: 'role', problem: 'first' },
  ]);
  expect(error.listed).toEqual({
    summary: 'people.csv has 2 errors, so nothing was changed',
    lines: ['line 2, role: first', 'line 7: second'],
  });
});

test('more than 1,000 errors are counted, and long texts are cut', () => {
  const errors = Array.from({ length: 1_005 }, (_, line) => ({ line, problem: 'x'.repeat(5_000) }));
  const lines = thrown(errors).listed?.lines ?? [];
  expect(lines).toHaveLength(1_001);
  expect(lines.at(-1)).toBe('and 5 more');
  expect(lines[0]).toBe(`line 0: ${'x'.repeat(200)}…`);
});

test('a check gives its message, or nothing when it passes', () => {
  expect(messageOf(() => undefined)).toBeUndefined();
  expect(
    messageOf(() => {
      throw new Error('too long');
    }),
  ).toBe('too long');
});

test('a damaged cell has one error, whatever else is wrong with it', () => {
  const error = thrown([
    { line: 2, column: 'E-mail', damaged: 'email', problem: 'not UTF-8' },
    { line: 2, column: 'email', problem: 'not an address' },
    { line: 3, column: 'email', problem: 'not an address' },
  ]);
  expect(error.listed?.lines).toEqual(['line 2, E-mail: not UTF-8', 'line 3, email: not an address']);
});

test('columns that nothing uses come with all ways on, ready to paste', () => {
  const unknown = { line: 1, problem: 'unknown columns', unknown: ['Start date', 'Manager'] };
  expect(thrown([unknown]).hint).toBe(
    "To skip columns: --ignore-columns 'Start date,Manager', or --ignore-unknown for all that nothing uses. " +
      "To read a column as one of the known: --map 'Start date=NAME'",
  );
  expect(thrown([{ line: 1, problem: 'misspelt', misspelt: 'Frist name' }]).hint).toBe(
    'Correct the input, then run the same command again. ' +
      "To skip columns: --ignore-columns 'Frist name'. To read a column as one of the known: --map 'Frist name=NAME'",
  );
});

test('the advice of many errors is said once', () => {
  const advice = 'Add a column scope';
  const { hint } = thrown([1, 2, 3].map((line) => ({ line, problem: 'a role needs a scope', advice })));
  expect(hint).toBe(`Correct the input, then run the same command again. ${advice}`);
});
