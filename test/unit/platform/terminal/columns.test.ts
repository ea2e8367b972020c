import { describe, expect, test } from 'vitest';
import {
  detailColumns,
  headingOf,
  linesOf,
  listColumns,
  pathColumns,
} from '../../../../src/platform/terminal/columns.ts';

const now = Date.parse('2026-11-26T09:30:00Z');

test.each([
  ['not_tried', 'Not tried'],
  ['meta.lastModified', 'Last modified'],
  ['name.givenName', 'Given name'],
  ['sid', 'SID'],
  ['id', 'SID'],
  ['role_sid', 'Role SID'],
  ['client_id', 'Client id'],
  ['oauth_url', 'OAuth URL'],
  ['userName', 'E-mail'],
  ['email', 'E-mail'],
  ['constructor', 'Constructor'],
  ['_', '_'],
  ['a column of a file', 'a column of a file'],
])('the heading of %s is %s', (path, heading) => {
  expect(headingOf(path)).toBe(heading);
});

describe('the words of a value', () => {
  const words = (value: unknown) => {
    const [column] = listColumns({ fields: [], columns: ['it'] });
    return column && linesOf(column, { it: value }, now);
  };

  test.each([
    [true, ['yes']],
    [false, ['no']],
    [0, ['0']],
    ['text', ['text']],
    ['2026-11-24T09:30:00.123456789Z', ['2026-11-24 09:30 UTC (1 day ago)']],
    [['a', 'b'], ['a, b']],
    [[{ value: 'ada@example.com', primary: true }], ['Value: ada@example.com, Primary: yes']],
    [{ given_name: 'Ada', nothing: null }, ['Given name: Ada']],
    ['', []],
    [null, []],
    [undefined, []],
    [[], []],
    [{}, []],
  ])('%j is %j', (value, expected) => {
    expect(words(value)).toEqual(expected);
  });
});

test('fields that were asked for keep their paths and values, but for lists and objects', () => {
  const row = { active: true, at: '2026-11-24T09:30:00Z', emails: ['a@example.com', 'b@example.com'] };
  const columns = pathColumns(['active', 'at', 'emails', 'none']);
  expect(columns.map(({ heading }) => heading)).toEqual(['active', 'at', 'emails', 'none']);
  expect(columns.map((column) => linesOf(column, row, now))).toEqual([
    ['true'],
    ['2026-11-24T09:30:00Z'],
    ['a@example.com, b@example.com'],
    [],
  ]);
});

test('a view without words of its own has its columns in lists, and what a row has in details', () => {
  const view = { fields: ['sid', 'name', 'name.first', 'gone'], columns: ['sid', 'name.first'] };
  expect(listColumns(view).map(({ heading, isId }) => [heading, isId])).toEqual([
    ['SID', true],
    ['First', false],
  ]);
  const details = detailColumns(view, { sid: '1', name: { first: 'Ada' } });
  expect(details.map(({ heading }) => heading)).toEqual(['SID', 'First']);
});
