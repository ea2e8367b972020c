import { describe, expect, test } from 'vitest';
import type { User } from '../../../src/sandbox/scim/user-store.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { sent, userAt, writes } from '../../support/cli.ts';

describe('the guard of protected users', () => {
  test('refuses a removal of a user whose name cannot be looked up, when users are protected by name', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    // The first is the only admin's.
    const [, { sid, identity } = { sid: '', identity: '' }] = sandbox.state.assignments;
    const only = (...scopes: string[]) => ({ TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes }) });
    const args = ['role-assignments', 'delete', sid, '--yes', '--protect'];
    const blind = await call([...args, 'x@y.example'], only('role-assignments/delete'));
    expect(blind).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining(`the user of the role assignment ${sid} is unknown`),
    });
    const roles = ['role-assignments/delete', 'role-assignments/list'];
    const nameless = await call([...args, 'x@y.example'], only(...roles));
    expect(nameless).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining(`the address of ${identity} is unknown`),
    });
    expect((await call([...args, identity], only(...roles))).stderr).toContain('is protected');
    expect(writes(sandbox)).toEqual([]);
    // Either scope that reads users is enough, and a SID needs none.
    const listing = only(...roles, 'managed-users/list');
    expect((await call([...args, 'x@y.example', '--dry-run'], listing)).exitCode).toBe(0);
    expect((await call([...args, `US${'0'.repeat(32)}`], only(...roles))).exitCode).toBe(0);
  });
});

test.each([
  ...['', 'ceo', 'ceo@example.com ', 'external:7', '@', 'ceo@', '@example.com', '@*', '*@'],
  ...['ceo@example.com,cfo@example.com', 'ceo@*;cfo@*'],
])('a pattern that protects nobody is refused before anything is sent or kept: "%s"', async (pattern) => {
  const { call, sandbox } = await bulkWorld();
  const args = ['users', 'deactivate', userAt(sandbox, 1).id, '--yes', '--protect', pattern];
  expect(await call(args)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('matches no user'),
  });
  expect((await call(['guards', 'set', '--protect', pattern])).exitCode).toBe(2);
  expect((await call(['guards', 'set', '--keep-admins', '1', '--admin-role', ''])).exitCode).toBe(2);
  expect(sent(sandbox)).toEqual([]);
});

test.each<[string, string, (user: User) => unknown, number]>([
  ['another user name', 'PUT', (user) => ({ ...user, userName: 'other@example.com' }), 9],
  ['another e-mail address', 'PUT', (user) => ({ ...user, emails: [{ value: 'other@example.com' }] }), 9],
  [
    'an address by its full name',
    'PATCH',
    () => ({ Operations: [{ op: 'add', value: { 'urn:x:User:username': 'o@example.com' } }] }),
    9,
  ],
  [
    'an address by its path',
    'PATCH',
    () => ({ Operations: [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'o@example.com' }] }),
    9,
  ],
  [
    'another name, with the same addresses',
    'PUT',
    (user) => ({ ...user, displayName: 'Other', userName: user.userName.toUpperCase() }),
    0,
  ],
])('api with %s (%s) for a protected user', async (_, method, bodyFor, expected) => {
  const { call, sandbox } = await bulkWorld({ users: 10 });
  const user = userAt(sandbox, 1);
  const args = ['api', method, `/scim/v2/Users/${user.id}`, '--input', '-', '--dry-run'];
  const { exitCode } = await call([...args, '--protect', user.userName], {}, JSON.stringify(bodyFor(user)));
  expect(exitCode).toBe(expected);
});

describe('a change of the address of a protected user', () => {
  test.each<[string, (id: string) => string[]]>([
    ['users import', () => ['users', 'import', '-', '--match', 'id']],
    ['users update', (id) => ['users', 'update', id, '--email', 'other@example.com']],
  ])('is refused in %s, by name and by SID', async (_, argsFor) => {
    const { call, sandbox } = await bulkWorld({ users: 10 });
    const { id, userName } = userAt(sandbox, 1);
    const input = `id,email\n${id},other@example.com\n`;
    for (const pattern of [id, userName]) {
      const { exitCode, stderr } = await call([...argsFor(id), '--protect', pattern], {}, input);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 9,
        stderr: expect.stringContaining('is protected'),
      });
    }
    expect(writes(sandbox)).toEqual([]);
    expect((await call([...argsFor(id), '--protect', 'else@example.com'], {}, input)).exitCode).toBe(0);
  });
});
