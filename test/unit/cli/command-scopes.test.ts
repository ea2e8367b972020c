import { describe, expect, test } from 'vitest';
import type { CommandInfo, ProgramInfo } from '../../../src/cli/command-info.ts';
import {
  commandsWithScopes,
  parseCommandNames,
  scopesNeededBy,
  withoutAlias,
} from '../../../src/cli/command-scopes.ts';

const command = (name: string, scopes: CommandInfo['scopes']): CommandInfo => ({
  name,
  summary: '',
  args: {},
  flags: {},
  scopes,
  effect: 'reads',
  examples: ['', ''],
});
const always = ['always'] as const;
const group = { summary: '', examples: ['', ''] } as const;

const program: ProgramInfo = {
  ...group,
  name: 'twilio-org',
  flags: {},
  entries: [
    {
      ...group,
      name: 'users',
      commands: [
        command('users list', { 'managed-users/list': always }),
        command('users get', { 'managed-users/read': ['by SID'], 'managed-users/list': ['by e-mail'] }),
      ],
    },
    {
      ...group,
      name: 'role-assignments',
      alias: 'assignments',
      commands: [
        command('role-assignments list', {
          'roles/list': ['by name', 'to show names'],
          'role-assignments/list': always,
          'managed-users/list': ['by e-mail'],
        }),
      ],
    },
    { ...group, name: 'runs', commands: [command('runs list', 'none'), command('runs undo', 'as-sent')] },
    command('api', 'as-sent'),
    command('doctor', 'none'),
  ],
};

const names = (words: readonly string[]) => parseCommandNames(program, words).map(({ name }) => name);

test('commands with scopes are those that declare some', () => {
  expect(commandsWithScopes(program).map(({ name }) => name)).toEqual([
    'users list',
    'users get',
    'role-assignments list',
  ]);
});

describe('commands are named', () => {
  test.each<[words: string[]]>([
    [['users list', 'users get']],
    [['users.list', 'users.get']],
    [['users', 'list', 'users', 'get']],
    [['users list users get', 'users.list']],
  ])('as %j', (words) => {
    expect(names(words)).toEqual(['users list', 'users get']);
  });

  test('by the alias of a group', () => {
    expect(names(['assignments list'])).toEqual(['role-assignments list']);
    expect(withoutAlias(program, 'assignments')).toBe('role-assignments');
    expect(withoutAlias(program, 'users')).toBe('users');
  });

  test.each<[words: string[]]>([
    [['users']],
    [['users list', 'lst']],
    [['doctor']],
    [['constructor']],
    [['sandbox']],
  ])('but %j is refused with the known names', (words) => {
    expect(() => names(words)).toThrow(
      expect.objectContaining({
        kind: 'usage',
        hint: 'Commands with scopes: users list, users get, role-assignments list',
      }),
    );
  });

  test.each<[words: string[], first: string]>([
    [['api'], 'api'],
    [['users list', 'api'], 'api'],
    [['runs undo'], 'runs'],
    [['runs list'], 'runs'],
  ])('but %j is refused, because %s needs the scopes of its requests', (words, first) => {
    expect(() => names(words)).toThrow(
      expect.objectContaining({
        message: `${first} needs the scopes of the requests that it sends`,
        hint: expect.stringContaining('twilio-org apps scopes --request'),
      }),
    );
  });
});

describe('the scopes of several commands', () => {
  test("are named once each, in the order of Twilio's table; always wins over conditions", () => {
    const all = ['users get', 'users list', 'role-assignments list'];
    expect(scopesNeededBy(parseCommandNames(program, all))).toEqual([
      { scope: 'managed-users/read', needed: 'by SID', commands: ['users get'] },
      { scope: 'managed-users/list', needed: 'always', commands: all },
      { scope: 'role-assignments/list', needed: 'always', commands: ['role-assignments list'] },
      { scope: 'roles/list', needed: 'by name; to show names', commands: ['role-assignments list'] },
    ]);
  });

  test('name a condition that they share once', () => {
    const [, list] = scopesNeededBy(parseCommandNames(program, ['users get', 'assignments list']));
    expect(list).toMatchObject({ scope: 'managed-users/list', needed: 'by e-mail' });
  });
});
