import { expect, test } from 'vitest';
import type { ColumnPolicy, Columns } from '../../../../src/changes/input/columns.ts';
import { detectFormat } from '../../../../src/changes/input/formats/index.ts';
import { type PeopleOptions, readPeople } from '../../../../src/changes/input/people.ts';
import { readRows } from '../../../../src/changes/input/rows.ts';
import { sid } from '../../../support/changes.ts';

function people(text: string, options?: PeopleOptions, policy: ColumnPolicy = {}) {
  async function* source() {
    yield text;
  }
  const from = { text: source, isUtf8: true };
  const rows = (columns: Columns) => readRows(detectFormat(text).records(from, text), columns, policy, from);
  return readPeople({ name: 'list.csv', rows, close: async () => {} }, options);
}

async function references(text: string) {
  return (await people(text)).map(({ line, reference, others }) => [line, reference, ...others]);
}

async function faults(text: string, options?: PeopleOptions): Promise<string> {
  const error = await people(text, options).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({ kind: 'usage' });
  const { message, listed } = error as Error & { listed?: { lines: string[] } };
  return listed?.lines.join('\n') ?? message;
}

const someone = sid('US', 1);

test('a JSON list of strings is a list, and its rows may be objects as well', async () => {
  const text = `["a@example.com",\n"${someone}", "external:47 11", {"email":"b@example.com"}]`;
  expect(await references(text)).toEqual([
    [1, { userName: 'a@example.com' }],
    [2, { id: someone }],
    [2, { externalId: '47 11' }],
    [2, { userName: 'b@example.com' }],
  ]);
});

test('a list has one user a line, by address, SID or external id', async () => {
  const text = `\n a@example.com \r\n\n${someone}\r\nexternal:47 11\n"b@example.com",,\n`;
  expect(await references(text)).toEqual([
    [2, { userName: 'a@example.com' }],
    [4, { id: someone }],
    [5, { externalId: '47 11' }],
    [6, { userName: 'b@example.com' }],
  ]);
});

test.each([
  ['email', 'Work Email\na@example.com\n', { userName: 'a@example.com' }],
  ['id', `ID\n${someone}\n`, { id: someone }],
  ['sid', `name,sid\n,${someone}\n`, { id: someone }],
  ['external id', 'externalId\n4711\n', { externalId: '4711' }],
  ['user', 'user\nexternal:4711\n', { externalId: '4711' }],
  ['login', 'User name\na@example.com\n', { userName: 'a@example.com' }],
  ['JSON', '[{"email":"a@example.com"}]', { userName: 'a@example.com' }],
])('a table has a column for the user: %s', async (_, text, reference) => {
  const [person] = await people(text, { names: { name: [] } });
  expect(person?.reference).toEqual(reference);
});

test('a row with several names gives the surest first', async () => {
  expect(await references(`externalId,email,sid\n4711,a@example.com,${someone}\n`)).toEqual([
    [2, { id: someone }, { userName: 'a@example.com' }, { externalId: '4711' }],
  ]);
});

test('further columns are read where a command has them', async () => {
  const options = { names: { ends: ['enddate'] }, required: ['ends'] };
  const [person] = await people('email,End date\na@example.com,2026-01-31\n', options);
  expect(person?.cells.get('ends')).toBe('2026-01-31');
  expect(await faults('email,ends\na@example.com,\n', options)).toContain(
    'line 2, ends: a value is required',
  );
});

test.each([
  ['a name without an address', 'a@example.com\nAda\n', 'line 2, user: "Ada" is not a user'],
  ['two in one line', 'a@example.com,b@example.com\n', 'line 1: more than one value, but no header'],
  ['neither header nor list', 'Ada\nGrace\n', 'there is no column email or id or sid or externalId or user'],
  ['an empty row', 'email,externalId,user\na@example.com,,\n,"",x\n', 'line 3, user: "x" is not a user'],
  ['a SID of something else', 'sid\na@example.com\n', 'line 2, sid: this is not the SID of a user'],
  ['an unknown column', 'email,Manager\na@example.com,Bo\n', 'unknown column "Manager"'],
])('a list with %s is refused', async (_, text, problem) => {
  expect(await faults(text)).toContain(problem);
});

test('people who have left are expected only where a command says so', async () => {
  const text = 'email,Status\na@example.com,Terminated\n';
  const policy = { ignoreUnknown: true };
  await expect(people(text, {}, policy)).rejects.toThrow('may mean that they have left');
  expect(await people(text, { mayHaveLeft: true }, policy)).toHaveLength(1);
});
