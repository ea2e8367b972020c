import { describe, expect, test } from 'vitest';
import { sandboxed, sent, userAt } from '../../support/cli.ts';

describe('users list', () => {
  test('is tab-separated and without a header when there is no terminal', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const { stdout, stderr, exitCode } = await run(['users', 'list']);
    const rows = [...sandbox.state.users.all()].map((u) =>
      [u.id, u.userName, u.displayName, u.active].join('\t'),
    );
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: `${rows.join('\n')}\n`, stderr: '', exitCode: 0 });
    expect(sent(sandbox)).toEqual(['GET /scim/v2/Users']);
  });

  test('filters by fields that the server filters and by others', async () => {
    const { call, sandbox } = await sandboxed({ users: 15 });
    const names = async (...flags: string[]) => {
      const { stdout } = await call(['users', 'list', '--fields', 'userName', ...flags]);
      return stdout.split('\n').filter((line) => line !== '');
    };
    const one = userAt(sandbox, 2);
    const userNames = (indexes: number[]) => indexes.map((index) => userAt(sandbox, index).userName);
    expect(await names('--user-name', one.userName)).toEqual([one.userName]);
    expect(sandbox.requests.at(-1)?.query).toEqual({ filter: `userName eq "${one.userName}"` });
    expect(await names('--external-id', 'emp-00003')).toEqual([one.userName]);
    expect(sandbox.requests.at(-1)?.query).toEqual({ filter: 'externalId eq "emp-00003"' });
    expect(await names('--user-name', one.userName, '--external-id', 'emp-00001')).toEqual([]);
    expect(await names('--inactive')).toEqual(userNames([4, 7, 13]));
    expect(await names('--active')).toHaveLength(12);
    expect(sandbox.requests.at(-1)?.query).toEqual({});
    expect(await names('--search', one.name?.familyName?.toUpperCase() ?? '-')).toEqual([one.userName]);
    expect(await names('--search', 'EMP-00003')).toEqual([one.userName]);
    expect(await names('--search', `${one.name?.givenName} ${one.name?.familyName}`)).toEqual([one.userName]);
  });

  test.each<[what: string, search: (user: { id: string; displayName: string }) => string, found: boolean]>([
    ['words in another order', () => 'ångström  ZOË', true],
    ['composed letters that the organization has decomposed', () => 'zoë'.normalize('NFC'), true],
    ['decomposed letters that the organization has composed', () => 'ÅNGSTRÖM'.normalize('NFD'), true],
    ['parts of words in several fields', () => 'strö zoë emp-9', true],
    ['an address', () => 'Zoe@Example.com', true],
    ['a SID', ({ id }) => ` ${id} `, true],
    ['a SID in capitals', ({ id }) => `US${id.slice(2).toUpperCase()}`, true],
    ['a part of a SID', ({ id }) => id.slice(0, 20), false],
    ['a word that nobody has beside one', () => 'zoë schmidt', false],
  ])('searches %s', async (_, search, found) => {
    const { call, sandbox } = await sandboxed({ users: 15 });
    const user = userAt(sandbox, 2);
    const zoe = {
      ...user,
      userName: 'zoe@example.com',
      externalId: 'emp-9',
      displayName: 'Zoë'.normalize('NFD'),
      name: { familyName: 'Ångström'.normalize('NFC') },
    };
    sandbox.state.users.put(zoe as typeof user);
    const { stdout } = await call(['users', 'list', '--fields', 'id', '--search', search(zoe)]);
    expect(stdout).toBe(found ? `${user.id}\n` : '');
  });

  test('searches the full name of users without a display name', async () => {
    const { call, sandbox } = await sandboxed({ users: 17 });
    const { id, name, displayName } = userAt(sandbox, 16);
    expect(displayName).toBeUndefined();
    const args = ['users', 'list', '--fields', 'id', '--search', `${name?.givenName} ${name?.familyName}`];
    expect((await call(args)).stdout).toBe(`${id}\n`);
  });

  test('says when --limit has shortened the list, and only then', async () => {
    const { call } = await sandboxed({ users: 3 });
    const cut = await call(['users', 'list', '--limit', '2']);
    expect(cut.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(cut.stderr).toBe('Only the first 2 users are shown (--limit 2): there are more\n');
    expect((await call(['users', 'list', '--limit', '3'])).stderr).toBe('');
    expect((await call(['users', 'list', '--limit', '2', '--quiet'])).stderr).toBe('');
  });

  test('is empty with a note when no user matches', async () => {
    const { call } = await sandboxed({ users: 3 });
    expect(await call(['users', 'list', '--search', 'nobody at all'])).toEqual({
      stdout: '',
      stderr: 'No users\n',
      exitCode: 0,
    });
  });
});

describe('users list for people', () => {
  test('has no name twice, colours the status, and says the same without colour', async () => {
    const { call, sandbox } = await sandboxed({ users: 8 });
    const active = userAt(sandbox, 0);
    Object.assign(active, { displayName: undefined, name: { givenName: 'Maya', familyName: 'Bennett' } });
    const table = async (env: Record<string, string>, ...args: string[]) =>
      (await call(['users', 'list', ...args], { columns: 80, env })).stdout;
    const colored = await table({ FORCE_COLOR: '1' });
    expect(colored).toContain(' \x1b[32mActive\x1b[39m\n');
    expect(colored).toContain(' \x1b[2mInactive\x1b[22m\n');
    const plain = await table({ NO_COLOR: '1' });
    expect(plain).toMatch(/ Maya Bennett +Active$/m);
    expect(plain).not.toContain(active.id);
    expect(await table({ NO_COLOR: '1' }, '--sids')).toContain(active.id);
  });
});
