import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Command, CommandEntry, LoadCommand } from '../../../src/cli/command.ts';
import { type FlagSpec, longName } from '../../../src/cli/flag-spec.ts';
import { globalFlags } from '../../../src/cli/flags.ts';
import { createProgram } from '../../../src/cli/parse-and-run.ts';
import { readPlainCall, readPlainWords } from '../../../src/cli/plain-words.ts';
import type { Given } from '../../../src/cli/questions/missing.ts';
import { entries } from '../../../src/commands/index.ts';

const loaders: LoadCommand[] = entries.flatMap((entry) =>
  'load' in entry ? [entry.load] : Object.values(entry.commands),
);
const commands = await Promise.all(loaders.map((load) => load()));

/** The values that the parser finds in these words, or undefined where it refuses them. */
async function parsed(command: Command, words: readonly string[]): Promise<Given | undefined> {
  const name = command.name.split(' ');
  let found: Given | undefined;
  // Nothing is required, so that the command runs without a question.
  const quiet: Command = {
    ...command,
    args: Object.fromEntries(
      Object.entries(command.args).map(([key, spec]) => [key, { ...spec, optional: true as const }]),
    ),
    flags: Object.fromEntries(
      Object.entries(command.flags).map(([key, { required, ...spec }]) => [key, spec]),
    ),
    oneOf: [],
    run: async (_, given) => {
      found = given;
    },
  };
  const [first = '', verb] = name;
  const load = async () => quiet;
  const entry: CommandEntry =
    verb === undefined
      ? { name: first, summary: '', load }
      : { name: first, summary: '', examples: ['', ''], commands: { [verb]: load } };
  const args = [...name, ...words];
  const spec = { name: 'twilio-org', version: '0.0.0', entries: [entry] };
  const { root } = createProgram(spec, async () => Object.create(null), args);
  await root.parseAsync(args, { from: 'user' }).catch(() => undefined);
  return found;
}

/** Words as people write them, and as they mistake them. */
function wordsOf({ flags }: Command) {
  const specs = Object.entries<FlagSpec>({ ...globalFlags, ...flags });
  const value = (spec: FlagSpec) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...(spec.choices ?? ['7', 'ada@example.com'])), weight: 6 },
      fc.constantFrom('a,b', 'x', '', ' ', '0', '3', '2025-01-01', 'true', '-', '--', '-5', '-n', '--yes'),
    );
  const flag = fc.constantFrom(...specs).chain(([key, spec]) => {
    const name = fc.constantFrom(longName(key, spec), spec.short ? `-${spec.short}` : longName(key, spec));
    if (spec.value === undefined) return name.map((each) => [each]);
    return fc.tuple(name, value(spec)).map((pair): string[] => pair);
  });
  const other = fc.constantFrom(
    ...[
      'ada@example.com',
      'x',
      '',
      '-',
      '--',
      '-h',
      '--help',
      '--version',
      'help',
      '-ojson',
      '-nq',
      '-5',
      '-undefined',
    ],
    ...['--output=json', '--no-such', '--no-yes', '--profile', '-o', 'US00000000000000000000000000000001'],
  );
  const any = fc.oneof({ arbitrary: flag, weight: 4 }, { arbitrary: other.map((each) => [each]), weight: 1 });
  return fc.array(any, { maxLength: 5 }).map((parts) => parts.flat());
}

describe('words that are read without the parser', () => {
  it.each(commands.map((command) => [command.name, command] as const))(
    'of %s mean what the parser takes them for',
    async (_, command) => {
      await fc.assert(
        fc.asyncProperty(wordsOf(command), async (words) => {
          const plain = readPlainWords(command, words);
          if (plain === undefined) return;
          const whole = await parsed(command, words);
          expect(whole).toStrictEqual(plain);
          // Some code walks them in order.
          expect(JSON.stringify(whole)).toBe(JSON.stringify(plain));
        }),
        { seed: 1, numRuns: 20 },
      );
    },
  );

  test.each([
    ['users list', [], { flags: {} }],
    ['users list', ['--active', '-o', 'json'], { flags: { active: true, output: 'json' } }],
    ['users list', ['--limit', '5', '--no-color'], { flags: { color: false, limit: 5 } }],
    ['users get', ['ada@example.com', '-q'], { user: 'ada@example.com', flags: { quiet: true } }],
    [
      'users deactivate',
      ['a@x.org', 'b@x.org', '--yes'],
      { user: ['a@x.org', 'b@x.org'], flags: { yes: true } },
    ],
  ])('of %s %j need no parser', async (name, words, given) => {
    const call = await readPlainCall(entries, [...name.split(' '), ...words]);
    expect(call).toEqual({ command: expect.objectContaining({ name }), given });
  });
});

test.each([
  [[]],
  [['users']],
  [['usrs', 'list']],
  [['users', 'lsit']],
  [['users', 'constructor']],
  [['-q', 'users', 'list']],
  [['assignments', 'list']],
  [['users', 'list', '--help']],
  [['users', 'list', '--version']],
  [['help', 'users', 'list']],
  [['users', 'help', 'list']],
  [['users', 'list', 'ada@example.com']],
  [['users', 'list', '--serach', 'ada']],
  [['users', 'list', '--output=json']],
  [['users', 'list', '-o']],
  [['users', 'list', '-undefined', 'prod']],
  [['users', 'list', '-o', 'jsn']],
  [['users', 'list', '--limit', '-1']],
  [['users', 'list', '--limit', 'two']],
  [['users', 'list', '--active', '--inactive']],
  [['users', 'list', '-o', 'json', '-o', 'csv']],
  [['users', 'list', '--', 'x']],
  [['users', 'deactivate', 'a@x.org', '--reason', 'Left', 'the', 'company']],
])('the parser decides about %j', async (args) => {
  expect(await readPlainCall(entries, args)).toBeUndefined();
});
