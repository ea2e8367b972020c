import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDeclared } from '../../../../../src/changes/declared/load.ts';
import type { DeclaredFile, FileProblem } from '../../../../../src/changes/declared/model.ts';
import { editFile } from '../../../../../src/changes/declared/writing/edit.ts';
import { type EntryTexts, yamlText } from '../../../../../src/changes/declared/writing/format.ts';

async function parsed(text: string): Promise<DeclaredFile> {
  const problems: FileProblem[] = [];
  const file = await parseDeclared(text, 'a.yaml', problems);
  expect(problems).toEqual([]);
  return file as DeclaredFile;
}

interface Wanted {
  /** Names in the addresses of the entries to remove. */
  remove?: string[];
  members?: string[];
  add?: string[];
  /** The entry that the new ones stand behind. */
  after?: string;
}

const address = (name: string) => `${name}@b.example`;

function entry(name: string, more: Partial<EntryTexts> = {}): EntryTexts {
  return { who: address(name), role: 'Support', where: 'EU', ...more };
}

async function edited(text: string, { remove = [], members = [], add = [], after }: Wanted): Promise<string> {
  const file = await parsed(text);
  const named = (name: string | undefined) =>
    file.entries.find(({ who }) => who.value === (name && address(name)));
  const groups = [...file.groups.values()].flatMap((group) => group.members);
  return editFile(text, file, {
    remove: remove.map((name) => named(name) ?? expect.fail(name)),
    removeMembers: groups.filter(({ value }) => members.some((name) => address(name) === value)),
    add: add.map((name) => ({ entry: entry(name), after: named(after) })),
  });
}

const owns = 'owns:\n  - { scope: EU, roles: [Support] }\n';
const line = (name: string, rest = '') => `  - { who: ${address(name)}, role: Support, where: EU }${rest}\n`;
const block = `${owns}access:\n  # the team\n${line('a', '   # lead')}\n  # later\n  - who: ${address('b')}   # why\n    role: Support\n    # inner\n    where: EU # end\n    # below\n${line('c')}# the end\ngroups: {}\n`;
const flow = `${owns}access: [{ who: ${address('a')}, role: Support, where: EU }, { who: ${address('b')}, role: Support, where: EU } ] # x\n`;
const lines = `${owns}access: [\n  { who: ${address('a')}, role: Support, where: EU }, # lead\n  # later\n  { who: ${address('b')}, role: Support, where: EU },\n]\n`;
const grouped = `groups:\n  one: [${address('a')}, ${address('b')}]   # two\n  two:\n    - ${address('c')} # first\n    # between\n    - ${address('d')}\n`;

