import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Columns } from '../../../../../src/changes/input/columns.ts';
import {
  detectFormat,
  inputFormatNames,
  inputFormats,
} from '../../../../../src/changes/input/formats/index.ts';
import type { Row } from '../../../../../src/changes/input/row.ts';
import { readRows } from '../../../../../src/changes/input/rows.ts';
import { importCommand as importRolesCommand } from '../../../../../src/commands/role-assignments/import.ts';
import { importCommand } from '../../../../../src/commands/users/import.ts';
import { onboardCommand } from '../../../../../src/commands/users/onboard.ts';
import { alternatives } from '../../../../../src/platform/core/text.ts';

const names = inputFormats.map(({ name }) => name);
const columns: Columns = { names: { email: [], givenName: [] }, required: [] };

test('every file in the folder of formats is a registered format', () => {
  const folder = new URL('../../../../../src/changes/input/formats/', import.meta.url);
  const files = readdirSync(folder).filter((name) => !['format.ts', 'index.ts'].includes(name));
  expect(names.map((name) => `${name.toLowerCase()}.ts`).toSorted()).toEqual(files.toSorted());
});

test.each(inputFormats)('$name: an input in this format is detected as one', (format) => {
  expect(detectFormat(format.example).name).toBe(format.name);
  expect(detectFormat(`\n${format.example}`).name).toBe(format.name);
});

test.each(inputFormats)('$name: the rows of the example are read, each with its line', async (format) => {
  const { example } = format;
  async function* text() {
    yield example;
  }
  const source = { text, isUtf8: true };
  const rows: Row[] = [];
  for await (const row of readRows(format.records(source, example), columns, {}, source)) rows.push(row);
  expect(rows.length).toBeGreaterThan(0);
  for (const { line, cells, faults, malformed } of rows) {
    expect({ faults, malformed }).toEqual({ faults: [], malformed: undefined });
    expect(line).toBeGreaterThan(0);
    expect(cells.get('email')).toMatch(/@/);
  }
});

test.each([
  ['an object', '{"email":"a@example.com"}', 'JSON'],
  ['an array, after blank lines', '\n \t[\n{}]', 'JSON'],
  ['a header', 'email;givenName', 'CSV'],
  ['a quoted header', '"email","a {brace}"', 'CSV'],
  ['a text without separators', 'email', 'CSV'],
])('%s: is detected by its beginning', (_, head, name) => {
  expect(detectFormat(head).name).toBe(name);
});

test('messages and help name every format', () => {
  expect(inputFormatNames).toBe(alternatives(names.toSorted()));
  for (const { summary } of [importCommand, importRolesCommand, onboardCommand.args.file ?? onboardCommand])
    expect(summary).toContain(inputFormatNames);
});
