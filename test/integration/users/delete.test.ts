import { describe, expect, test } from 'vitest';
import { sandboxed, userAt, userNow, writes } from '../../support/cli.ts';

describe('users delete', () => {
  test("sends SCIM's DELETE, and calls the result deactivated", async () => {
    const { run, sandbox } = await sandboxed();
    const user = userAt(sandbox, 1);
    const { stdout, exitCode } = await run(['users', 'delete', user.id, '-y', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([{ id: user.id, userName: user.userName, outcome: 'deactivated' }]);
    expect(exitCode).toBe(0);
    expect(writes(sandbox)).toEqual([`DELETE /scim/v2/Users/${user.id}`]);
    expect(userNow(sandbox, user).active).toBe(false);
  });

  test('stops once the credentials are refused, and reports the rest as not tried', async () => {
    const { call, sandbox } = await sandboxed();
    const users = [1, 2, 3].map((index) => userAt(sandbox, index).id);
    const { push } = sandbox.requests;
    sandbox.requests.push = (...records) => {
      if (records[0]?.path.endsWith(users[1] ?? '') && records[0].method === 'DELETE')
        sandbox.state.accessTokens.clear();
      return push.apply(sandbox.requests, records);
    };
    const { stdout, stderr, exitCode } = await call([
      'users',
      'delete',
      ...users,
      '--yes',
      '--concurrency',
      '1',
      '--fields',
      'outcome',
    ]);
    expect(stdout).toBe('deactivated\nfailed\nnot tried\n');
    expect(stderr).toMatch(/^error: 2 of 3 were not deactivated\nLog in again/);
    expect(exitCode).toBe(3);
  });

  test('stops after the first user where the login lacks the scope, and names the scope', async () => {
    const { call, sandbox } = await sandboxed();
    const users = [1, 2, 3].map((index) => userAt(sandbox, index).id);
    const TWILIO_ORG_ACCESS_TOKEN = sandbox.issueToken({
      scopes: ['managed-users/list', 'managed-users/read'],
    });
    const args = ['users', 'delete', ...users, '--yes', '--concurrency', '1', '--fields', 'outcome'];
    const { stdout, stderr, exitCode } = await call(args, { env: { TWILIO_ORG_ACCESS_TOKEN } });
    expect(stdout).toBe('failed\nnot tried\nnot tried\n');
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringContaining('lacks the scope managed-users/delete'),
      exitCode: 5,
    });
  });
});
