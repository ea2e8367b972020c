import { expect, test } from 'vitest';
import { ColumnTexts } from '../../../../src/platform/terminal/column-texts.ts';
import { cellsOf, ofTexts, shortCellsOf } from '../../../../src/platform/terminal/columns.ts';
import type { Column } from '../../../../src/platform/terminal/view.ts';

const blockSize = 100;

function columnOf(
  rows: readonly unknown[],
  cells: (block: readonly unknown[]) => ReturnType<typeof ofTexts>,
) {
  const texts = new ColumnTexts();
  for (let from = 0; from < rows.length; from += blockSize)
    texts.add(cells(rows.slice(from, from + blockSize)));
  return texts;
}

function textsIn(texts: ColumnTexts): string[] {
  return Array.from({ length: texts.blockCount }, (_, index) => texts.block(index)).flat();
}

/** Each user twice, far apart. */
const rows = Array.from({ length: 4_000 }, (_, index) => ({ user: `US${index % 2_000}`, other: index }));

test('the words of a cell are made once for each value that decides them', () => {
  const made: string[] = [];
  const column: Column<{ user: string }> = {
    heading: 'User',
    by: 'user',
    value: ({ user }) => {
      made.push(user);
      return `Name of ${user}\n`;
    },
    short: ({ user }) => `short ${user}`,
  };
  const texts = columnOf(rows, (block) => cellsOf(column, block, 0));
  expect(textsIn(texts)).toEqual(rows.map(({ user }) => `Name of ${user}\\n`));
  expect(made).toHaveLength(2_000);
  const short = columnOf(rows, (block) => shortCellsOf(column, block, 0));
  expect(textsIn(short)).toEqual(rows.map(({ user }) => `short ${user}`));
});

test('the cells of texts that recur are laid out once', () => {
  const texts = columnOf(rows, (block) => ofTexts(block.map((row) => (row as { user: string }).user)));
  const laidOut: string[] = [];
  const cellsAt = texts.blocksAs((text) => {
    laidOut.push(text);
    return text.padEnd(8);
  });
  const cells = Array.from({ length: texts.blockCount }, (_, index) => cellsAt(index)).flat();
  expect(cells).toEqual(rows.map(({ user }) => user.padEnd(8)));
  expect(laidOut).toHaveLength(2_000);
});

test('texts that hardly recur keep their order and their widths', () => {
  const many = Array.from({ length: 25_000 }, (_, index) =>
    index === 24_999 ? '田中 雪 '.repeat(9) : `t${index}`,
  );
  const texts = columnOf(many, (block) => ofTexts(block as string[]));
  expect(textsIn(texts)).toEqual(many);
  expect(texts.widest(({ length }) => length)).toBe(45);
  const plain = Array.from({ length: texts.blockCount }, (_, index) =>
    texts.blocksAs((text, isPlain) => isPlain === /^t\d+$/.test(text))(index),
  ).flat();
  // One look tells of a block, in which one text is not plain.
  expect(plain.filter((isRight) => !isRight).length).toBeLessThan(blockSize);
});

test('objects and lists, which each row has anew, are cells by their words', () => {
  const column: Column = { heading: 'Meta', value: 'meta' };
  const objects = [{ meta: { a: 1 } }, { meta: null }, { meta: { a: 1 } }, { meta: ['x', 'y'] }, {}];
  expect(textsIn(columnOf(objects, (block) => cellsOf(column, block, 0)))).toEqual([
    'A: 1',
    '',
    'A: 1',
    'x, y',
    '',
  ]);
});
