import { describe, expect, test } from 'vitest';
import { ColumnTexts } from '../../../../src/platform/terminal/column-texts.ts';
import { ofTexts } from '../../../../src/platform/terminal/columns.ts';
import { collectRows, type Rows } from '../../../../src/platform/terminal/rows.ts';
import { type TableTexts, tableLines } from '../../../../src/platform/terminal/table.ts';

const sid = (digit: string): string => `US${digit.repeat(32)}`;

async function linesOf(rows: Rows<string>): Promise<string[]> {
  return (await collectRows(rows)).collected as string[];
}

/** A table of columns as they were asked for. */
async function lines(head: string[], rows: string[][], width?: number, color = false): Promise<string[]> {
  const heads = head.map((heading) => ({ heading }));
  return linesOf(await tableLines(heads, textsOf(head.length, rows), { width, color, isExact: true }));
}

/** Small, so that most tables here have several blocks. */
const blockSize = 3;

type Row = readonly string[] | { cells: readonly string[]; short: readonly string[] };

/** The texts of rows, by column. */
function textsOf(count: number, rows: readonly Row[]): TableTexts {
  const column = (of: 'cells' | 'short', index: number) => {
    const texts = new ColumnTexts();
    for (let from = 0; from < rows.length; from += blockSize) {
      const block = rows.slice(from, from + blockSize);
      texts.add(ofTexts(block.map((row) => ('cells' in row ? row[of] : row)[index] ?? '')));
    }
    return texts;
  };
  const indexes = Array.from({ length: count }, (_, index) => index);
  return {
    cells: indexes.map((index) => column('cells', index)),
    short: indexes.map((index) => column('short', index)),
  };
}

/** A table that may leave columns out. */
async function people(
  heads: { heading: string; isId?: boolean; isOptional?: boolean }[],
  rows: Row[],
  width?: number,
  options: { showsIds?: boolean } = {},
): Promise<string[]> {
  return linesOf(await tableLines(heads, textsOf(heads.length, rows), { width, color: false, ...options }));
}

/** Columns a terminal takes, counted by hand for the characters used here. */
function columns(text: string): number {
  const twoWide =
    /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Katakana}|(?:\p{Emoji_Presentation}|❤️)(?:‍(?:\p{Emoji_Presentation}|❤️)|\p{EMod})*/gu;
  return [...text.replace(twoWide, '##').replace(/\p{M}/gu, '')].length;
}

test('table columns are aligned, two spaces apart, without borders or trailing space', async () => {
  expect(
    await lines(
      ['id', 'name'],
      [
        ['1', 'Ann'],
        ['22', ''],
        ['3', 'Bob '],
      ],
    ),
  ).toEqual(['id  name', '1   Ann', '22', '3   Bob']);
});

test.each([
  '田中 雪',
  '김철수',
  '👩‍👩‍👧',
  '❤️',
  '🫠',
  '👍🏽',
  'e\u0301te\u0301',
  'สวัสดี',
  'हिन्दी',
  'مُحَمَّد',
  '𠀀𠀁',
])('the table column after %s is aligned in every row', async (name) => {
  const rows = [
    [name, '|'],
    ['a much longer plain name', '|'],
    ['b', '|'],
  ];
  const printed = await lines(['name', '.'], rows);
  const bars = printed.slice(1).map((line) => columns(line.slice(0, line.indexOf('|'))));
  expect(new Set(bars).size).toBe(1);
});

