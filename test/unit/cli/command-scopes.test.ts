import { describe, expect, test } from 'vitest';
import { parseCommandNames, scopesNeededBy } from '../../../src/cli/command-scopes.ts';

describe('names of commands are read', () => {
  test.each<[words: string[]]>([
    [['users list', 'roles get']],
    [['users.list', 'roles.get']],
    [['users', 'list', 'roles', 'get']],
    [['users list roles get', 'users.list']],
  ])('as %j', (words) => {
    expect(parseCommandNames(words)).toEqual(['users list', 'roles get']);
  });

  test('by the short name of role-assignments too', () => {
    expect(parseCommandNames(['assignments list'])).toEqual(['role-assignments list']);
  });

  test.each<[words: string[]]>([[['users']], [['users list', 'lst']], [['doctor']], [['constructor']]])(
    'but %j is refused with the known names',
    (words) => {
      expect(() => parseCommandNames(words)).toThrow(
        expect.objectContaining({ kind: 'usage', hint: expect.stringContaining('users list, users get,') }),
      );
    },
  );
});

test('the scopes of several commands are listed once each, and `always` takes precedence', () => {
  expect(scopesNeededBy(['users get', 'users list', 'role-assignments list'])).toEqual([
    { scope: 'managed-users/read', needed: 'to name users by SID', commands: ['users get'] },
    {
      scope: 'managed-users/list',
      needed: 'always',
      commands: ['users get', 'users list', 'role-assignments list'],
    },
    { scope: 'role-assignments/list', needed: 'always', commands: ['role-assignments list'] },
    {
      scope: 'roles/list',
      needed: 'to name roles by name, or to pick them; to show names',
      commands: ['role-assignments list'],
    },
  ]);
});
