import { expect, test } from 'vitest';
import { documentFormats, findDocumentFormat } from '../../../../src/platform/terminal/documents.ts';
import { findFormat, parseFormatName } from '../../../../src/platform/terminal/formats/index.ts';
import { createOutput } from '../../../../src/platform/terminal/output.ts';
import { Sink } from '../../../support/sink.ts';

async function printed(name: string, text: string, env: Record<string, string> = {}): Promise<string> {
  const stdout = new Sink();
  const document = findDocumentFormat(name)?.name;
  await createOutput({ stdout, env, format: 'json', document, color: false }).printDocument(text);
  return stdout.text();
}

test('a document has a name of its own, which no format of rows has', () => {
  expect(new Set(documentFormats.map(({ name }) => name)).size).toBe(documentFormats.length);
  for (const { name, description } of documentFormats) {
    expect(findFormat(name)).toBeUndefined();
    expect(description).not.toBe('');
  }
});

test.each(documentFormats.map(({ name }) => name))(
  '%s is printed as it is made, with one end of line',
  async (name) => {
    expect(await printed(name, '"a"\n## b')).toBe('"a"\n## b\n');
    expect(await printed(name, 'a\n')).toBe('a\n');
  },
);

test.each([
  ['html', '<td>##[error]x</td>', '<td>&#35;#[error]x</td>\n'],
  ['markdown', '::error::x\n- ##[error]x', '\\x3a:error::x\n- \\x23#[error]x\n'],
  ['sarif', '"##[error]x"', '"\\u0023#[error]x"\n'],
])('%s holds nothing that the log of a job obeys', async (name, text, shown) => {
  expect(await printed(name, text, { GITHUB_ACTIONS: 'true' })).toBe(shown);
});

test('sarif holds nothing that a terminal obeys', async () => {
  expect(await printed('sarif', JSON.stringify({ name: '\x9b2J\u202e' }))).toBe(
    '{"name":"\\u009b2J\\u202e"}\n',
  );
});

test('a variable takes no document, and says where one is asked for', () => {
  expect(() => parseFormatName('sarif', 'TWILIO_ORG_OUTPUT')).toThrow(
    expect.objectContaining({ kind: 'usage', hint: expect.stringContaining('give them -o sarif') }),
  );
});
