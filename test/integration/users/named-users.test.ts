import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { sent, userAt, userNow, writes } from '../../support/cli.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

const verbs = ['activate', 'deactivate', 'offboard'] as const;

/** Two users whom the verb changes. */
function two({ sandbox }: World, verb: string) {
  return (verb === 'activate' ? [7, 13] : [1, 2]).map((index) => userAt(sandbox, index));
}

function states({ sandbox }: World, users: readonly { id: string }[]): boolean[] {
  return users.map((user) => userNow(sandbox, user as never).active);
}

/** Every way to name both users, in a file and as arguments. */
const ways: [what: string, text: (users: Named[]) => string, args?: (users: Named[]) => string[]][] = [
  ['one address a line', (users) => `${users.map(({ userName }) => userName).join('\n')}\n`],
  ['one user a line, in every way', ([one, other]) => `${one?.id}\nexternal:${other?.externalId}`],
  ['a column email', (users) => `email\n${users.map(({ userName }) => userName).join('\n')}\n`],
  ['a column id', (users) => `id\r\n${users.map(({ id }) => id).join('\r\n')}\r\n`],
  ['SIDs in capitals', (users) => `id\n${users.map(({ id }) => id.toUpperCase()).join('\n')}\n`],
  [
    'a SID in capitals as an argument',
    ([one]) => `email\n${one?.userName}\n`,
    ([, other]) => [other?.id.toUpperCase() ?? ''],
  ],
  [
    'a column externalId, as Excel saves it',
    (users) =>
      `\uFEFFexternalId;email\r\n${users.map(({ externalId }) => `${externalId};`).join('\r\n')}\r\n`,
  ],
  ['JSON', (users) => JSON.stringify(users.map(({ userName }) => ({ email: userName })))],
  [
    'one in the file, the other as an argument',
    ([one]) => `email\n${one?.userName}\n`,
    ([, other]) => [other?.userName.toUpperCase() ?? ''],
  ],
  [
    'the same people several times',
    ([one, other]) => `user\n${one?.id}\n${other?.userName}\n${one?.userName.toUpperCase()}\n`,
    ([one, other]) => [`external:${one?.externalId}`, other?.id ?? ''],
  ],
];

interface Named {
  id: string;
  userName: string;
  externalId?: string;
}

