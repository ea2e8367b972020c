import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { call, sandboxed, sent, userAt } from '../../support/cli.ts';
import { answering, json } from '../../support/server.ts';

const unknownSid = `US${'0'.repeat(32)}`;

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

  test('asks for the SID where two users have the external id', async () => {
    const user = { userName: 'a@example.com', active: true, externalId: '4711' };
    const users = ['1', '2'].map((digit) => ({ ...user, id: `US${digit.repeat(32)}` }));
    const { url } = await answering(json({ Resources: users }));
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' };
    const { stderr, exitCode } = await call(['users', 'get', 'external:4711'], { env });
    expect(stderr).toBe(
      `error: external:4711 matches 2 users\nUse the SID of one: ${users.map(({ id }) => `${id} (a@example.com)`).join(', ')}\n`,
    );
    expect(exitCode).toBe(7);
  });

  test.each([unknownSid, 'nobody@example.com', 'external:nothing'])(
    'reports that it cannot find %s',
    async (name) => {
      const { call } = await sandboxed({ users: 3 });
      const { stdout, stderr, exitCode } = await call(['users', 'get', name]);
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 6 });
      expect(stderr).toContain(`error: There is no user ${name}\nOnly users managed by the organization`);
    },
  );
});

describe('the roles in users get', () => {
  test('are read for a table alone, with two requests more', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { id } = userAt(sandbox, 0);
    const table = await call(['users', 'get', id, '-o', 'table']);
    expect(table.stdout).toMatch(/^Roles +Admin in org$/m);
    expect(table.stdout).toMatch(/^Console +https:/m);
    expect(table).toMatchObject({ stderr: '', exitCode: 0 });
    expect(sent(sandbox)).toHaveLength(3);
    for (const args of [[], ['-o', 'json'], ['-o', 'csv'], ['-o', 'table', '--fields', 'id']]) {
      const before = sent(sandbox).length;
      expect((await call(['users', 'get', id, ...args])).stdout).not.toContain('Admin');
      expect(sent(sandbox)).toHaveLength(before + 1);
    }
  });

  test('are left out, with a note, for a login that may not read them', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const env = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: ['managed-users/read'] }) };
    const args = ['users', 'get', userAt(sandbox, 0).id, '-o', 'table'];
    const { stdout, stderr, exitCode } = await call(args, { env });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^Without .*roles.*: .*role-assignments\/list/m);
    expect(stdout).toContain('Status');
    expect(stdout).not.toContain('Roles');
  });

  test('are required where they could be read: a failure ends the command', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const url = await between(sandbox.apiUrl, ({ path }) =>
      path.includes('RoleAssignments') ? '502 before' : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    const args = ['users', 'get', userAt(sandbox, 0).id, '-o', 'table', '--max-retries', '0'];
    const { stdout, stderr, exitCode } = await call(args, { env });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 8 });
    expect(stderr).not.toContain('Without roles');
  });

  test('are none for somebody without any', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    sandbox.state.assignments.length = 0;
    const { stdout } = await call(['users', 'get', userAt(sandbox, 1).id, '-o', 'table']);
    expect(stdout).toMatch(/^Roles +none$/m);
  });
});
