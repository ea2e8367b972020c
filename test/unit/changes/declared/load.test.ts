import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDeclaredAccess, parseDeclared } from '../../../../src/changes/declared/load.ts';
import type { DeclaredEntry, FileProblem } from '../../../../src/changes/declared/model.ts';
import { formatProblem, refuseProblems } from '../../../../src/changes/declared/problems.ts';
import { sid } from '../../../support/changes.ts';

function directoryOf(files: Record<string, string | Buffer>): string {
  const directory = mkdtempSync(join(tmpdir(), 'declared-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

async function load(files: Record<string, string | Buffer>) {
  const directory = directoryOf(files);
  const { files: read, problems, warnings } = await loadDeclaredAccess(directory);
  const lines = (found: readonly FileProblem[]) =>
    found.map((each) => formatProblem(each).replace(`${directory}/`, ''));
  return { files: read, problems: lines(problems), warnings: lines(warnings) };
}

async function problemsIn(text: string): Promise<string[]> {
  return (await load({ 'a.yaml': text })).problems;
}

const head = 'owns:\n  - { scope: EU, roles: [Support] }\naccess:\n';

/** The entry with its values as plain members: it makes them when they are asked for. */
function withValues(entry: DeclaredEntry): DeclaredEntry {
  const { file, line, column, who, role, where, resource, from, until, because } = entry;
  return { file, line, column, who, role, where, resource, from, until, because };
}

test('a file is read with the place of each value', async () => {
  const problems: FileProblem[] = [];
  const file = await parseDeclared(
    `# Support
timezone: europe/berlin
owns:
  - { scope: EU production, roles: [Support, Viewer] }
groups:
  support: [ada@example.com, "external:007", ${sid('US', 1)}]
access:
  - { who: group:support, role: Support, where: EU production }
  - who: kim@example.com
    role: Viewer
    where: org
    from: 2026-01-01
    until: 2027-01-31
    because: >
      OPS-4711,
      as agreed
    resource: billing_group/bg/1
allow_removals: { count: 800, until: 2026-12-01, because: merger }
`,
    'a.yaml',
    problems,
  );
  const at = (line: number, column: number) => ({ file: 'a.yaml', line, column });
  expect(problems).toEqual([]);
  expect(file && { ...file, entries: file.entries.map(withValues) }).toEqual({
    path: 'a.yaml',
    everything: undefined,
    timezone: { ...at(2, 11), value: 'Europe/Berlin' },
    owns: [
      {
        ...at(4, 5),
        scope: { ...at(4, 14), value: 'EU production' },
        roles: [
          { ...at(4, 37), value: 'Support' },
          { ...at(4, 46), value: 'Viewer' },
        ],
      },
    ],
    groups: new Map([
      [
        'support',
        {
          ...at(6, 3),
          name: 'support',
          members: [
            { ...at(6, 13), value: 'ada@example.com' },
            { ...at(6, 30), value: 'external:007' },
            { ...at(6, 46), value: sid('US', 1) },
          ],
        },
      ],
    ]),
    entries: [
      {
        ...at(8, 5),
        who: { ...at(8, 12), value: 'group:support' },
        role: { ...at(8, 33), value: 'Support' },
        where: { ...at(8, 49), value: 'EU production' },
        resource: undefined,
        from: undefined,
        until: undefined,
        because: undefined,
      },
      {
        ...at(9, 5),
        who: { ...at(9, 10), value: 'kim@example.com' },
        role: { ...at(10, 11), value: 'Viewer' },
        where: { ...at(11, 12), value: 'org' },
        resource: { ...at(17, 15), value: { type: 'billing_group', id: 'bg/1' } },
        from: { ...at(12, 11), value: '2026-01-01' },
        until: { ...at(13, 12), value: '2027-01-31' },
        because: { ...at(14, 14), value: 'OPS-4711, as agreed' },
      },
    ],
    allowRemovals: {
      ...at(18, 1),
      count: 800,
      until: { ...at(18, 38), value: '2026-12-01' },
      because: { ...at(18, 59), value: 'merger' },
    },
  });
});

test.each([
  ['a map under owns', 'owns: { everything: true }\naccess: []\n', 1, 9],
  ['a line under owns', 'owns:\n  - everything: true\naccess: []\n', 2, 5],
  ['a key of the file', 'everything: true\naccess: []\n', 1, 1],
])('everything is owned by %s', async (_, text, line, column) => {
  const { files, problems } = await load({ 'a.yaml': text });
  expect(problems).toEqual([]);
  expect(files[0]?.everything).toMatchObject({ line, column });
});

describe('what is wrong is refused where it stands:', () => {
  const entry = (rest: string) => `${head}  - { who: a@b.example, role: Support, where: EU, ${rest} }\n`;
  test.each<[string, string, string[]]>([
    ['a list', '- a\n', ['a.yaml:1:1: the file must be a map (name: value)']],
    ['a text', 'owns\n', ['a.yaml:1:1: the file must be a map (name: value)']],
    [
      'unknown keys',
      `own:\n  - a\ngroup: {}\n${head}  - { whoo: a, role: Support, where: EU, colour: red }\n`,
      [
        'a.yaml:1:1: unknown key "own" in the file. Did you mean "owns"?',
        'a.yaml:3:1: unknown key "group" in the file. Did you mean "groups"?',
        'a.yaml:7:5: "who" is missing',
        'a.yaml:7:7: unknown key "whoo" in an entry of "access". Did you mean "who"?',
        'a.yaml:7:42: unknown key "colour" in an entry of "access". Known keys: who, role, where, resource, from, until, because',
      ],
    ],
    [
      'keys that are there twice',
      `${head}  - { who: a@b.example, who: c@d.example, role: Support, where: EU }\nowns: []\ngroups:\n  x: []\n  "x": []\n`,
      [
        'a.yaml:4:25: the key "who" is there twice; the first is in line 4',
        'a.yaml:5:1: the key "owns" is there twice; the first is in line 1',
        'a.yaml:8:3: the key "x" is there twice; the first is in line 7',
      ],
    ],
    [
      'lists that are left out',
      'owns:\ngroups:\n  support:\naccess:\n',
      [
        'a.yaml:1:6: "owns" must be a list. To say that it is empty, write []',
        'a.yaml:3:11: the group "support" must be a list. To say that it is empty, write []',
        'a.yaml:4:8: "access" must be a list. To say that it is empty, write []',
      ],
    ],
    [
      'a file that owns something, but has no list of access',
      'owns:\n  - { scope: EU, roles: [Support] }\n',
      [
        'a.yaml:1:1: the file owns something, but has no "access". To say that nobody has access, write access: []',
      ],
    ],
    [
      'a file that lists access, but owns nothing',
      'access:\n  - { who: a@b.example, role: Support, where: EU }\n',
      [
        'a.yaml:1:1: the file has "access", but owns nothing. List the pairs of scope and role that it decides under "owns"',
      ],
    ],
    [
      'pairs without scope or roles',
      'owns:\n  - { scope: EU }\n  - { roles: [Support] }\n  - { scope: EU, roles: Support }\n  - { scope: EU, roles: [] }\n  - EU\n  - { everything: true, scope: EU }\n  - { everything: yes }\naccess: []\n',
      [
        'a.yaml:2:5: "roles" is missing',
        'a.yaml:3:5: "scope" is missing',
        'a.yaml:4:25: "roles" must be a list. Write [a, b], or a line "- a" for each',
        'a.yaml:5:18: "roles" is empty. List the roles that the file decides',
        'a.yaml:6:5: "owns" must be a map (name: value)',
        'a.yaml:7:7: "everything" stands alone: it owns each scope and role',
        'a.yaml:8:19: "everything" can only be true. Leave it out to own single pairs',
      ],
    ],
    [
      'people who are none',
      `groups:\n  team: [ada, group:team, a@b.example, A@B.example]\n${head}  - { who: Ada Lovelace, role: Support, where: EU }\n  - { who: US123, role: Support, where: EU }\n  - { who: "group:", role: Support, where: EU }\n  - { who: [a@b.example], role: Support, where: EU }\n  - { who: group:teem, role: Support, where: EU }\n`,
      [
        'a.yaml:2:10: "ada" is not a user. Give a SID (US and 32 hexadecimal digits), an e-mail address, or external:ID. To find a person: twilio-org users list --search NAME',
        'a.yaml:2:15: a group has no groups as members. Name its people',
        'a.yaml:2:40: A@B.example is in the group "team" already, in line 2',
        'a.yaml:6:12: "Ada Lovelace" is not a user. Give a SID (US and 32 hexadecimal digits), an e-mail address, external:ID, or group:NAME. To find a person: twilio-org users list --search NAME',
        'a.yaml:7:12: "US123" is not a user. It has 3 of 32 digits. Give a SID (US and 32 hexadecimal digits), an e-mail address, external:ID, or group:NAME',
        'a.yaml:8:12: the name of the group is missing. Write group:NAME',
        'a.yaml:9:12: "who" must be one text',
        'a.yaml:10:12: there is no group "teem". Did you mean "team"?',
      ],
    ],
    [
      'texts that are none',
      `${head}  - { who: true, role: , where: "" }\n  - { who: a@b.example, role: IX123, where: ~ }\n`,
      [
        'a.yaml:4:12: "who" must be a text. Write "true" in quotes',
        'a.yaml:4:24: "role" needs a value',
        'a.yaml:4:33: "where" must not be empty',
        'a.yaml:5:31: "IX123" is not a role. It has 3 of 32 digits. Give a SID (IX and 32 hexadecimal digits) or the name of a role',
        'a.yaml:5:45: "where" needs a value',
      ],
    ],
    ...['2027-02-30', '31.01.2027', '2027-1-31', '2027-01-31T00:00:00Z', 'tomorrow', '20270131'].map(
      (day): [string, string, string[]] => [
        `the day ${day}`,
        entry(`until: ${day}`),
        [`a.yaml:4:58: "${day}" is not a day. Write it as YYYY-MM-DD, such as 2027-01-31`],
      ],
    ),
    [
      'an end before the beginning',
      entry('from: 2027-02-01, until: 2027-01-31'),
      ['a.yaml:4:57: the access begins on 2027-02-01, after its last day, 2027-01-31'],
    ],
    [
      'a resource without its type',
      entry('resource: bg_1'),
      ['a.yaml:4:61: "bg_1" is not a resource. Write its type and id: billing_group/bg_1'],
    ],
    [
      'a time zone that there is not',
      `timezone: Berlin\n${head}  []`,
      ['a.yaml:1:11: "Berlin" is not a time zone. Give a name such as Europe/Berlin, or UTC'],
    ],
    [
      'removals without reason and end',
      `allow_removals: { count: 0 }\n${head}  []`,
      [
        'a.yaml:1:1: "until" of "allow_removals" is missing',
        'a.yaml:1:1: "because" of "allow_removals" is missing',
        'a.yaml:1:26: "count" must be a whole number above 0',
      ],
    ],
    [
      'anchors, aliases and tags',
      `groups:\n  a: &a [a@b.example]\n  b: *a\n${head}  - { who: !!str a@b.example, role: Support, where: EU }\n`,
      [
        'a.yaml:2:9: anchors (&) and aliases (*) are not supported. Name people in a group',
        'a.yaml:3:6: anchors (&) and aliases (*) are not supported. Name people in a group',
        'a.yaml:7:18: the tag tag:yaml.org,2002:str is not supported',
      ],
    ],
    [
      'several documents',
      'groups: {}\n---\ngroups: {}\n',
      ['a.yaml:2:1: the file holds more than one document. Make a file of each'],
    ],
    ['a tab', 'owns:\n\t- a\n', ['a.yaml:2:1: a tab indents this line. Indent with spaces']],
    [
      'a second colon',
      `${head}  - who: a@b.example: x\n`,
      ['a.yaml:4:10: a second ": " stands in this line. Put a text that contains one in quotes'],
    ],
    [
      'braces that are not closed, in each line',
      `${head}  - { who: a, role: b\n  - { who: c, role: d\n`,
      [
        'a.yaml:5:3: a "}" is missing before this place. It closes a {',
        'a.yaml:6:1: a "}" is missing before this place. It closes a {',
      ],
    ],
    [
      'a reserved sign',
      `${head}  - { who: @ada, role: b }\n`,
      ['a.yaml:4:12: plain value cannot start with reserved character @. Put the text in quotes'],
    ],
    ['a tag of its own', 'groups: !mine {}\n', ['a.yaml:1:9: this is not YAML: unresolved tag: !mine']],
    [
      'deep nesting',
      `groups: ${'['.repeat(5000)}`,
      ['a.yaml:1:72: lists and maps are nested more than 64 deep'],
    ],
    [
      'deep lines',
      Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      ['a.yaml:64:65: lists and maps are nested more than 64 deep'],
    ],
  ])('%s', async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});

describe('access that is given twice', () => {
  const give = (rest: string) => `  - { ${rest} }\n`;
  const ada = 'who: ada@example.com, role: Support, where: EU';
  test.each<[string, string, string, boolean]>([
    ['the same line', ada, ada, true],
    ['another case', ada, 'who: ADA@example.com, role: support, where: eu', true],
    ['one of them with an end', `${ada}, until: 2027-01-31`, ada, true],
    ['overlapping periods', `${ada}, until: 2027-01-31`, `${ada}, from: 2027-01-31`, true],
    ['periods one after the other', `${ada}, until: 2027-01-31`, `${ada}, from: 2027-02-01`, false],
    ['another role', ada, 'who: ada@example.com, role: Viewer, where: EU', false],
    ['a resource', ada, `${ada}, resource: a/b`, false],
    [
      'an external id in another case',
      ada.replace('ada@example.com', 'external:a'),
      ada.replace('ada@example.com', 'external:A'),
      false,
    ],
  ])('%s', async (_, one, other, isRefused) => {
    const problems = await problemsIn(head + give(one) + give(other));
    expect(problems).toEqual(
      isRefused ? ['a.yaml:5:5: line 4 gives the same access. Keep one of the two entries'] : [],
    );
  });

  test('is found between files', async () => {
    const text = head + give(ada);
    expect((await load({ 'a.yaml': text, 'b/c.yml': text })).problems).toEqual([
      expect.stringMatching(
        /^b\/c\.yml:4:5: .*a\.yaml:4 gives the same access\. Keep one of the two entries$/,
      ),
    ]);
  });
});

test('groups are known in all files, defined once, and one that nobody uses is mentioned', async () => {
  const entry = (who: string) => `${head}  - { who: "group:${who}", role: Support, where: EU }\n`;
  const { problems, warnings } = await load({
    '1.yaml': entry('support'),
    '2.yaml': 'groups:\n  support: []\n  unused: []\n',
    '3.yaml': 'groups:\n  support: [a@b.example]\n',
  });
  expect(problems).toEqual([
    expect.stringMatching(/^3\.yaml:2:3: .*2\.yaml:2 defines a group "support", too$/),
  ]);
  expect(warnings).toEqual(['2.yaml:3:3: no entry names the group "unused"']);
});

test('a group of a file that can not be read is not called missing', async () => {
  const { problems } = await load({
    '1.yaml': `${head}  - { who: group:support, role: Support, where: EU }\n`,
    '2.yaml': 'groups: {\n',
  });
  expect(problems).toEqual([expect.stringMatching(/^2\.yaml:/)]);
});

test('only one file owns everything', async () => {
  const text = 'everything: true\naccess: []\n';
  expect((await load({ 'a.yaml': text, 'b.yaml': text })).problems).toEqual([
    expect.stringMatching(/^b\.yaml:1:1: only one file may own everything, and .*a\.yaml:1 does$/),
  ]);
});

describe('encodings and line ends', () => {
  const text = `${head}  - { who: zoë@example.com, role: Support, where: EU }\n`;
  test.each<[string, Buffer]>([
    ['Windows line ends', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['both', Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`)],
    ['no line end at the end', Buffer.from(text.trimEnd())],
    [
      'a document start and end',
      Buffer.from(`%YAML 1.2\n---\n${text}...\n`.replace('%YAML 1.2\n---\n', '---\n')),
    ],
  ])('%s are read', async (_, bytes) => {
    const { files, problems } = await load({ 'a.yaml': bytes });
    expect(problems).toEqual([]);
    expect(files[0]?.entries[0]).toMatchObject({
      column: 5,
      who: { value: 'zoë@example.com', column: 12 },
      where: { value: 'EU' },
    });
  });

  test.each<[string, Buffer, string]>([
    [
      'UTF-16',
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      'the file is UTF-16, but must be UTF-8. Save it as UTF-8',
    ],
    [
      'UTF-16 without a mark',
      Buffer.from(text, 'utf16le'),
      'the file is UTF-16, but must be UTF-8. Save it as UTF-8',
    ],
    ['Latin-1', Buffer.from(text, 'latin1'), 'the file is not UTF-8. Save it as UTF-8'],
    ['no text', Buffer.from('PK\u0003\u0004abc\0'), 'the file is not text. Write YAML'],
  ])('%s is refused', async (_, bytes, problem) => {
    expect((await load({ 'a.yaml': bytes })).problems).toEqual([`a.yaml:1:1: ${problem}`]);
  });

  test.each(['', '\n', '\ufeff', '# nothing yet\n', '---\n'])('%j declares nothing', async (empty) => {
    const { files, problems } = await load({ 'a.yaml': empty });
    expect({ files, problems }).toMatchObject({ files: [{ owns: [], entries: [] }], problems: [] });
  });
});

describe('the files of a directory', () => {
  test('are those with a YAML ending in all subdirectories, in the order of their names', async () => {
    const { files, problems } = await load({
      'b.yaml': '',
      'a/z.YML': '',
      'B.yml': '',
      'a/b/c.yaml': '',
      '.hidden.yaml': 'x',
      '.github/workflow.yml': 'x',
      'README.md': '{',
      'c.yaml.bak': '{',
    });
    expect(problems).toEqual([]);
    expect(files.map(({ path }) => path.replace(/^.*declared-\w+\//, ''))).toEqual([
      'B.yml',
      'a/b/c.yaml',
      'a/z.YML',
      'b.yaml',
    ]);
  });

  test('are no links, which may lead in circles', async () => {
    const directory = directoryOf({ 'a.yaml': '', 'd/b.yaml': '', 'text.txt': '' });
    symlinkSync(directory, join(directory, 'd', 'circle'));
    symlinkSync(join(directory, 'a.yaml'), join(directory, 'link.yaml'));
    symlinkSync('text.txt', join(directory, 'link.txt'));
    symlinkSync('nowhere', join(directory, 'broken.yml'));
    const { files, problems } = await loadDeclaredAccess(directory);
    expect(files).toHaveLength(2);
    expect(problems.map((each) => formatProblem(each).replace(`${directory}/`, ''))).toEqual([
      'broken.yml:1:1: this is a link, which is not followed. Put the file here',
      'd/circle:1:1: this is a link to a directory, which is not followed. Move the files here',
      'link.yaml:1:1: this is a link, which is not followed. Put the file here',
    ]);
  });

  test('have the name that the user gave the directory', async () => {
    const directory = directoryOf({ 'a.yaml': '- x\n' });
    const { problems } = await loadDeclaredAccess(`${directory}/./`);
    expect(problems[0]?.at.file).toBe(`${directory}/a.yaml`);
  });

  test.each([
    ['nowhere', 'There is no directory'],
    ['a.yaml', 'is not a directory'],
  ])('%s is no directory', async (name, why) => {
    const directory = directoryOf({ 'a.yaml': '' });
    await expect(loadDeclaredAccess(join(directory, name))).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(why),
    });
    expect(readdirSync(directory)).toEqual(['a.yaml']);
  });
});

test('all errors of all files are thrown as one, in the order of files and lines', async () => {
  const directory = directoryOf({ 'b.yaml': 'x: 1\ny: 2\n', 'a.yaml': '- x\n' });
  const { problems } = await loadDeclaredAccess(directory);
  const error = (() => {
    try {
      refuseProblems('access', problems);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({
    kind: 'usage',
    listed: {
      summary: '3 errors in access, so nothing was changed',
      lines: [
        `${directory}/a.yaml:1:1: the file must be a map (name: value)`,
        expect.stringContaining(`${directory}/b.yaml:1:1: unknown key "x"`),
        expect.stringContaining(`${directory}/b.yaml:2:1: unknown key "y"`),
      ],
    },
  });
  expect(() => refuseProblems('access', [])).not.toThrow();
});

test('a long list is read in portions, with the same places and problems', async () => {
  const lines = Array.from({ length: 1700 }, (_, index) => {
    if (index % 100 === 7)
      return `  # about ${index}\n\n  - who: u${index}@b.example\n    role: Support # why\n    where: EU`;
    return `  - { who: ${index === 1234 ? 'nobody' : `u${index}@b.example`}, role: Support, where: EU }`;
  });
  const text = `owns:\n- { scope: EU, roles: [Support] }\naccess:\n${lines.join('\n')}\ngroups:\n  x: [y]\n`;
  const { files, problems } = await load({ 'a.yaml': text });
  const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;
  expect(problems).toEqual([
    expect.stringMatching(`^a.yaml:${lineOf('nobody')}:12: "nobody" is not a user`),
    expect.stringMatching(`^a.yaml:${lineOf('[y]')}:7: "y" is not a user`),
  ]);
  expect(files[0]?.entries.map(({ who }) => [who.value, who.line])).toEqual(
    lines.flatMap((line) => {
      const [who] = /\S+@b.example/.exec(line) ?? [];
      return who === undefined ? [] : [[who, lineOf(`who: ${who}`)]];
    }),
  );
  const broken = await load({
    'a.yaml': text.replace('who: u3@', 'who: @u3@').replace('who: u1600@', 'who: @@'),
  });
  expect(broken.problems).toEqual([
    expect.stringMatching(`^a.yaml:${lineOf('u3@')}:12: plain value cannot start`),
    expect.stringMatching(`^a.yaml:${lineOf('u1600@')}:12: plain value cannot start`),
  ]);
  expect(broken.files).toEqual([]);
});
