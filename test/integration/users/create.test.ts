import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { sandboxed, sent, userAt, userNow } from '../../support/cli.ts';

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

  test('shows the whole request with --dry-run, whatever --fields selects', async () => {
    const { call } = await sandboxed({ users: 1 });
    const args = ['users', 'create', '--email', 'ada@example.com', '-n', '--fields', 'id', '-o', 'jsonl'];
    expect(JSON.parse((await call(args)).stdout)).toMatchObject({ method: 'POST', body: expect.anything() });
  });

  test('shows the request with --dry-run and sends only reads', async () => {
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
    expect(sent(sandbox)).toEqual([expect.stringMatching(/^GET /)]);
  });

  test('of an existing user is a conflict that names the command to show them', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    const { stderr, exitCode } = await call(['users', 'create', '--email', userAt(sandbox, 1).userName]);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(
      /^error: User name .* exists\n.*twilio-org users get.*\n\(Twilio error 25022, request RQ/,
    );
  });

  test.each(['create', 'update'])(
    'and update refuse what others have in a dry run as well: %s',
    async (verb) => {
      const { call, sandbox } = await sandboxed({ users: 4 });
      const [ada, grace, nora] = [userAt(sandbox, 1), userAt(sandbox, 2), userAt(sandbox, 3)];
      mutateUser(sandbox.state, grace, { externalId: '4711' }, Date.now());
      const words = verb === 'create' ? ['users', verb] : ['users', verb, nora.id];
      const args = [...words, '--email', ada.userName, '--external-id', '4711'];
      const { stdout, stderr, exitCode } = await call([...args, '-n']);
      expect(exitCode).toBe(7);
      expect(stdout).toBe('');
      expect(stderr).toContain(`User name ${ada.userName} exists; External id 4711 exists`);
      expect(stderr).toContain(`twilio-org users get ${ada.id}`);
      expect((await call([...args, '--yes'])).exitCode).toBe(7);
    },
  );

  test('in an unverified domain says where to verify it', async () => {
    const { call } = await sandboxed({ users: 1 });
    const { stderr, exitCode } = await call(['users', 'create', '--email', 'ada@elsewhere.example']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/elsewhere\.example is not verified\n.*Organization settings > Domains/);
  });
});
