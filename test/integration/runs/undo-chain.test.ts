import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { User } from '../../../src/twilio/users.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

async function granted() {
  const world = await bulkWorld({ users: 10, assignments: 0 });
  const { call, sandbox, lastRun } = world;
  const users = [userAt(sandbox, 1), userAt(sandbox, 2)].flatMap(({ id }) => ['--user', id]);
  const args = ['role-assignments', 'create', ...users, '--role', 'Billing', '--scope', 'org'];
  expect((await call(args)).exitCode).toBe(0);
  const grant = await lastRun();
  const replace = ['role-assignments', 'replace', ...users, '--from', 'Billing', '--to', 'Support'];
  const undo = async (run: string) => {
    const result = await call(['runs', 'undo', run, '--yes']);
    expect(result.exitCode).toBe(0);
    return result;
  };
  return {
    ...world,
    grant,
    undo,
    held: () => sandbox.state.assignments.length,
    async replaced() {
      expect((await call([...replace, '--scope', 'org', '--yes'])).exitCode).toBe(0);
      return lastRun();
    },
  };
}

describe('runs undo of a run whose roles have other SIDs since', () => {
  test('takes away roles that the undo of a later run gave again', async () => {
    const { grant, replaced, undo, held } = await granted();
    await undo(await replaced());
    expect(held()).toBe(2);
    const { stdout, stderr } = await undo(grant);
    expect(stderr).not.toContain('Nothing is left');
    expect(stdout).not.toContain('already taken away');
    expect(held()).toBe(0);
  });

  test('works after any number of undos, and for `last`', async () => {
    const { grant, replaced, undo, held, lastRun } = await granted();
    for (let time = 0; time < 2; time += 1) {
      await undo(grant);
      expect(held()).toBe(0);
      await undo(await lastRun());
      expect(held()).toBe(2);
    }
    await replaced();
    await undo('last');
    await undo('last');
    expect(held()).toBe(0);
  });

  test('keeps roles that others gave again, and says so', async () => {
    const { grant, call, undo, held, sandbox } = await granted();
    const given = sandbox.state.assignments.map(({ sid }) => sid);
    const { id } = userAt(sandbox, 1);
    await call(['role-assignments', 'delete', ...given, '--yes']);
    await call(['role-assignments', 'create', '--user', id, '--role', 'Billing', '--scope', 'org']);
    const [again] = sandbox.state.assignments;
    const before = writes(sandbox).length;
    const { stdout } = await undo(grant);
    expect(stdout).toContain(
      `was already taken away. The same role was given again later, as ${again?.sid}, and is left alone`,
    );
    expect(writes(sandbox)).toHaveLength(before);
    expect(held()).toBe(1);
  });

  test('follows no circle in a changed journal', async () => {
    const { grant, replaced, undo, held, configDir, lastRun, sandbox } = await granted();
    const [first] = sandbox.state.assignments.map(({ sid }) => sid);
    await undo(await replaced());
    const file = join(configDir, 'runs', `${await lastRun()}.jsonl`);
    const now = sandbox.state.assignments.map(({ sid }) => sid);
    let text = readFileSync(file, 'utf8');
    for (const sid of now) text = text.replaceAll(sid, first ?? '');
    writeFileSync(file, text);
    const { stdout } = await undo(grant);
    expect(stdout).toContain('and is left alone');
    expect(held()).toBe(2);
  });
});

test('runs undo leaves out an address or external id that another user has now, and undoes the rest', async () => {
  const { call, sandbox, file, lastRun } = await bulkWorld({ users: 10 });
  const [one, two, three, four] = [1, 2, 3, 5].map((number) => userAt(sandbox, number)) as [
    User,
    User,
    User,
    User,
  ];
  const ids = [`${two.id},e2`, `${four.id},e4`];
  const first = file('ids.csv', ['id,externalId', ...ids].join('\n'));
  expect(await call(['users', 'import', first, '--match', 'id', '--yes'])).toMatchObject({ exitCode: 0 });
  const lines = [
    `${one.id},new1@example.com,Neo,`,
    `${two.id},${two.userName},Neo,f2`,
    // The undo itself frees this address before it gives it back.
    `${three.id},new3@example.com,Neo,`,
    `${four.id},${three.userName},Neo,`,
  ];
  const input = file('in.csv', ['id,email,givenName,externalId', ...lines].join('\n'));
  expect(await call(['users', 'import', input, '--match', 'id', '--yes'])).toMatchObject({ exitCode: 0 });
  const run = await lastRun();
  await call(['users', 'create', '--email', one.userName, '--yes']);
  await call(['users', 'create', '--email', 'other@example.com', '--external-id', 'e2', '--yes']);
  const holder = [...sandbox.state.users.all()].find(({ userName }) => userName === one.userName);
  const plan = await call(['runs', 'undo', run, '--dry-run']);
  expect(plan.stdout + plan.stderr).toContain(
    `${one.userName} now belongs to ${holder?.id}, so new1@example.com keeps this address`,
  );
  expect(plan.stdout + plan.stderr).toMatch(
    new RegExp(
      `e2 now belongs to other@example.com \\(US\\w+\\), so ${two.userName} keeps the external id f2`,
    ),
  );
  const { exitCode } = await call(['runs', 'undo', run, '--yes']);
  expect(exitCode).toBe(0);
  const now = [1, 2, 3, 5].map((number) => userAt(sandbox, number));
  expect(now.map(({ userName }) => userName)).toEqual([
    'new1@example.com',
    two.userName,
    three.userName,
    four.userName,
  ]);
  expect(now[1]).toMatchObject({ externalId: 'f2' });
  expect(now.map(({ name }) => name)).toEqual([one, two, three, four].map(({ name }) => name));
});
