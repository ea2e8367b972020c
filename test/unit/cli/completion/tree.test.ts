import { describe, expect, test } from 'vitest';
import type { ProgramInfo } from '../../../../src/cli/command-info.ts';
import {
  buildTree,
  flagSpellings,
  flagsWithOtherValue,
  flagsWithValue,
  flatten,
  quoted,
  splitCommonFlags,
} from '../../../../src/cli/completion/tree.ts';

const rest = { scopes: 'none', effect: 'reads', examples: ['', ''] } as const;
const limit = { value: 'n', summary: 'show at most this many' };

const program: ProgramInfo = {
  name: 'tool',
  summary: 'A tool',
  examples: ['', ''],
  flags: {
    output: { short: 'o', value: 'format', summary: 'format', choices: ['json', 'csv'] },
    timeout: { value: 'seconds', summary: 'time limit for one request', default: '30' },
  },
  entries: [
    {
      name: 'users',
      alias: 'people',
      summary: 'Manage users',
      examples: ['', ''],
      commands: [
        { ...rest, name: 'users list', summary: 'List users', args: {}, flags: { limit } },
        {
          ...rest,
          name: 'users login',
          summary: 'Log in',
          args: {},
          flags: {
            timeout: { value: 'seconds', summary: 'time limit for the approval' },
            browser: { negated: true, summary: 'no browser' },
          },
        },
      ],
    },
    {
      ...rest,
      name: 'lint',
      summary: 'Find mistakes',
      args: {},
      flags: {
        output: { short: 'o', value: 'format', summary: 'format', choices: ['json', 'csv', 'sarif'] },
      },
    },
    {
      ...rest,
      name: 'completion',
      summary: 'Print a script',
      args: { shell: { summary: 'the shell', choices: ['bash', 'zsh'] } },
      flags: { limit: { ...limit, choices: ['1', '2'] } },
    },
  ],
};
const nodes = flatten(buildTree(program));
const [root, users, list, login, lint, completion] = nodes;
const longNames = (node: typeof root) => node?.flags.map(({ long }) => long);

describe('buildTree', () => {
  test('has a node for the program, each group and each command', () => {
    expect(nodes.map(({ path, names }) => [path, names])).toEqual([
      ['', ['tool']],
      ['users', ['users', 'people']],
      ['users list', ['list']],
      ['users login', ['login']],
      ['lint', ['lint']],
      ['completion', ['completion']],
    ]);
  });

  test('gives each node the flags of every command, its own, and help last', () => {
    expect(longNames(root)).toEqual(['--output', '--timeout', '--version', '--help']);
    expect(longNames(users)).toEqual(longNames(root));
    expect(longNames(list)).toEqual(['--output', '--timeout', '--version', '--limit', '--help']);
  });

  test('keeps the place of a common flag that a command describes in its own words', () => {
    expect(longNames(login)).toEqual(['--output', '--timeout', '--version', '--no-browser', '--help']);
    expect(login?.flags[1]?.description).toBe('time limit for the approval');
    expect(list?.flags[1]?.description).toBe('time limit for one request (default: 30)');
  });

  test('has the values of the first argument', () => {
    expect(completion?.choices).toEqual(['bash', 'zsh']);
    expect(list?.choices).toEqual([]);
  });
});

test('splitCommonFlags tells the flags of all commands from those of one', () => {
  const { common, own } = splitCommonFlags(nodes);
  expect(common.map(({ long }) => long)).toEqual(['--output', '--version', '--help']);
  expect(list && own(list).map(({ long }) => long)).toEqual(['--timeout', '--limit']);
  expect(lint && own(lint).map(({ long }) => long)).toEqual(['--output', '--timeout']);
});

test('flagsWithValue names each flag once, and flagsWithOtherValue those that a command has in its own way', () => {
  const valued = flagsWithValue(nodes);
  expect(valued.map(({ long, choices }) => [long, choices])).toEqual([
    ['--output', ['json', 'csv']],
    ['--timeout', []],
    ['--limit', []],
  ]);
  const others = nodes.flatMap((node) =>
    flagsWithOtherValue(node, valued).map(({ long, choices }) => [node.path, long, choices]),
  );
  expect(others).toEqual([
    ['lint', '--output', ['json', 'csv', 'sarif']],
    ['completion', '--limit', ['1', '2']],
  ]);
});

test('flagSpellings has the short name first', () => {
  expect(root?.flags.map(flagSpellings)).toEqual([
    ['-o', '--output'],
    ['--timeout'],
    ['--version'],
    ['-h', '--help'],
  ]);
});

test('quoted keeps every character of a text for bash and zsh', () => {
  expect(quoted("it's $HOME")).toBe("'it'\\''s $HOME'");
});