describe('an edit changes nothing else:', () => {
  test.each<[string, string, Wanted, (text: string) => string]>([
    ['removes a line', block, { remove: ['a'] }, (text) => text.replace(line('a', '   # lead'), '')],
    [
      'removes an entry of several lines',
      block,
      { remove: ['b'] },
      (text) => text.replace(/ {2}- who: b(.|\n)*?where: EU # end\n/, ''),
    ],
    [
      'adds a line at the end',
      block,
      { add: ['x', 'y'] },
      (text) => text.replace(line('c'), line('c') + line('x') + line('y')),
    ],
    [
      'adds a line behind another',
      block,
      { add: ['x'], after: 'a' },
      (text) => text.replace('lead\n', `lead\n${line('x')}`),
    ],
    [
      'adds a line behind one of several lines that goes',
      block,
      { add: ['x'], after: 'b', remove: ['b'] },
      (text) => text.replace(/ {2}- who: b(.|\n)*?where: EU # end\n/, line('x')),
    ],
    [
      'leaves an empty list',
      `${owns}access:   # all\n${line('a')}  # below\n`,
      { remove: ['a'] },
      () => `${owns}access: []   # all\n  # below\n`,
    ],
    [
      'fills an empty list',
      `${owns}access: []  # nobody\ntimezone: UTC\n`,
      { add: ['x', 'y'] },
      () => `${owns}access:  # nobody\n${line('x')}${line('y')}timezone: UTC\n`,
    ],
    [
      'fills an empty list at the end',
      `${owns}access: []`,
      { add: ['x'] },
      () => `${owns}access:\n${line('x')}`,
    ],
    [
      'adds to a text without an end of line',
      `${owns}access:\n${line('a')}`.trimEnd(),
      { add: ['x', 'y'] },
      () => `${owns}access:\n${line('a')}${line('x')}${line('y')}`,
    ],
    [
      'keeps the indentation',
      `${owns}access:\n- { who: ${address('a')}, role: Support, where: EU }\n`,
      { add: ['x'] },
      (text) => `${text}${line('x').trimStart()}`,
    ],
    [
      'keeps Windows line ends',
      `${owns}access:\n${line('a')}${line('b')}`.replaceAll('\n', '\r\n'),
      { add: ['x'], remove: ['a'] },
      () => `${owns}access:\n${line('b')}${line('x')}`.replaceAll('\n', '\r\n'),
    ],
    [
      'removes the last of a line before a comment',
      flow.replace(' ] # x', ', # hidden\n]'),
      { remove: ['b'] },
      (text) => text.replace(/\{ who: b[^}]*\},/, ''),
    ],
    [
      'removes the first in brackets',
      flow,
      { remove: ['a'] },
      (text) => text.replace(/\{ who: a[^}]*\}, /, ''),
    ],
    [
      'removes the last in brackets',
      flow,
      { remove: ['b'] },
      (text) => text.replace(/, \{ who: b[^}]*\}/, ''),
    ],
    ['removes all in brackets', flow, { remove: ['a', 'b'] }, () => `${owns}access: [ ] # x\n`],
    [
      'adds in brackets',
      flow,
      { add: ['x'] },
      (text) => text.replace(' ] # x', `, { who: ${address('x')}, role: Support, where: EU } ] # x`),
    ],
    [
      'replaces all in brackets',
      flow,
      { add: ['x'], remove: ['a', 'b'] },
      () => `${owns}access: [ { who: ${address('x')}, role: Support, where: EU }  ] # x\n`,
    ],
    ['removes a line in brackets', lines, { remove: ['a'] }, (text) => text.replace(/ {2}\{ who: a.*\n/, '')],
    [
      'adds a line in brackets',
      lines,
      { add: ['x'] },
      (text) => text.replace(',\n]', `,\n  { who: ${address('x')}, role: Support, where: EU },\n]`),
    ],
    [
      'adds within braces',
      `{ owns: [{ scope: EU, roles: [Support] }], access: [] }\n`,
      { add: ['x'] },
      (text) => text.replace('access: []', `access: [ { who: ${address('x')}, role: Support, where: EU } ]`),
    ],
    [
      'removes members of groups',
      grouped,
      { members: ['b', 'c'] },
      (text) => text.replace(', b@b.example', '').replace('    - c@b.example # first\n', ''),
    ],
    [
      'finds a dash in a line of its own',
      `${owns}access:\n  -\n    # about a\n    who: ${address('a')}\n    role: Support\n    where: EU\n${line('b')}`,
      { remove: ['a'] },
      () => `${owns}access:\n${line('b')}`,
    ],
    [
      'removes an entry that ends in a block of text',
      `${owns}access:\n  - who: ${address('a')}\n    role: Support\n    where: EU\n    because: >\n      one\n      two\n\n  # about b\n${line('b')}`,
      { remove: ['a'] },
      () => `${owns}access:\n\n  # about b\n${line('b')}`,
    ],
  ])('%s', async (_, text, wanted, expected) => {
    expect(await edited(text, wanted)).toBe(expected(text));
  });
});

test('an edit that would mean something else is refused', async () => {
  const text = `${owns}access:\n${line('a')}`;
  const file = await parsed(text);
  const other = await parsed(`# above\n${text}`);
  await expect(editFile(text, file, { remove: other.entries, removeMembers: [], add: [] })).rejects.toThrow(
    'Nothing was written',
  );
});

