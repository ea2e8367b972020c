import { describe, expect, it, test } from 'vitest';
import { commandsOf } from '../../src/cli/command-info.ts';
import { type FlagSpec, longName } from '../../src/cli/flag-spec.ts';
import { programInfo } from '../../src/program.ts';
import { call, sandboxed, sent } from '../support/cli.ts';

const program = await programInfo();

/** The flags of which several values count, with the commands that take several. */
const repeatable: Record<string, string[]> = {
  '--user': ['create', 'delete', 'list', 'replace'].map((verb) => `role-assignments ${verb}`),
  '--role': [
    'access who',
    'access matrix',
    ...['create', 'delete', 'list'].map((verb) => `role-assignments ${verb}`),
  ],
  '--scope': [
    'access matrix',
    'access pull',
    ...['create', 'delete', 'list', 'replace'].map((verb) => `role-assignments ${verb}`),
  ],
  '--resource-type': ['roles list', 'role-assignments list'],
  '--to': ['access copy'],
  '--protect': [],
  '--map': [],
  '--ignore-columns': [],
};

/** Pairs of values that some flag accepts, with different meanings. */
const pairs = [
  ['1', '2'],
  ['0.1', '0.2'],
  ['email', 'id'],
  ['/twilio/iam/*', '/twilio/voice/*'],
  ['90d,24m', '30d,12m'],
  ['billing_group/bg_1', 'billing_group/bg_2'],
  ['2026-01-01', '2026-01-02'],
  ['Europe/Paris', 'Asia/Tokyo'],
  ['a@example.com', 'b@example.com'],
  ['http://127.0.0.1:8477/a', 'http://127.0.0.1:8477/b'],
];

/** Two different values that the flag takes. */
function valuesOf(long: string, { choices, parse }: FlagSpec): [string, string] {
  if (choices !== undefined) return [choices.at(-2) ?? '', choices.at(-1) ?? ''];
  const takes = (value: string) => {
    try {
      parse?.(value);
      return true;
    } catch {
      return false;
    }
  };
  const pair = pairs.find((values) => values.every(takes));
  if (pair === undefined) throw new Error(`${long} takes none of the values of this test: add a pair`);
  return pair as [string, string];
}