describe('a table on a terminal', () => {
  const head = ['id', 'userName', 'displayName', 'active'];
  const rows = [
    [
      sid('1'),
      'yuki.tanaka.with.a.long.address@subsidiary.example.com',
      '田中雪株式会社とても長い名前の表示',
      'true',
    ],
    [sid('2'), 'ann@example.com', '👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧 the whole family together', 'false'],
  ];

  test('is not cut when it fits', async () => {
    expect((await lines(head, rows, 200)).join('')).not.toContain('…');
  });

  test.each([200, 132, 120, 100, 81, 80, 79, 60])('with %i columns has no wider line', async (width) => {
    for (const line of await lines(head, rows, width)) expect(columns(line)).toBeLessThanOrEqual(width);
  });

  test('leaves out SIDs first, from the last on, and nothing else as long as there is room', async () => {
    const heads = [
      { heading: 'SID', isId: true },
      { heading: 'E-mail' },
      { heading: 'Role SID', isId: true },
    ];
    const row = [sid('1'), 'ann@example.com', sid('2')];
    expect(await people(heads, [row], 100)).toEqual([
      `E-mail           SID${' '.repeat(33)}Role SID`,
      `ann@example.com  ${sid('1')}  ${sid('2')}`,
    ]);
    expect(await people(heads, [row], 80)).toEqual(['E-mail           SID', `ann@example.com  ${sid('1')}`]);
    expect((await people(heads, [['', 'x'.repeat(59), sid('2')]], 80))[1]).toBe('x'.repeat(59));
    expect((await people([{ heading: 'SID', isId: true }], [[sid('1')]], 30))[1]).toBe(
      `${sid('1').slice(0, 29)}…`,
    );
  });

  test('becomes a block for each row rather than leave out SIDs that were asked for', async () => {
    const heads = [{ heading: 'E-mail' }, { heading: 'Status' }, { heading: 'SID', isId: true }];
    const long = `${'a'.repeat(40)}@example.com`;
    expect(await people(heads, [[long, 'Active', sid('1')]], 80, { showsIds: true })).toEqual([
      long,
      '  Status  Active',
      `  SID     ${sid('1')}`,
    ]);
  });

  test('leaves out columns that are empty in all rows', async () => {
    const heads = [{ heading: 'E-mail' }, { heading: 'Name' }, { heading: 'Status' }];
    const rows = [['ann@example.com', '', 'Active']];
    for (const width of [80, undefined]) {
      expect(await people(heads, rows, width)).toEqual([
        'E-mail           Status',
        'ann@example.com  Active',
      ]);
    }
    expect(await people(heads, rows, 59)).toEqual(['ann@example.com', '  Status  Active']);
  });

  test('takes shorter words, then leaves out optional columns, then wraps', async () => {
    const heads = [{ heading: 'E-mail' }, { heading: 'Name', isOptional: true }, { heading: 'When' }];
    const cells = ['ann@example.com', 'Ann Example', '2026-11-24 09:30 UTC (2 days ago)'];
    const short = ['ann@example.com', 'Ann Example', '2 days ago'];
    const at = async (width: number, others: Partial<{ cells: string[]; short: string[] }> = {}) =>
      (await people(heads, [{ cells, short, ...others }], width)).slice(1);
    expect(await at(80)).toEqual([cells.join('  ')]);
    expect(await at(60)).toEqual([short.join('  ')]);
    const name = 'a name of forty characters, to the letter';
    expect(await at(60, { short: ['ann@example.com', name, '2 days ago'] })).toEqual([
      'ann@example.com  2 days ago',
    ]);
    const words = 'words that go on and on and on, for more than there is of the line';
    expect(await at(60, { short: ['ann@example.com', '', words] })).toEqual([
      'ann@example.com  words that go on and on and on, for more',
      '                 than there is of the line',
    ]);
  });

  test('cuts a word that is too long, and a text after three lines, however long they are', async () => {
    const heads = [{ heading: 'E-mail' }, { heading: 'Name' }];
    const rows = [
      ['ann@example.com', 'x'.repeat(10_000)],
      ['bob@example.com', 'word '.repeat(10_000)],
    ];
    const printed = await people(heads, rows, 80);
    expect(printed).toHaveLength(5);
    for (const line of printed) expect(line.length).toBeLessThanOrEqual(80);
    expect(printed[1]).toMatch(/^ann@example\.com {2}x+…$/);
    expect(printed[4]).toMatch(/^ {17}word .*…$/);
  });

  test('never cuts a character in two', async () => {
    for (let width = 4; width < 30; width += 1) {
      for (const text of ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', '𠀀𠀁𠀂𠀃𠀄𠀅𠀆', 'e\u0301'.repeat(12)]) {
        const [, line = ''] = await lines(['a'], [[text]], width);
        const [kept = ''] = line.split(/…|\s/);
        expect(text.startsWith(kept)).toBe(true);
        expect(kept).toMatch(/^(?:👩‍👩‍👧|[𠀀-𠀆]|e\u0301)*$/u);
      }
    }
  });

  test.each([20, 30, 40, 59])(
    'with %i columns is a block of lines for each row, none of them wider',
    async (width) => {
      const heads = [{ heading: 'E-mail' }, { heading: 'Name' }, { heading: 'SID', isId: true }];
      const rows = [
        ['yuki.tanaka@subsidiary.example.com', '田中雪株式会社とても長い名前の表示', sid('1')],
        ['ann@example.com', 'the whole family together, all of it', sid('2')],
      ];
      const printed = await people(heads, rows, width, { showsIds: true });
      for (const line of printed) expect(columns(line), line).toBeLessThanOrEqual(width);
      const text = printed.join('').replaceAll(' ', '');
      for (const cell of rows.flat()) expect(text).toContain(cell.replaceAll(' ', ''));
      expect(printed.filter((line) => line === '')).toHaveLength(1);
      expect((await people(heads, rows, width)).join('')).not.toContain('US1');
    },
  );

  test('prints all columns that were asked for, under each other where there is no room', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `column${index}`);
    expect(await lines(many, [many.map(() => 'value')], 80)).toEqual([
      'value',
      ...many.slice(1).map((name) => `  ${name.padEnd(8)}  value`),
    ]);
  });
});

