import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { call, sandboxed, sent, userAt, userNow, writes } from '../../support/cli.ts';
import { answering, json } from '../../support/server.ts';

const unknownSid = `US${'0'.repeat(32)}`;

describe('users list', () => {
  test('off a terminal is tab-separated, without a header', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const { stdout, stderr, exitCode } = await run(['users', 'list']);
    const rows = [...sandbox.state.users.all()].map((u) =>
      [u.id, u.userName, u.displayName, u.active].join('\t'),
    );
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: `${rows.join('\n')}\n`, stderr: '', exitCode: 0 });
    expect(sent(sandbox)).toEqual(['GET /scim/v2/Users']);
  });

  test('narrows by what the server filters and by what it does not', async () => {
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

  test('is searched by the whole name of those who have no display name', async () => {
    const { call, sandbox } = await sandboxed({ users: 17 });
    const { id, name, displayName } = userAt(sandbox, 16);
    expect(displayName).toBeUndefined();
    const args = ['users', 'list', '--fields', 'id', '--search', `${name?.givenName} ${name?.familyName}`];
    expect((await call(args)).stdout).toBe(`${id}\n`);
  });

  test('says when --limit cut the list, and only then', async () => {
    const { call } = await sandboxed({ users: 3 });
    const cut = await call(['users', 'list', '--limit', '2']);
    expect(cut.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(cut.stderr).toBe('Only the first 2 users are shown (--limit 2): there are more\n');
    expect((await call(['users', 'list', '--limit', '3'])).stderr).toBe('');
    expect((await call(['users', 'list', '--limit', '2', '--quiet'])).stderr).toBe('');
  });

  test('that finds nobody is empty and says so', async () => {
    const { call } = await sandboxed({ users: 3 });
    expect(await call(['users', 'list', '--search', 'nobody at all'])).toEqual({
      stdout: '',
      stderr: 'No users\n',
      exitCode: 0,
    });
  });
});

describe('users get', () => {
  test.each<[string, (user: { id: string; userName: string; externalId?: string }) => string]>([
    ['a SID', (user) => user.id],
    ['an e-mail address', (user) => user.userName],
    ['an e-mail address in another case', (user) => user.userName.toUpperCase()],
    ['an external id', (user) => `external:${user.externalId}`],
  ])('finds a user by %s', async (_, name) => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const { stdout, exitCode } = await call(['users', 'get', name(user), '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(user);
    expect(exitCode).toBe(0);
  });

  test('of an external id that stands for two users asks for the SID', async () => {
    const user = { userName: 'a@example.com', active: true, externalId: '4711' };
    const users = ['1', '2'].map((digit) => ({ ...user, id: `US${digit.repeat(32)}` }));
    const { url } = await answering(json({ Resources: users }));
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' };
    const { stderr, exitCode } = await call(['users', 'get', 'external:4711'], { env });
    expect(stderr).toBe('error: external:4711 stands for 2 users\nGive the SID instead\n');
    expect(exitCode).toBe(7);
  });

  test.each([unknownSid, 'nobody@example.com', 'external:nothing'])('does not find %s', async (name) => {
    const { call } = await sandboxed({ users: 3 });
    const { stdout, stderr, exitCode } = await call(['users', 'get', name]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 6 });
    expect(stderr).toContain(`error: There is no user ${name}\nOnly users managed by the organization`);
  });
});

describe('users create', () => {
  test('creates a user with every field, and says that they get an e-mail', async () => {
    const { run, sandbox } = await sandboxed({ users: 1 });
    const args = ['users', 'create', '--email', 'ada@example.com', '--given-name', 'Ada'];
    args.push('--family-name', 'Lovelace', '--display-name', 'Ada L.', '--external-id', '4711');
    args.push('--locale', 'en-GB', '--timezone', 'Europe/London', '--inactive', '-o', 'json');
    const { stdout, stderr, exitCode } = await run(args);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('Created ada@example.com; Twilio sends them a welcome e-mail\n');
    const created = JSON.parse(stdout);
    expect(created).toMatchObject({
      userName: 'ada@example.com',
      emails: [{ value: 'ada@example.com', primary: true }],
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      displayName: 'Ada L.',
      externalId: '4711',
      locale: 'en-GB',
      timezone: 'Europe/London',
      active: false,
    });
    expect(userNow(sandbox, created)).toEqual(created);
  });

  test('is active unless --inactive is given; --user-name does as well as --email', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stdout } = await call(['users', 'create', '--user-name', 'ada@example.com', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ userName: 'ada@example.com', active: true });
  });

  test('shows the whole request under --dry-run, whatever --fields would pick of the user', async () => {
    const { call } = await sandboxed({ users: 1 });
    const args = ['users', 'create', '--email', 'ada@example.com', '-n', '--fields', 'id', '-o', 'jsonl'];
    expect(JSON.parse((await call(args)).stdout)).toMatchObject({ method: 'POST', body: expect.anything() });
  });

  test('shows the request under --dry-run and sends nothing', async () => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    const { stdout, stderr } = await call([
      'users',
      'create',
      '--email',
      'ada@example.com',
      '-n',
      '-o',
      'json',
    ]);
    expect(JSON.parse(stdout)).toEqual([
      {
        email: 'ada@example.com',
        change: 'create ada@example.com',
        method: 'POST',
        url: `${sandbox.apiUrl}/scim/v2/Users`,
        body: expect.objectContaining({ userName: 'ada@example.com', active: true }),
      },
    ]);
    expect(stderr).toBe('Dry run: nothing was changed\n');
    expect(sent(sandbox)).toEqual([]);
  });

  test('of someone who exists is a conflict that says how to see them', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    const { stderr, exitCode } = await call(['users', 'create', '--email', userAt(sandbox, 1).userName]);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(
      /^error: User name .* exists\n.*twilio-org users get.*\n\(Twilio error 25022, request RQ/,
    );
  });

  test('in a domain that is not verified says where that is done', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stderr, exitCode } = await call(['users', 'create', '--email', 'ada@elsewhere.example']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/elsewhere\.example is not verified\n.*Organization settings > Domains/);
  });
});

