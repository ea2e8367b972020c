import { expect, test } from 'vitest';
import {
  changeRows,
  collectRows,
  eachBlock,
  firstRows,
  type Rows,
} from '../../../../src/platform/terminal/rows.ts';

const rows = [1, 2, 3, 4, 5];

/** The same rows from each kind of source. */
const sources: [string, () => Rows][] = [
  ['a list', () => rows],
  [
    'a generator',
    async function* () {
      yield* rows;
    },
  ],
  [
    'pages',
    () => ({
      pages: (async function* () {
        yield [1, 2];
        yield [];
        yield [3, 4];
        yield [5];
      })(),
    }),
  ],
];

test.each(sources)('every row of %s is visited in turn', async (_, source) => {
  const seen: unknown[] = [];
  await eachBlock(source(), (block) => {
    if (!block.includes(2)) {
      seen.push(...block);
      return undefined;
    }
    return Promise.resolve().then(() => {
      seen.push(...block);
    });
  });
  expect(seen).toEqual(rows);
});

test('a long list is visited in blocks, and the rows before a failure are among them', async () => {
  const sizes: number[] = [];
  function* failing(): Generator<number> {
    for (let row = 0; row < 450; row += 1) yield row;
    throw new Error('broken');
  }
  const visited = eachBlock(failing(), (block) => {
    sizes.push(block.length);
    return undefined;
  });
  await expect(visited).rejects.toThrow('broken');
  expect(sizes).toEqual([200, 200, 50]);
});

test.each(sources)('the first rows of %s say whether there are more', async (_, source) => {
  for (const limit of [undefined, 0, 1, 2, 3, 4, 5, 6]) {
    let isCut = false;
    const shown = firstRows(source(), limit, () => {
      isCut = true;
    });
    expect((await collectRows(shown)).collected).toEqual(rows.slice(0, limit));
    expect(isCut).toBe(limit !== undefined && limit < rows.length);
  }
});

test('pages after the one that holds the last row are not asked for', async () => {
  let asked = 0;
  async function* pages() {
    for (;;) {
      asked += 1;
      yield [1, 2, 3];
    }
  }
  await collectRows(firstRows({ pages: pages() }, 4, () => undefined));
  expect(asked).toBe(2);
});

test('the rows before a failure are kept', async () => {
  async function* pages() {
    yield [1, 2];
    throw new Error('no more');
  }
  expect(await collectRows({ pages: pages() })).toEqual({
    collected: [1, 2],
    failure: { error: new Error('no more') },
  });
});

test.each(sources)('rows of %s are changed as they arrive, and can be left out', async (_, source) => {
  const changed = changeRows(source(), (row) => (Number(row) % 2 === 0 ? undefined : Number(row) * 10));
  expect(await collectRows(changed)).toEqual({ collected: [10, 30, 50] });
});