test('only the header of a table is bold', async () => {
  const [head, row] = await lines(['id', 'name'], [['1', 'Ann']], 80, true);
  expect(head).toBe('\x1b[1mid\x1b[22m  \x1b[1mname\x1b[22m');
  expect(row).toBe('1   Ann');
});

test('the lines that the library draws have the bytes of joined cells', async () => {
  const words = ['', 'a', 'Ann Example', ' led', 'ends ', 'x'.repeat(220), '田中 雪', 'Zoë', '{a}'];
  const row = (number: number) => [words[number % 9] ?? '', words[(number * 4 + 1) % 9] ?? '', 'end'];
  for (const colour of [false, true]) {
    for (const rows of [1, 5, 49, 50, 51, 120]) {
      const heads = [{ heading: 'A' }, { heading: 'B', look: () => 'dim' as const }, { heading: 'C' }];
      const cells = Array.from({ length: rows }, (_, number) => row(number));
      const options = { width: undefined, color: colour, isExact: true };
      const printed = await linesOf(await tableLines(heads, textsOf(3, cells), options));
      const paint = (text: string, code: number) =>
        colour && text !== '' ? `\x1b[${code}m${text}\x1b[22m` : text;
      const width = (text: string) => columns(text);
      const widths = [0, 1, 2].map((at) => Math.max(1, ...cells.map((each) => width(each[at] ?? ''))));
      const joined = (texts: string[], paints: (number | undefined)[]) =>
        texts
          .map((text, at) => {
            const code = paints[at];
            const blanks = ' '.repeat((widths[at] ?? 0) - width(text));
            return (code === undefined ? text : paint(text, code)) + blanks;
          })
          .join('  ')
          .trimEnd();
      expect(printed).toEqual([
        joined(['A', 'B', 'C'], [1, 1, 1]),
        ...cells.map((each) => joined(each, [undefined, 2, undefined])),
      ]);
    }
  }
});

describe('a large table', () => {
  const odd = [
    'plain',
    '',
    ' led',
    'ends ',
    '田中 雪',
    '👩‍👩‍👧',
    'e\u0301te\u0301',
    'nb\u00a0',
    'x'.repeat(1200),
    '\u3000',
  ];

  test('has the same lines as a small one', async () => {
    const one = odd.map((text) => ['|', text, sid('1'), text]);
    const head = ['a', 'b', 'c', 'd'];
    const [title, ...small] = await lines(head, one);
    const many = Array.from({ length: 30 }, () => one).flat();
    expect(await lines(head, many)).toEqual([title, ...Array.from({ length: 30 }, () => small).flat()]);
  });

  test('costs as much processor time for each row as one of half its size, also with a very long cell', async () => {
    const cost = async (rows: number, cell: number): Promise<number> => {
      const cells = Array.from({ length: rows }, (_, index) => [sid('1'), `name ${index}`, 'true']);
      cells[0] = [sid('1'), 'x'.repeat(cell), 'true'];
      const before = process.cpuUsage();
      await lines(['id', 'name', 'active'], cells);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await cost(2_000, 10);
    // If the cost grew with the square of either, 16 times as much would cost 256 times as much.
    expect(await cost(32_000, 10)).toBeLessThan(80 * Math.max(await cost(2_000, 10), 10_000));
    expect(await cost(20, 320_000)).toBeLessThan(80 * Math.max(await cost(20, 20_000), 10_000));
  });
});
