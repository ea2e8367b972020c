import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOutNotes, wrapPlain } from '../../../../src/platform/terminal/plain-prose.ts';
import { wrapWords } from '../../../../src/platform/terminal/prose.ts';
import { loadProgram } from '../../../../src/program.ts';

test('layOutNotes fills paragraphs anew and leaves indented lines alone', () => {
  const notes =
    'One sentence that is\nbroken here.\nAn example:\n  a: 1    # kept as it is, however long this line may get to be\n';
  expect(layOutNotes(notes, 60)).toBe(
    'One sentence that is broken here.\nAn example:\n  a: 1    # kept as it is, however long this line may get to be',
  );
});

test('wrapPlain breaks text of one column a character where the library does', () => {
  const word = fc.stringMatching(/^[!-~]{1,14}$/);
  const line = fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(
      line,
      fc.integer({ min: 5, max: 60 }),
      fc.constantFrom('', '  ', '      '),
      (text, width, indent) => {
        expect(wrapPlain(text, width, indent)).toEqual(wrapWords(text, width, indent));
      },
    ),
  );
});

test('all help has characters of one column only', async () => {
  const { entries, ...front } = await loadProgram();
  expect(JSON.stringify({ front, entries })).toMatch(/^[ -~…]*$/);
});
