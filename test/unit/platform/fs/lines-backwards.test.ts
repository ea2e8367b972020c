import { mkdtempSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesBackwards } from '../../../../src/platform/fs/lines-backwards.ts';
import { home } from '../../../support/cli.ts';
import { collect } from '../../../support/plans.ts';

const file = join(mkdtempSync(join(home, 'lines-')), 'lines');

async function read(text: string): Promise<string[]> {
  writeFileSync(file, text);
  const handle = await open(file, 'r');
  try {
    return await collect(linesBackwards(handle));
  } finally {
    await handle.close();
  }
}

test('a file is read from its last line to its first', async () => {
  expect(await read('one\ntwo\nthree')).toEqual(['three', 'two', 'one']);
});

test('a line break at the end of a file is followed by an empty line', async () => {
  expect(await read('one\ntwo\n')).toEqual(['', 'two', 'one']);
  expect(await read('\n\n')).toEqual(['', '', '']);
});

test('an empty file read backwards has no lines', async () => {
  expect(await read('')).toEqual([]);
});

test.each([65_534, 65_535, 65_536, 65_537, 200_000])(
  'lines read backwards stay whole around a line of %i bytes, wherever blocks end',
  async (length) => {
    const lines = ['é'.repeat(100), 'x'.repeat(length), '', 'ü'.repeat(length), 'last'];
    expect(await read(lines.join('\n'))).toEqual(lines.toReversed());
  },
);
