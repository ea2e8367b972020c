import { expect, test } from 'vitest';
import {
  encodingProblem,
  malformedRow,
  type Row,
  readCell,
  unreadable,
} from '../../../../src/changes/input/row.ts';

const source = { text: async function* () {}, isUtf8: true };
const columns = { names: { email: [], password: [] }, required: [], untrimmed: ['password'] };

function emptyRow(): Row {
  return { line: 4, cells: new Map(), given: {}, faults: [] };
}

test('a cell is trimmed, and an empty one is none', () => {
  expect(readCell(emptyRow(), { name: 'email', title: 'Email', text: ' a@b ' }, columns, source)).toBe('a@b');
  expect(
    readCell(emptyRow(), { name: 'email', title: 'Email', text: ' \t' }, columns, source),
  ).toBeUndefined();
});

test('a cell of an untrimmed column keeps its blanks', () => {
  expect(readCell(emptyRow(), { name: 'password', title: 'p', text: ' x ' }, columns, source)).toBe(' x ');
});

test('a cell that is not text is an error at its line and title', () => {
  const row = emptyRow();
  readCell(row, { name: 'email', title: 'Email', text: 'a\0b' }, columns, source);
  expect(row.faults).toEqual([{ line: 4, column: 'Email', problem: 'contains a NUL character' }]);
});

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
