import { describe, expect, test } from 'vitest';
import { tableLines } from '../../../../src/platform/terminal/table.ts';

const sid = (digit: string): string => `US${digit.repeat(32)}`;

async function lines(head: string[], rows: string[][], width?: number): Promise<string[]> {
  return [...(await tableLines(head, rows, { width, color: false }))];
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

  test('cuts free text before ids', async () => {
    const printed = (await lines(head, rows, 80)).join('\n');
    expect(printed).toContain(`${sid('1')}  yuki.tanaka`);
    expect(printed).toMatch(/…\s/);
  });

  test('treats the name of a run as an id', async () => {
    const run = '20260314-091500123-4f2a';
    const printed = await lines(['run', 'command'], [[run, 'twilio-org users import joiners.csv']], 40);
    expect(printed[1]).toBe(`${run}  twilio-org use…`);
  });

  test('cuts the widest text first', async () => {
    const printed = await lines(['a', 'b'], [['x'.repeat(50), 'short text']], 40);
    expect(printed[1]).toBe(`${'x'.repeat(27)}…  short text`);
  });

  test('cuts ids when nothing else gives room', async () => {
    for (const line of await lines(head, rows, 40)) expect(columns(line)).toBeLessThanOrEqual(40);
  });

  test('never cuts a character in two', async () => {
    for (let width = 4; width < 30; width += 1) {
      for (const text of ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', '𠀀𠀁𠀂𠀃𠀄𠀅𠀆', 'e\u0301'.repeat(12)]) {
        const [, line = ''] = await lines(['a', 'b'], [[text, 'x'.repeat(20)]], width);
        const [kept = ''] = line.split(/…|\s/);
        expect(text.startsWith(kept)).toBe(true);
        expect(kept).toMatch(/^(?:👩‍👩‍👧|[𠀀-𠀆]|e\u0301)*$/u);
      }
    }
  });

  test('prints more columns than there is room for', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `column${index}`);
    expect((await lines(many, [many], 20))[1]).toContain('co…  co…');
  });
});

test('only the header of a table is bold', async () => {
  const [head, row] = [...(await tableLines(['id', 'name'], [['1', 'Ann']], { width: 80, color: true }))];
  expect(head).toBe('\x1b[1mid\x1b[22m  \x1b[1mname\x1b[22m');
  expect(row).toBe('1   Ann');
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
