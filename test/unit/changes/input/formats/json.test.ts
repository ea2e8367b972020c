import { describe, expect, it, test } from 'vitest';
import { readInput } from '../../../../support/input.ts';

const columns = { names: { email: [], givenName: ['namegivenname'] }, required: [] };

function read(text: string, pieces = [text]) {
  return readInput(text, columns, { pieces });
}

const ada = '{"email":"a@x.com"}';

describe('a JSON input', () => {
  it.each([
    ['lines', `${ada}\n\n{"email":"b@x.com"}`, [1, 3]],
    ['an array', `[\n${ada},\n\n{"email":"b@x.com"}\n]\n`, [2, 4]],
    ['an array on one line', `[${ada},{"email":"b@x.com"}]`, [1, 1]],
  ])('has rows in %s, each with its line', async (_, text, lines) => {
    const rows = await read(text);
    expect(rows.map(({ line }) => line)).toEqual(lines);
    expect(rows.map(({ cells }) => cells.email)).toEqual(['a@x.com', 'b@x.com']);
  });

  it('is the same in pieces that end anywhere, strings and escapes included', async () => {
    const text = '[{"email":"a@x.com","givenName":"A\\\\\\"]},{"},\n{"email":"b@x.com"}]';
    expect(await read(text, [...text])).toEqual(await read(text));
    expect((await read(text))[0]?.cells.givenName).toBe('A\\"]},{');
  });

  it('takes nested members by their dotted path', async () => {
    const [row] = await read('{"email":"a@x.com","name":{"givenName":"Ada"}}');
    expect(row?.cells).toEqual({ email: 'a@x.com', givenName: 'Ada' });
  });
});

test.each([
  ['{"email":"a@x.com","email":"b@x.com"}', 'email'],
  ['{"email":"a@x.com","name":{"givenName":"A","givenName" : "B"}}', 'givenName'],
  ['[{"email":"a@x.com","givenName":"\\"}","email":"b@x.com"}]', 'email'],
  ['{"email":"a@x.com","\\u0065mail":"b@x.com"}', 'email'],
])('a repeated key is an error: %s', async (text, key) => {
  const [row] = await read(text);
  expect(row?.errors).toEqual([{ line: 1, problem: `the key "${key}" stands twice in one object` }]);
});

test.each(['{"email":"a@x.com","givenName":"\\"email\\":"}', '{"email":"a@x.com","name":{"givenName":"A"}}'])(
  'keys within strings and in other objects are no repetition: %s',
  async (text) => {
    expect((await read(text)).flatMap(({ errors }) => errors)).toEqual([]);
  },
);

test.each([
  ['[7]', { problem: 'not a JSON object; each row must be one' }],
  ['{"email":', { problem: 'not a JSON object; each row must be one' }],
  ['{"email":["a@x.com"]}', { column: 'email', problem: 'a list, but one value is expected' }],
  ['{"Manager":"Bo"}', { problem: 'unknown column "Manager". Known columns: email, givenName' }],
  [
    '{"email":12345678901234567890}',
    { column: 'email', problem: 'too large for a number: put it in quotes' },
  ],
])('%s is an error of its row', async (text, error) => {
  const [first, ...others] = await read(`${text}\n${ada}\n`);
  expect(first?.errors).toEqual([{ line: 1, ...error }]);
  expect(others.map(({ cells }) => cells)).toEqual([{ email: 'a@x.com' }]);
});

test('an array without an end is an error, after its rows', async () => {
  const rows = await read(`[${ada},`);
  expect(rows.map(({ errors }) => errors.length)).toEqual([0, 1]);
});
