import { expect, test } from 'vitest';
import { allScopes } from '../../src/sandbox/oauth/scopes.ts';
import { sandboxed, userAt, writes } from '../support/cli.ts';

const role = 'IX00000000000000000000000000000104';

test.each<[scope: string, command: string]>([
  ['managed-users/read', 'users get USER'],
  ['managed-users/list', 'users list'],
  ['managed-users/list', 'users get EMAIL'],
  ['managed-users/create', 'users create --email new@example.com'],
  ['managed-users/update', 'users update USER --locale sv-SE'],
  ['managed-users/update', 'users deactivate USER --yes'],
  ['managed-users/delete', 'users delete USER --yes'],
  ['role-assignments/list', 'role-assignments list'],
  ['role-assignments/create', `role-assignments create --user USER --role ${role} --scope org`],
  ['role-assignments/delete', 'role-assignments delete ASSIGNMENT --yes'],
])('a login without %s gets the missing scope named by %s', async (scope, command) => {
  const { call, sandbox } = await sandboxed();
  const user = userAt(sandbox, 1);
  const args = command
    .replace('USER', user.id)
    .replace('EMAIL', user.userName)
    .replace('ASSIGNMENT', sandbox.state.assignments[1]?.sid ?? '');
  const token = sandbox.issueToken({ scopes: allScopes.filter((other) => other !== scope) });
  const { stdout, stderr, exitCode } = await call(args.split(' '), {
    env: { TWILIO_ORG_ACCESS_TOKEN: token },
  });
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 });
  expect(stderr).toContain(`The login lacks the scope ${scope}: tick it in the OAuth app`);
  // With all scopes it is done.
  expect((await call(args.split(' '))).exitCode).toBe(0);
});

test('a login without either scope for listing roles gets both named', async () => {
  const { call, sandbox } = await sandboxed();
  const list = (scopes: string[]) =>
    call(['roles', 'list'], { env: { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes }) } });
  expect((await list(['roles/list'])).exitCode).toBe(0);
  expect((await list(['role-assignments/list'])).exitCode).toBe(0);
  const { stderr, exitCode } = await list(['managed-users/list']);
  expect(exitCode).toBe(5);
  expect(stderr).toContain('the scope roles/list or role-assignments/list');
});

test('a token of another organization is not reported as a missing scope', async () => {
  const { call, sandbox } = await sandboxed();
  const token = sandbox.issueToken({ organizationSid: `OR${'9'.repeat(32)}` });
  const { stderr, exitCode } = await call(['users', 'list'], { env: { TWILIO_ORG_ACCESS_TOKEN: token } });
  expect(exitCode).toBe(5);
  expect(stderr).toMatch(/right organization.*\n\(Twilio error 25018/);
  expect(writes(sandbox)).toEqual([]);
});