describe.each(verbs)('users %s', (verb) => {
  test.each(ways)('takes users from a file: %s', async (_, text, args) => {
    const world = await bulkWorld({ users: 20 });
    const users = two(world, verb);
    const command = ['users', verb, ...(args?.(users) ?? []), '--file', world.file('list.csv', text(users))];
    const { stdout, stderr, exitCode } = await world.call([...command, '--yes', '-o', 'json']);
    expect({ stderr, exitCode }).toMatchObject({ exitCode: 0 });
    expect(states(world, users)).toEqual([verb === 'activate', verb === 'activate']);
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  test('takes users from standard input', async () => {
    const world = await bulkWorld({ users: 20 });
    const users = two(world, verb);
    const text = users.map(({ userName }) => userName).join('\n');
    expect(await world.call(['users', verb, '--file', '-', '--yes'], {}, text)).toMatchObject({
      exitCode: 0,
    });
    expect(states(world, users)).toEqual([verb === 'activate', verb === 'activate']);
  });

  test('names all unknown users at once and changes nothing', async () => {
    const world = await bulkWorld({ users: 20 });
    const [one, other] = two(world, verb);
    const file = world.file(
      'list.txt',
      `${one?.userName}\nnobody@example.com\n${other?.id}\nexternal:none\n`,
    );
    const args = ['users', verb, `US${'0'.repeat(32)}`, '--file', file, '--yes'];
    const { stdout, stderr, exitCode } = await world.call(args);
    expect({ stdout, exitCode, writes: writes(world.sandbox) }).toEqual({
      stdout: '',
      exitCode: 6,
      writes: [],
    });
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      `There is no user US${'0'.repeat(32)}`,
      'line 2: There is no user nobody@example.com',
      'line 4: There is no user external:none',
      'error: 3 users do not exist, so nothing was changed: they are listed above',
    ]);
    expect(stderr).toContain('To go on without those who do not exist, add --skip-unknown');
    const { error } = JSON.parse((await world.call([...args, '-o', 'json'])).stderr);
    expect(error).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('line 4: There is no user'),
    });
  });

  test('goes on without unknown users with --skip-unknown, reports each and exits with 3', async () => {
    const world = await bulkWorld({ users: 20 });
    const [one, other] = two(world, verb);
    const file = world.file(
      'list.txt',
      `${one?.userName}\nnobody@example.com\n${other?.userName}\nexternal:none\n`,
    );
    const { stdout, stderr, exitCode } = await world.call([
      'users',
      verb,
      '--file',
      file,
      '--skip-unknown',
      '--yes',
    ]);
    expect(exitCode).toBe(3);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(states(world, [one, other] as never)).toEqual([verb === 'activate', verb === 'activate']);
    expect(stderr).toContain('line 2: There is no user nobody@example.com; skipped');
    expect(stderr).toContain('line 4: There is no user external:none; skipped');
    expect(stderr).toContain(
      'error: 2 of 4 users were skipped because they do not exist: nobody@example.com, external:none',
    );
  });

  test('refuses a list whose rows are wrong, each by its line, before any request', async () => {
    const { call, file, sandbox } = await bulkWorld({ users: 20 });
    const list = file('list.csv', 'email,id\nnot an address,\nada@example.com,4711\n,\n');
    const { stderr, exitCode } = await call(['users', verb, '--file', list, '--yes', '--skip-unknown']);
    expect({ exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 2, sent: [] });
    for (const line of ['line 2, email', 'line 3, id']) expect(stderr).toContain(line);
  });

  test('refuses a row whose names are of different users', async () => {
    const world = await bulkWorld({ users: 20 });
    const [one, other] = two(world, verb);
    const list = world.file('list.csv', `email,id\n${one?.userName},${other?.id}\n`);
    const { stderr, exitCode } = await world.call(['users', verb, '--file', list, '--yes']);
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 2, writes: [] });
    expect(stderr).toContain(`line 2: ${other?.id} and ${one?.userName} are different users`);
  });

  test.each<[what: string, row: (user: Named) => string, problem: (user: Named) => string]>([
    [
      'an address of nobody beside a SID',
      ({ id }) => `${id},nobody@example.com,`,
      ({ id, userName }) =>
        `line 2: the e-mail address of ${id} is ${userName}, and no user has nobody@example.com`,
    ],
    [
      'an external id of nobody',
      ({ userName }) => `,${userName},emp-none`,
      ({ userName, externalId }) =>
        `line 2: the external id of ${userName} is ${externalId}, and no user has external:emp-none`,
    ],
    [
      'a known external id beside an unknown address',
      ({ externalId }) => `,ghost@example.com,${externalId}`,
      ({ userName, externalId }) =>
        `line 2: there is no user ghost@example.com, but external:${externalId} is ${userName}`,
    ],
    [
      'a known address beside an unknown SID',
      ({ userName }) => `US${'0'.repeat(32)},${userName},`,
      ({ userName }) => `line 2: there is no user US${'0'.repeat(32)}, but there is ${userName}`,
    ],
  ])('refuses a row with %s, also with --skip-unknown', async (_, row, problem) => {
    const world = await bulkWorld({ users: 20 });
    const one: Named = userAt(world.sandbox, verb === 'activate' ? 7 : 1);
    const list = world.file('list.csv', `id,email,externalId\n${row(one)}\n`);
    const args = ['users', verb, '--file', list, '--yes', '--skip-unknown'];
    const { stderr, exitCode } = await world.call(args);
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 2, writes: [] });
    expect(stderr).toContain(problem(one));
  });

  test('says what is missing where there is neither a user nor a file, and which arguments are wrong', async () => {
    const { call, sandbox } = await bulkWorld({ users: 3 });
    expect(await call(['users', verb, '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Which user'),
    });
    const { stderr, exitCode } = await call(['users', verb, 'ada', 'grace', '--yes']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('"ada" is not a user; "grace" is not a user');
    expect((await call(['users', verb, 'ada@example.com', '--ignore-unknown', '--yes'])).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });

  test('reads a column of another name with --map, and names columns that nothing uses', async () => {
    const world = await bulkWorld({ users: 20 });
    const users = two(world, verb);
    const rows = users.map(({ userName }) => `${userName},Sales`).join('\n');
    const args = ['users', verb, '--file', world.file('list.csv', `Kontakt,Team\n${rows}\n`), '--yes'];
    const mapped = [...args, '--map', 'Kontakt=email'];
    expect(await world.call(mapped)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"Team"'),
    });
    expect((await world.call([...mapped, '--ignore-columns', 'Team'])).exitCode).toBe(0);
  });
});