describe('a flag given twice', () => {
  it('with different values is refused in every command, unless it is declared to repeat', async () => {
    const declared: Record<string, string[]> = {};
    let refused = 0;
    for (const { name, flags } of commandsOf(program)) {
      for (const [key, spec] of Object.entries({ ...program.flags, ...flags })) {
        // A flag with a single choice has no other value.
        if (spec.value === undefined || spec.choices?.length === 1) continue;
        const long = longName(key, spec);
        if (spec.repeats) {
          declared[long] = [...(declared[long] ?? []), name];
          continue;
        }
        const [one, other] = valuesOf(long, spec);
        const { stdout, stderr, exitCode } = await call([...name.split(' '), long, one, `${long}=${other}`]);
        expect([name, stderr.split('\n')[0], stdout, exitCode]).toEqual([
          name,
          `error: ${long} has two values: ${JSON.stringify(one)} and ${JSON.stringify(other)}`,
          '',
          2,
        ]);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(300);
    expect(Object.keys(repeatable)).toEqual(expect.arrayContaining(Object.keys(declared)));
    for (const [flag, names] of Object.entries(repeatable)) {
      if (names.length > 0) expect([flag, declared[flag]?.toSorted()]).toEqual([flag, names.toSorted()]);
    }
    const guarded = commandsOf(program).filter(({ flags }) => 'protect' in flags);
    expect(declared['--protect']).toEqual(guarded.map(({ name }) => name));
  });

  it.each([
    ['before and after the verb', ['--profile', 'a', 'users', 'list', '--profile', 'b'], '--profile'],
    ['before and after the group', ['--profile', 'a', 'users', '--profile', 'b', 'list'], '--profile'],
    ['around an alias', ['-o', 'json', 'assignments', 'list', '-o', 'csv'], '--output'],
    ['as --flag=value', ['users', 'list', '--limit=1', '--limit=2'], '--limit'],
    ['in its short and its long form', ['users', 'list', '-o', 'json', '--output', 'csv'], '--output'],
    ['with the value joined to its short form', ['users', 'list', '-ojson', '-ocsv'], '--output'],
    ['among other flags', ['users', 'list', '--search', 'a', '--active', '--search', 'b'], '--search'],
    ['three times', ['users', 'list', '--search', 'a', '--search', 'a', '--search', 'b'], '--search'],
    [
      'of one command that is called alone',
      ['api', '--profile', 'a', 'GET', '/x', '--profile', 'b'],
      '--profile',
    ],
    [
      'of an empty value',
      ['users', 'update', 'a@example.com', '--locale', '', '--locale', 'fr-FR'],
      '--locale',
    ],
  ])('%s is refused before anything is sent', async (_, args, flag) => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    const { stdout, stderr, exitCode } = await call(args);
    expect(stderr).toContain(`${flag} has two values: "`);
    expect({ stdout, exitCode, sent: sent(sandbox) }).toEqual({ stdout: '', exitCode: 2, sent: [] });
  });

  it('as JSON is a usage error as well', async () => {
    const { stderr } = await call(['users', 'list', '--limit', '1', '--limit', '2', '-o', 'json']);
    expect(JSON.parse(stderr).error).toEqual({
      kind: 'usage',
      message: '--limit has two values: "1" and "2"',
      hint: 'Pass it once',
    });
  });

  it.each([
    ['the same value', ['--limit', '1', '--limit', '1']],
    ['a value that means the same', ['--limit', '1', '--limit', '01']],
    ['the same list', ['--fields', 'id,userName', '--fields=id, userName']],
    [
      'a flag without a value',
      ['--active', '--active', '-y', '--yes', '--quiet', '-q', '--no-input', '--no-input'],
    ],
    ['the same format in both forms', ['-o', 'tsv', '--output=tsv']],
  ])('with %s counts once', async (_, flags) => {
    const { call } = await sandboxed({ users: 3 });
    const { stdout, exitCode } = await call(['users', 'list', ...flags]);
    expect({ exitCode, lines: stdout.split('\n').length }).toEqual({
      exitCode: 0,
      lines: expect.any(Number),
    });
    expect((await call(['--profile', 'a', 'users', '--profile', 'a', 'list', '--profile=a'])).exitCode).toBe(
      0,
    );
  });

  it('shows no secret that was pasted in place of another value', async () => {
    const id = `OQ${'0'.repeat(32)}`;
    const secrets = ['pasted-here-by-mistake', `SK${'a'.repeat(32)}`, 'eyJhbGciOi.by.mistake'];
    for (const secret of secrets) {
      for (const values of [
        [id, secret],
        [secret, id],
      ]) {
        const flags = values.flatMap((value) => ['--client-id', value]);
        const { stderr, exitCode } = await call(['auth', 'login', ...flags]);
        expect({ exitCode, stderr: stderr.split('\n')[0] }).toEqual({
          exitCode: 2,
          stderr: expect.stringMatching(/^error: --client-id has two values: .*\[hidden\]/),
        });
        expect(stderr).not.toContain(secret);
      }
    }
    const urls = ['http://me:mistake@127.0.0.1/a', 'http://127.0.0.1/b?client_secret=mistake'];
    const { stderr } = await call(['auth', 'login', ...urls.flatMap((url) => ['--redirect-uri', url])]);
    expect(stderr).toContain('--redirect-uri has two values');
    expect(stderr).not.toContain('mistake');
  });
});

test('flags that contradict each other are refused', async () => {
  for (const args of [
    ['users', 'list', '--active', '--inactive'],
    ['users', 'export', '--inactive', '--active'],
    ['users', 'import', 'x.csv', '--create-only', '--update-only'],
  ]) {
    const { stderr, exitCode } = await call(args);
    expect(stderr).toMatch(/^error: --[a-z-]+ and --[a-z-]+ exclude each other\n/);
    expect(exitCode).toBe(2);
  }
});

test('--all and --profile exclude each other', async () => {
  for (const args of [
    ['auth', 'logout', '--all', '--yes', '--profile', 'a'],
    ['--profile', 'a', 'auth', 'logout', '--all', '--dry-run'],
    ['auth', 'migrate', '--to', 'file', '--profile', 'a', '--all'],
  ]) {
    const { stderr, exitCode } = await call(args);
    expect(stderr).toBe('error: --all and --profile cannot be combined\nUse one of them\n');
    expect(exitCode).toBe(2);
  }
});

test('--no-input does not affect the --input of api, in any order', async () => {
  const { call } = await sandboxed({ users: 1 });
  const flags = [['--input', '-'], ['--no-input']];
  for (const order of [flags, flags.toReversed()]) {
    const args = ['api', 'POST', '/scim/v2/Users', ...order.flat(), '--dry-run', '-o', 'json'];
    const { stdout, exitCode } = await call(args, { input: '{"userName":"a@example.com"}' });
    expect(JSON.parse(stdout)[0].body).toEqual({ userName: 'a@example.com' });
    expect(exitCode).toBe(0);
  }
});

test('every flag that takes a number refuses what is none, and what is out of its range', async () => {
  const isNumeric = (value: string | undefined) => /^(?:n|f|ms|mb|rate|seconds)$/.test(value ?? '');
  const refused: string[] = [];
  for (const { name, flags } of commandsOf(await programInfo())) {
    for (const [key, spec] of Object.entries(flags)) {
      if (!isNumeric(spec.value)) continue;
      for (const text of ['', 'many', '-1', '1e999', '99999999999999', 'NaN', '0x10']) {
        const { stderr, exitCode } = await call([...name.split(' '), `${longName(key, spec)}=${text}`]);
        expect({ name, key, text, exitCode }).toEqual({ name, key, text, exitCode: 2 });
        expect(stderr).toContain(`"${text}"`);
        refused.push(key);
      }
    }
  }
  expect(new Set(refused).size).toBeGreaterThan(8);
});