test('an entry is written with all that it has, and what people should know', async () => {
  const text = `${owns}access: []\n`;
  const all = entry('x', {
    resource: 'a/b: c',
    from: '2026-01-01',
    until: '2027-01-31',
    because: 'OPS #1',
    comment: 'not a\nmanaged user',
  });
  const after = await editFile(text, await parsed(text), {
    remove: [],
    removeMembers: [],
    add: [{ entry: all }],
  });
  expect(after).toBe(
    `${owns}access:\n  - { who: x@b.example, role: Support, where: EU, resource: "a/b: c", from: 2026-01-01, until: 2027-01-31, because: "OPS #1" } # not a managed user\n`,
  );
});

test('any text is read as it was written, in lists of both styles', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      'yes',
      'null',
      '1e3',
      '0x1F',
      '- a',
      'a: b',
      'a #b',
      '2027-01-31',
      '~',
      '"',
      "'",
      'a,b',
      '[a]',
      'EU production',
      '&a',
      '*a',
      '!a',
      '%a',
      '@a',
      'a:',
      'ü b',
      'a\tb',
      '<<',
      '=',
      '.inf',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      text.filter((each) => each.trim() !== ''),
      async (name) => {
        const file = await parsed(
          `owns: [{ scope: ${yamlText(name)}, roles: [a] }, { scope: b, roles: [${yamlText(name)}, c] }]\naccess: []\ntimezone: UTC\n`,
        );
        expect(file.owns[0]?.scope.value).toBe(name.trim());
      },
    ),
    { numRuns: 100 },
  );
});

test('random edits of random files keep every other line, and each comment', async () => {
  const name = fc.integer({ min: 0, max: 999 }).map((index) => `u${index}`);
  const people = fc.uniqueArray(name, { maxLength: 8 });
  const style = fc.constantFrom('flow', 'block', 'blank', 'comment', 'trailing');
  const eol = fc.constantFrom('\n', '\r\n');
  await fc.assert(
    fc.asyncProperty(
      people,
      fc.array(style, { minLength: 8, maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      people,
      eol,
      fc.boolean(),
      fc.boolean(),
      async (names, styles, isRemoved, added, end, hasMore, isIndented) => {
        const indent = isIndented ? '    ' : '';
        const items = names.map((each, index) => {
          const one = `${indent}- { who: ${address(each)}, role: Support, where: EU }`;
          if (styles[index] === 'block')
            return `${indent}- who: ${address(each)}\n${indent}  role: Support # ${each}\n${indent}  where: EU\n`;
          if (styles[index] === 'blank') return `\n${one}\n`;
          if (styles[index] === 'comment') return `${indent}# above ${each}\n${one}\n`;
          return styles[index] === 'trailing' ? `${one} # about ${each}\n` : `${one}\n`;
        });
        const list = items.length === 0 ? 'access: []\n' : `access:\n${items.join('')}`;
        const text = `# top\n${owns}${list}${hasMore ? '# below\ngroups: {}\n' : ''}`.replaceAll('\n', end);
        const removed = names.filter((_, index) => isRemoved[index]);
        const fresh = added.filter((each) => !names.includes(each));
        const after = await edited(text, { remove: removed, add: fresh });
        const now = await parsed(after);
        const who = [...names.filter((each) => !removed.includes(each)), ...fresh].map(address);
        expect(now.entries.map((each) => each.who.value).toSorted()).toEqual(who.toSorted());
        const keep = (all: string) => all.split(end).filter((each) => /^\s*#|^\s*$|^owns|scope/.test(each));
        expect(keep(after).filter(Boolean)).toEqual(keep(text).filter(Boolean));
        if (removed.length === 0 && fresh.length === 0) expect(after).toBe(text);
        if (end === '\r\n') expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      },
    ),
    { numRuns: 60 },
  );
});