test('users activate reads no ends, so that a column of them can be skipped', async () => {
  const world = await bulkWorld({ users: 20 });
  const users = two(world, 'activate');
  const rows = users.map(({ userName }) => `${userName},2024-01-01`).join('\n');
  const list = world.file('list.csv', `email,ends\n${rows}\n`);
  const args = ['users', 'activate', '--file', list, '--yes'];
  const { stderr } = await world.call([...args, '--ignore-unknown']);
  expect(stderr).toContain('To skip it: --ignore-columns "ends"');
  expect(stderr).not.toContain('--due today');
  expect((await world.call([...args, '--ignore-columns', 'ends'])).exitCode).toBe(0);
  expect(states(world, users)).toEqual([true, true]);
});

describe.each(['deactivate', 'offboard'])('users %s --due', (verb) => {
  const noon = Date.parse('2026-07-01T12:00:00Z');
  const both: [string, string] = ['Contract end', 'Last day'];

  async function due(ends: (string | undefined)[], flags: string[], now = noon) {
    const world = await bulkWorld({ users: 20 });
    const users = [1, 2, 3].map((index) => userAt(world.sandbox, index));
    const text = `email,ends\n${ends.map((end, index) => `${users[index]?.userName},${end ?? ''}`).join('\n')}\n`;
    const args = ['users', verb, '--file', world.file('contractors.csv', text), ...flags, '--yes'];
    const result = await world.call(args, {}, '', now);
    return { ...result, gone: states(world, users).map((active) => !active), writes: writes(world.sandbox) };
  }

  test.each<[what: string, ends: (string | undefined)[], flags: string[], gone: boolean[]]>([
    [
      'the named day is the last one',
      ['2026-06-30', '2026-07-01', '2026-07-02'],
      ['--due', 'today'],
      [true, false, false],
    ],
    [
      'a day of its own',
      ['2026-06-30', '2026-07-01', '2026-07-02'],
      ['--due', '2026-07-02'],
      [true, true, false],
    ],
    [
      'somebody without an end stays',
      ['2026-06-30', undefined, ''],
      ['--due', 'today'],
      [true, false, false],
    ],
    ['nobody', ['2999-12-31', undefined, '2026-07-01'], ['--due', 'today'], [false, false, false]],
  ])('takes users whose last day is over: %s', async (_, ends, flags, gone) => {
    expect(await due(ends, flags)).toMatchObject({ exitCode: 0, gone });
  });

  test('counts whom it takes and whom it leaves alone', async () => {
    const { stderr } = await due(['2026-06-30', '2026-07-01', ''], ['--due', 'today']);
    expect(stderr).toContain('Last day before 2026-07-01 (UTC): 1 of 3 rows. 1 later, 1 without an end');
  });

  test.each([
    ['UTC', '2026-06-30T23:59:00Z', false],
    ['UTC', '2026-07-01T00:01:00Z', true],
    ['Europe/Paris', '2026-06-30T22:01:00Z', true],
    ['America/New_York', '2026-07-01T03:59:00Z', false],
  ])('in %s at %s takes a last day of 30 June: %s', async (zone, now, isGone) => {
    const { gone } = await due(['2026-06-30'], ['--due', 'today', '--timezone', zone], Date.parse(now));
    expect(gone[0]).toBe(isGone);
  });

  test.each(['12/31/2026', '31.12.2026', '2026-02-30', '46387', 'soon', '2026-06-30T00:00:00Z'])(
    'refuses the end %s by line, and changes nobody',
    async (end) => {
      const { exitCode, stderr, writes } = await due(['2026-06-30', end], ['--due', 'today']);
      expect({ exitCode, writes }).toEqual({ exitCode: 2, writes: [] });
      expect(stderr).toContain(`line 3, ends: "${end}" is not a day of the form YYYY-MM-DD`);
    },
  );

  test.each(['0001-01-01', '1900-01-01', '1970-01-01', '0026-06-26'])(
    'refuses the end %s, which means none or is a slip',
    async (end) => {
      const { exitCode, stderr, writes } = await due(['2026-06-30', end], ['--due', 'today']);
      expect({ exitCode, writes }).toEqual({ exitCode: 2, writes: [] });
      expect(stderr).toContain(`line 3, ends: "${end}" is too long ago`);
    },
  );

  test.each<[what: string, text: (user: string) => string, titles: [string, string]]>([
    ['the first is filled', (user) => `email,Contract end,Last day\n${user},2026-06-30,\n`, both],
    ['the last is filled', (user) => `email,Contract end,Last day\n${user},,2026-06-30\n`, both],
    ['both are empty', (user) => `email,Contract end,Last day\n${user},,\n`, both],
    ['both are the same', (user) => `email,Contract end,Last day\n${user},2026-06-30,2026-06-30\n`, both],
    ['one is ours', (user) => `email,ends,Contract end\n${user},,2026-01-01\n`, ['ends', 'Contract end']],
    [
      'each record has another',
      (user) => `[{"email":"${user}","ends":"2026-01-01"},{"email":"${user}","Last day":""}]`,
      ['ends', 'Last day'],
    ],
  ])('refuses two columns of last days, until one is skipped: %s', async (_, text, [one, other]) => {
    const world = await bulkWorld({ users: 20 });
    const list = world.file('list', text(userAt(world.sandbox, 1).userName));
    const args = ['users', verb, '--file', list, '--due', 'today', '--yes'];
    const refused = await world.call([...args, '--ignore-unknown'], {}, '', noon);
    expect({ exitCode: refused.exitCode, writes: writes(world.sandbox) }).toEqual({
      exitCode: 2,
      writes: [],
    });
    expect(refused.stderr).toContain(`"${one}" and "${other}" both mean ends`);
    for (const [title, skipped] of [
      [one, other],
      [other, one],
    ]) {
      const advice = `To read only "${title}": --ignore-columns ${skipped?.includes(' ') ? `'${skipped}'` : skipped}`;
      expect(refused.stderr).toContain(advice);
    }
    const skipping = [...args, '--ignore-columns', other, '--dry-run'];
    expect((await world.call(skipping, {}, '', noon)).exitCode).toBe(0);
    const mapped = [...args, '--map', `${one}=ends`, '--ignore-columns', other, '--dry-run'];
    expect((await world.call(mapped, {}, '', noon)).exitCode).toBe(0);
  });

  test('refuses two columns of last days that no flag can tell apart', async () => {
    const world = await bulkWorld({ users: 20 });
    const user = userAt(world.sandbox, 1).userName;
    for (const [titles, flags, advice] of [
      ['ends,ends', [], 'Rename or remove all but one "ends"'],
      ['Last day,lastDay', ['--map', 'Last day=ends'], 'Rename or remove all but one "Last day"'],
      ['Left on,Until', ['--map', 'Left on=ends', '--map', 'Until=ends'], 'Leave out all but one --map'],
    ] as const) {
      const list = world.file('list.csv', `email,${titles}\n${user},2026-06-30,\n`);
      const args = ['users', verb, '--file', list, '--due', 'today', '--yes', ...flags];
      const { exitCode, stderr } = await world.call(args, {}, '', noon);
      expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 2, writes: [] });
      expect(stderr).toContain('both mean ends');
      expect(stderr).toContain(advice);
    }
  });

  test('refuses a file with a column ends without --due, unless the column is ignored', async () => {
    for (const ends of [['2999-12-31'], ['']]) {
      for (const flags of [[], ['--ignore-unknown']]) {
        const { exitCode, stderr, writes } = await due(ends, flags);
        expect({ exitCode, writes }).toEqual({ exitCode: 2, writes: [] });
        expect(stderr).toMatch(/--due today\. .*--ignore-columns ends/);
      }
    }
    expect(await due(['2999-12-31'], ['--ignore-columns', 'ends'])).toMatchObject({
      exitCode: 0,
      gone: [true, false, false],
    });
  });

  test.each([
    ['Contract End', "--ignore-columns 'Contract End'"],
    ['lastDay', '--ignore-columns lastDay'],
  ])('names the column %s as the file does, and the advice works', async (title, advice) => {
    const world = await bulkWorld({ users: 20 });
    const one = userAt(world.sandbox, 1);
    const list = world.file('list.csv', `email,${title}\n${one.userName},2999-12-31\n`);
    const args = ['users', verb, '--file', list, '--yes'];
    const { stderr } = await world.call(args);
    expect(stderr).toContain(`has a column "${title}" with last days`);
    expect(stderr).toContain(advice);
    expect((await world.call([...args, '--ignore-columns', title])).exitCode).toBe(0);
  });

  test.each([
    ['without a file', ['ada@example.com', '--due', 'today'], '--due needs --file'],
    ['with another word', ['--file', 'FILE', '--due', 'tomorrow'], 'Give today'],
    ['with a day that does not exist', ['--file', 'FILE', '--due', '2026-02-30'], 'Give today'],
    ['with an unknown time zone', ['--file', 'FILE', '--due', 'today', '--timezone', 'Paris'], 'IANA'],
    [
      'with a file without the column ends',
      ['--file', 'FILE', '--due', 'today'],
      '--due needs a column ends',
    ],
    ['with a list without a header', ['--file', 'LIST', '--due', 'today'], '--due needs a column ends'],
    ['but a time zone alone', ['--file', 'FILE', '--timezone', 'Europe/Paris'], '--timezone needs --due'],
  ])('is a usage error %s', async (_, args, text) => {
    const { call, file, sandbox } = await bulkWorld({ users: 3 });
    const files: Record<string, string> = {
      FILE: file('list.csv', 'email\nada@example.com\n'),
      LIST: file('list.txt', 'ada@example.com\n'),
    };
    const { stderr, exitCode } = await call([
      'users',
      verb,
      ...args.map((word) => files[word] ?? word),
      '--yes',
    ]);
    expect({ exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 2, sent: [] });
    expect(stderr).toContain(text);
  });

  test.each<[what: string, row: (user: Named) => string]>([
    ['by SID', ({ id }) => `,${id},,2027-06-30`],
    [
      'by a further name beside an unknown one',
      ({ externalId }) => `old@example.com,,${externalId},2027-06-30`,
    ],
    ['without an end', ({ userName }) => `${userName.toUpperCase()},,,`],
  ])('leaves somebody alone whose other row is not due: %s', async (_, row) => {
    const world = await bulkWorld({ users: 20 });
    const one = userAt(world.sandbox, 1);
    const list = world.file(
      'list.csv',
      `email,id,externalId,ends\n${one.userName},,,2026-06-30\n${row(one)}\n`,
    );
    const args = ['users', verb, '--file', list, '--due', 'today', '--yes'];
    const { stderr, exitCode } = await world.call(args, {}, '', noon);
    expect(exitCode).toBe(0);
    const why = row(one).endsWith(',') ? 'has no end' : 'ends on 2027-06-30';
    expect(stderr).toContain(`${one.userName} keeps access: line 3 ${why}`);
    expect(states(world, [one])).toEqual([true]);
  });

  test.each(['2027-06-30', ''])('refuses an argument that the file says ends later: %j', async (ends) => {
    const world = await bulkWorld({ users: 20 });
    const [one, other] = [userAt(world.sandbox, 1), userAt(world.sandbox, 2)];
    const list = world.file('list.csv', `user,ends\n${one.userName},2026-06-30\n${other.userName},${ends}\n`);
    const args = ['users', verb, other.id, '--file', list, '--due', 'today', '--yes'];
    const { stderr, exitCode } = await world.call(args, {}, '', noon);
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 2, writes: [] });
    const why = ends === '' ? 'has no end' : `ends on ${ends}`;
    expect(stderr).toContain(`line 3: ${other.userName} is named as an argument, but this row ${why}`);
  });

  test('refuses a row that contradicts itself, also where nobody of it is due', async () => {
    const world = await bulkWorld({ users: 20 });
    const [one, other] = [userAt(world.sandbox, 1), userAt(world.sandbox, 2)];
    const text = `email,externalId,ends\n${one.userName},,2026-06-30\n${other.userName},${one.externalId},2027-06-30\n`;
    const args = ['users', verb, '--file', world.file('list.csv', text), '--due', 'today', '--yes'];
    const { stderr, exitCode } = await world.call(args, {}, '', noon);
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 2, writes: [] });
    expect(stderr).toContain(`line 3: ${other.userName} and external:${one.externalId} are different users`);
  });

  test('does not mind unknown users who are not due', async () => {
    const world = await bulkWorld({ users: 20 });
    const one = userAt(world.sandbox, 1);
    const text = `email,ends\n${one.userName},2026-06-30\nnobody@example.com,2027-06-30\n`;
    const args = ['users', verb, '--file', world.file('list.csv', text), '--due', 'today', '--yes'];
    expect((await world.call(args, {}, '', noon)).exitCode).toBe(0);
    expect(states(world, [one])).toEqual([false]);
  });

  test('warns of a day in the future', async () => {
    const { stderr } = await due(['2026-07-01'], ['--due', '2026-07-02', '--dry-run']);
    expect(stderr).toContain('--due 2026-07-02 is in the future');
  });
});
