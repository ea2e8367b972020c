import { describe, expect, test } from 'vitest';
import { sandboxed, sent, userAt, userNow, writes } from '../support/cli.ts';

describe('--query', () => {
  test.each<[query: string, result: (users: { userName: string; active: boolean }[]) => unknown]>([
    ['[].userName', (users) => users.map(({ userName }) => userName)],
    ['[?active].userName | [0]', (users) => users[0]?.userName],
    ['length(@)', (users) => users.length],
    ["[?userName == 'nobody'] | [0]", () => null],
    ['[]', (users) => users],
    ['[0].{name: userName, is: active}', ([user]) => ({ name: user?.userName, is: user?.active })],
    ['constructor', () => null],
  ])('%s prints its result as JSON', async (query, result) => {
    const { call, sandbox } = await sandboxed({ users: 5 });
    const users = [...sandbox.state.users.all()];
    for (const flags of [['-o', 'json'], []]) {
      const { stdout, stderr, exitCode } = await call(['users', 'list', ...flags, '--query', query], {
        columns: 80,
      });
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      expect(stdout).toBe(`${JSON.stringify(result(users as never), null, 2)}\n`);
    }
  });

  test('works with every command that prints JSON', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id, userName } = userAt(sandbox, 1);
    const printed = async (...args: string[]) => (await call([...args, '--no-input'])).stdout;
    expect(await printed('users', 'get', id, '--query', 'userName')).toBe(`"${userName}"\n`);
    expect(await printed('--query', 'length(@)', 'users', 'list', '--filter', `id = ${id}`)).toBe('1\n');
    expect(await printed('users', 'export', '--query', '[1].email')).toBe(`"${userName}"\n`);
    expect(await printed('api', 'GET', '/scim/v2/Users', '--query', 'totalResults')).toBe('3\n');
    expect(await printed('users', 'create', '--email', 'new@example.com', '--query', 'userName')).toBe(
      '"new@example.com"\n',
    );
  });

  test.each<[args: string[], message: string]>([
    [['--query', '[]', '-o', 'csv'], '--query prints JSON, but -o asks for csv'],
    [['--query', '[]', '-o', 'jsonl'], '--query prints JSON, but -o asks for jsonl'],
    [['--query', '[]', '--fields', 'id'], '--query and --fields exclude each other'],
    [['--query', ''], 'is a variable unset?'],
  ])('%j is a usage error before any request', async (flags, message) => {
    const { call, sandbox } = await sandboxed();
    const { stdout, stderr, exitCode } = await call(['users', 'list', ...flags]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
    expect(sent(sandbox)).toEqual([]);
  });

  test.each<[query: string, mark: string, problem: string]>([
    ['[?active', '        ^', 'its end: it is not complete'],
    ['[].{a:', '      ^', 'its end: it is not complete'],
    ['a b', '  ^', 'character 3: unexpected "b"'],
    ['[?a === b]', '      ^', 'character 7: unexpected "="'],
    ['@ | #x', '    ^', 'character 5: unexpected "#x"'],
    ['length(a))', '         ^', 'character 10: unexpected ")"'],
    ['[?a == `{x`]', '       ^', 'character 8: unexpected "`{x`]"'],
    ["[?a == 'x]", '       ^', 'character 8: this text has no end'],
    ['[].lenght(@)', '   ^', 'character 4: unknown function: lenght()'],
    ['length(@, @)', '^', 'character 1: invalid arity: length()'],
  ])('%s is refused before any request, with a mark', async (query, mark, problem) => {
    const { call, sandbox } = await sandboxed();
    const { stdout, stderr, exitCode } = await call(['users', 'list', '--query', query]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    const [first, text, place] = stderr.split('\n');
    expect(first).toContain(`error: --query is wrong at ${problem}`);
    expect([text, place]).toEqual([`  ${query}`, `  ${mark}`]);
    expect(sent(sandbox)).toEqual([]);
  });

  test('that fails on the result is a failure, and says that a change is done', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    const user = userAt(sandbox, 1);
    const { stderr, exitCode } = await call([
      'users',
      'update',
      user.id,
      '--locale',
      'sv-SE',
      '--query',
      'sum(userName)',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: --query does not fit the result: .*\nWhat the command does is done/m);
    expect(writes(sandbox)).toHaveLength(1);
    expect(userNow(sandbox, user).locale).toBe('sv-SE');
  });
});
