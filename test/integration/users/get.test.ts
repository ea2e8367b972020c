import { describe, expect, test } from 'vitest';
import { call, sandboxed, userAt } from '../../support/cli.ts';
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
    expect(stderr).toBe('error: external:4711 matches 2 users\nUse the SID instead\n');
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
