import { expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { sandboxed, userAt, userNow } from '../../support/cli.ts';

test('white space around users, roles, scopes and SIDs is ignored, as in CSV', async () => {
  const { call, sandbox } = await sandboxed();
  const user = userAt(sandbox, 1);
  const get = async (reference: string) => {
    const { exitCode, stdout } = await call(['users', 'get', reference, '-o', 'json']);
    return [exitCode, exitCode === 0 ? JSON.parse(stdout).id : ''];
  };
  for (const reference of [
    `${user.userName} `,
    `\t${user.id}\n`,
    ` external:${user.externalId} `,
    `\u00a0${user.userName}`,
  ]) {
    expect([reference, ...(await get(reference))]).toEqual([reference, 0, user.id]);
  }
  const role = await call(['roles', 'get', ' Support ', '-o', 'json']);
  expect(JSON.parse(role.stdout).friendly_name).toBe('Support');
  const grant = ['--user', `${user.userName} `, '--role', ' Support', '--scope', 'org '];
  const made = await call(['role-assignments', 'create', ...grant, '-o', 'json']);
  expect(made).toMatchObject({ exitCode: 0 });
  const { sid } = JSON.parse(made.stdout);
  expect((await call(['role-assignments', 'list', ...grant, '-o', 'json'])).stdout).toContain(sid);
  expect((await call(['role-assignments', 'delete', ` ${sid}\n`, '--yes'])).exitCode).toBe(0);
  expect(sandbox.state.assignments.some((each) => each.sid === sid)).toBe(false);
  const listed = await call(['users', 'list', '--user-name', ` ${user.userName} `, '-o', 'json']);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id: user.id }]);
});

test('white space around a new e-mail address is removed', async () => {
  const { call, sandbox } = await sandboxed();
  const made = await call(['users', 'create', '--email', ' new.person@example.com ', '-o', 'json']);
  expect(made).toMatchObject({ exitCode: 0 });
  expect(userNow(sandbox, JSON.parse(made.stdout)).userName).toBe('new.person@example.com');
});

test('white space around the name of a run is ignored, and `last` works in any case', async () => {
  const { call, file, lastRun } = await bulkWorld({ users: 2 });
  await call(['users', 'import', file('in.csv', 'email\nada@example.com\n')]);
  for (const run of [` ${await lastRun()}\n`, 'LAST', ' last ']) {
    expect([run, (await call(['runs', 'show', run])).exitCode]).toEqual([run, 0]);
  }
});
