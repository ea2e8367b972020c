import { describe, expect, test } from 'vitest';
import { type HelpPage, helpPage, layOutHelp } from '../../../../src/cli/help/page.ts';
import { loadProgram } from '../../../../src/program.ts';

const program = await loadProgram();
const names = program.entries.flatMap((entry) => [
  [entry.name],
  ...('commands' in entry ? entry.commands.map(({ name }) => name.split(' ')) : []),
]);

describe('a page of help', () => {
  test('has the same words at each width', () => {
    const wordsAt = (words: string[], width: number) =>
      layOutHelp(helpPage(program, words) as HelpPage, width)
        .split(/\s+/)
        .join(' ');
    for (const words of [[], ...names])
      for (const width of [20, 50, 100]) expect(wordsAt(words, width)).toBe(wordsAt(words, 80));
  });

  test('is that of a group for its alias too, and of nothing else', () => {
    expect(helpPage(program, ['assignments'])).toEqual(helpPage(program, ['role-assignments']));
    for (const words of [['user'], ['users', 'lst'], ['users', 'list', 'x'], ['doctor', 'x'], ['__proto__']])
      expect(helpPage(program, words)).toBeUndefined();
  });

  test('is broken between words, with its descriptions below each other', () => {
    const page: HelpPage = {
      usage: 'tool x [flags]',
      summary: 'Do something',
      sections: [
        { title: 'Arguments:', items: [] },
        {
          title: 'Flags:',
          items: [{ term: '--a <n>', text: 'one two three four five six seven eight nine ten' }],
        },
      ],
      topics: [],
      examples: ['tool x', 'tool x --a 1'],
    };
    expect(layOutHelp(page, 48)).toBe(`Usage: tool x [flags]

Do something

Flags:
  --a <n>  one two three four five six seven
           eight nine ten

Examples:
  $ tool x
  $ tool x --a 1

`);
    expect(layOutHelp(page, 30)).toContain(
      '  --a <n>\n      one two three four five\n      six seven eight nine ten\n',
    );
  });
});
