import { expect, test } from 'vitest';
import { encodingProblem, malformedRow, unreadable } from '../../../../src/changes/input/row.ts';

test('a replacement character is a problem only in an input that is not UTF-8', () => {
  expect(encodingProblem(`M${unreadable}ller`, { isUtf8: true })).toBeUndefined();
  expect(encodingProblem(`M${unreadable}ller`, { isUtf8: false })).toMatch(/^not UTF-8: save the file/);
  expect(encodingProblem('Müller', { isUtf8: false })).toBeUndefined();
});

test('a row that cannot be read has its errors at its own line unless they say another', () => {
  const row = malformedRow(9, 'no JSON', { line: 10, column: 'b', problem: 'wrong' });
  expect(row).toMatchObject({ line: 9, malformed: true });
  expect(row.faults).toEqual([
    { line: 9, problem: 'no JSON' },
    { line: 10, column: 'b', problem: 'wrong' },
  ]);
});