describe('users update', () => {
  test('changes what is named and leaves the rest', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const before = userAt(sandbox, 1);
    const args = ['users', 'update', before.userName, '--display-name', 'New', '--family-name', 'Newman'];
    const { stdout, stderr, exitCode } = await run([...args, '-o', 'json']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { meta: _, ...rest } = before;
    const after = userNow(sandbox, before);
    expect(after).toMatchObject({
      ...rest,
      displayName: 'New',
      name: { ...before.name, familyName: 'Newman' },
    });
    expect(JSON.parse(stdout)).toEqual(after);
    expect(sandbox.requests.at(-1)?.headers['if-match']).toBe(before.meta.version);
  });

  test('changes every other field, and e-mail and user name together', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id } = userAt(sandbox, 1);
    const args = ['users', 'update', id, '--email', 'new@example.com', '--given-name', 'Nora'];
    args.push(
      '--external-id',
      'x-1',
      '--locale',
      'sv-SE',
      '--timezone',
      'Europe/Oslo',
      '--inactive',
      '--yes',
    );
    expect((await call(args)).exitCode).toBe(0);
    expect(userNow(sandbox, { id })).toMatchObject({
      userName: 'new@example.com',
      emails: [{ value: 'new@example.com', primary: true, type: 'work' }],
      name: { givenName: 'Nora' },
      externalId: 'x-1',
      locale: 'sv-SE',
      timezone: 'Europe/Oslo',
      active: false,
    });
  });

  test('to what already holds sends nothing and says so', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const { stderr, exitCode } = await call([
      'users',
      'update',
      user.id,
      '--display-name',
      user.displayName ?? '',
    ]);
    expect({ stderr, exitCode }).toEqual({
      stderr: `${user.userName} is like that already: nothing was sent\n`,
      exitCode: 0,
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('without a change is a usage error, and nothing is sent', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await call(['users', 'update', userAt(sandbox, 1).id]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: Nothing to change\nPass at least one of --email/);
    expect(sent(sandbox)).toEqual([]);
  });

  test('shows the whole request under --dry-run, after reading', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const args = ['users', 'update', user.id, '--locale', 'sv-SE', '--dry-run', '-o', 'json'];
    expect(JSON.parse((await call(args)).stdout)).toEqual([
      {
        id: user.id,
        userName: user.userName,
        change: `change ${user.userName}: locale "sv-SE", was ${JSON.stringify(user.locale)}`,
        method: 'PUT',
        url: `${sandbox.apiUrl}/scim/v2/Users/${user.id}`,
        headers: { 'if-match': user.meta.version },
        body: { ...user, locale: 'sv-SE' },
      },
    ]);
    expect(sent(sandbox)).toEqual([`GET /scim/v2/Users/${user.id}`]);
  });

  test('with --inactive takes access away, so off a terminal it wants --yes before any request', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await call(['users', 'update', userAt(sandbox, 1).id, '--inactive']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/nothing was sent\nPass --yes/);
    expect(sent(sandbox)).toEqual([]);
  });

  test('of a user whose only or primary address is another asks for --email and sends nothing', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const emails = [{ value: 'other@example.com', primary: true }];
    const user = mutateUser(sandbox.state, userAt(sandbox, 1), { emails }, Date.now());
    const args = ['users', 'update', user.id, '--locale', 'sv-SE'];
    const { stderr, exitCode } = await call(args);
    expect(stderr).toMatch(/another primary e-mail address \(other@example\.com\).*\nPass --email/);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
    expect((await call([...args, '--email', user.userName])).exitCode).toBe(0);
  });

  test('with --if-match goes ahead at that version and refuses another before writing', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id, userName, meta } = userAt(sandbox, 1);
    const stale = await call(['users', 'update', id, '--locale', 'sv-SE', '--if-match', 'W/999']);
    expect(stale.exitCode).toBe(7);
    expect(stale.stderr).toMatch(`error: ${userName} is at version ${meta.version}, not W/999\n`);
    expect(writes(sandbox)).toEqual([]);
    const args = ['users', 'update', id, '--locale', 'sv-SE', '--if-match', meta.version];
    expect((await call(args)).exitCode).toBe(0);
    expect(userNow(sandbox, { id }).locale).toBe('sv-SE');
  });
});
