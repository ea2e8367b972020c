import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import {
  defaultFormats,
  findFormat,
  formatNamed,
  formatNames,
  outputFormats,
  parseFormatName,
} from '../../../../../src/platform/terminal/formats/index.ts';
import { createOutput } from '../../../../../src/platform/terminal/output.ts';
import { Sink } from '../../../../support/sink.ts';

const view = { fields: ['id', 'emails'], columns: ['id', 'emails'] };
const hostile = { id: '\x1b[31mred\u202e\x07\x9b2J', emails: ['\x1b]0;title\x07'] };

test('every file in the folder of formats is a registered format', async () => {
  const folder = new URL('../../../../../src/platform/terminal/formats/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => !['format.ts', 'index.ts'].includes(name));
  expect(formatNames.map((name) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
});

test('each format has a name of its own and a description', () => {
  expect(new Set(formatNames).size).toBe(outputFormats.length);
  for (const { name, description } of outputFormats) {
    expect(name).toMatch(/^[a-z]+$/);
    expect(description).not.toBe('');
  }
});

describe.each(formatNames)('%s', (name) => {
  test('writes nothing that a terminal obeys, in a list and as one item', async () => {
    const stdout = Sink.terminal(200);
    const output = createOutput({ stdout, env: {}, format: name, color: false });
    await output.list(view, [hostile, hostile]);
    await output.item(view, hostile);
    expect(stdout.text().replace(/[\t\r\n]/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(stdout.text()).toContain('red');
  });

  test('is one of those that stream, or waits for the end of its rows', async () => {
    let before = 0;
    async function* rows() {
      yield { id: 'US1' };
      // One turn of the event loop more than a row may be held back.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      before = stdout.pieces.length;
    }
    const stdout = Sink.terminal(80);
    await createOutput({ stdout, env: {}, format: name, color: false }).list(view, rows());
    expect(before > 0).toBe(formatNamed(name).streams);
  });

  test('prints only the chosen fields', async () => {
    const stdout = new Sink();
    const output = createOutput({ stdout, env: {}, format: name, fields: ['id'], color: false });
    await output.list(view, [{ id: 'US1', emails: ['ada@example.com'] }]);
    await output.item(view, { id: 'US1', emails: ['ada@example.com'] });
    expect(stdout.text().match(/US1/g)).toHaveLength(2);
    expect(stdout.text()).not.toContain('ada');
  });
});

test('only a table is laid out for people, and it keeps no structure', () => {
  const people = outputFormats.filter(({ forPeople }) => forPeople);
  expect(people.map(({ name }) => name)).toEqual(['table']);
  for (const { name, forPeople, structured } of outputFormats) {
    expect(forPeople && structured, name).toBe(false);
  }
});

test('people get a table on a terminal; a pipe and a file get what programs read', () => {
  expect(formatNamed(defaultFormats.terminal).forPeople).toBe(true);
  expect(formatNamed(defaultFormats.pipe).forPeople).toBe(false);
  expect(formatNamed(defaultFormats.file).forPeople).toBe(false);
});

test('a format is found by its exact name alone', () => {
  expect(findFormat('json')?.name).toBe('json');
  expect(findFormat('JSON')).toBeUndefined();
  expect(findFormat('')).toBeUndefined();
});

test('an unknown name in a variable is a usage error that names the variable and the formats', () => {
  expect(parseFormatName('csv', 'TWILIO_ORG_OUTPUT')).toBe('csv');
  expect(() => parseFormatName('xml', 'TWILIO_ORG_OUTPUT')).toThrow(
    expect.objectContaining({
      kind: 'usage',
      message: expect.stringMatching(/TWILIO_ORG_OUTPUT.*xml/),
      hint: expect.stringContaining(formatNames.join(', ')),
    }),
  );
});
