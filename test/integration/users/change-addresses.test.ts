import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { User } from '../../../src/sandbox/scim/user-store.ts';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

function addresses({ sandbox }: World): string[] {
  return [...sandbox.state.users.all()].map(({ userName }) => userName);
}

/** The users whose address Twilio lets change: neither the Owner nor one who is suspended or fixed. */
function movable({ sandbox: { state } }: World): User[] {
  return [...state.users.all()].filter(
    ({ id }) => id !== state.ownerSid && !state.suspended.has(id) && !state.emailFixed.has(id),
  );
}

describe('users import --match', () => {
  test('moves many users to new addresses, keeps the rest of them, and is undone', async () => {
    const world = await bulkWorld({ users: 40, assignments: 0 });
    const { call, file, path } = world;
    const before = world.state();
    const moved = movable(world).slice(0, 34);
    const text = moved.map(({ id, userName }) => `${id},${userName.replace('@', '.moved@')}\n`).join('');
    const args = ['users', 'import', file('moves.csv', `id,email\n${text}`), '--match', 'id'];
    const planned = await call([...args, '--dry-run', '-o', 'json']);
    expect(rows(planned.stdout)).toHaveLength(34);
    expect(rows(planned.stdout)[0]?.change).toContain(moved[0]?.userName.replace('@', '.moved@'));
    const done = await call([...args, '--results', path('results.csv')]);
    expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('34 changed') });
    expect(addresses(world).filter((address) => address.includes('.moved@'))).toHaveLength(34);
    // The results are an input again, by the SID in them.
    const again = await call(['users', 'import', path('results.csv'), '--match', 'id']);
    expect(again.stderr).toContain('0 changed, 34 unchanged');
    expect(readFileSync(path('results.csv'), 'utf8')).toContain(moved[0]?.id);
    const run = done.stderr.match(/runs undo (\S+)/)?.[1] ?? '';
    expect((await call(['runs', 'undo', run, '--yes'])).exitCode).toBe(0);
    expect(world.state()).toEqual(before);
  });

  test.each([
    ['CSV', (id: string) => `externalId,email\n${id},renamed@example.com\n`],
    ['JSON', (id: string) => JSON.stringify([{ externalId: id, email: 'renamed@example.com' }])],
    ['JSON lines', (id: string) => `{"externalId":"${id}","email":"renamed@example.com"}\n`],
  ])('recognises users by external id in %s of standard input', async (_, text) => {
    const world = await bulkWorld({ users: 10 });
    const user = userAt(world.sandbox, 1);
    const input = text(user.externalId ?? '');
    const refused = await world.call(['users', 'import', '-'], {}, input);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`is the external id of ${user.userName}`);
    expect(writes(world.sandbox)).toEqual([]);
    const args = ['users', 'import', '-', '--match', 'external-id', '-o', 'json'];
    const { stdout, exitCode } = await world.call(args, {}, input);
    expect({ exitCode, outcomes: rows(stdout).map(({ outcome }) => outcome) }).toEqual({
      exitCode: 0,
      outcomes: ['changed'],
    });
    expect(addresses(world)).toContain('renamed@example.com');
    expect(addresses(world)).not.toContain(user.userName);
  });

  test.each([
    ['case', (id: string) => id.toUpperCase()],
    ['a blank', (id: string) => `${id.slice(0, 3)} ${id.slice(3)}`],
    ['a wide letter', (id: string) => id.replace('e', '\uff45')],
  ])('refuses to create a user whose external id differs from another in %s alone', async (_, miss) => {
    const world = await bulkWorld({ users: 10 });
    const user = userAt(world.sandbox, 1);
    const id = user.externalId ?? '';
    const input = `externalId,email\n${miss(id)},second@example.com\nother,third@example.com\n`;
    const args = ['users', 'import', '-', '--match', 'external-id'];
    const { stderr, exitCode } = await world.call(args, {}, input);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `line 2, externalId: no user has the external id "${miss(id)}", but ${user.userName} (${user.id}) has "${id}"`,
    );
    expect(stderr).not.toContain('line 3');
    expect(writes(world.sandbox)).toEqual([]);
  });

  test('skips an unknown leaver without an address, but not one whose external id is near to another', async () => {
    const world = await bulkWorld({ users: 10 });
    const { externalId = '', userName } = userAt(world.sandbox, 1);
    const args = ['users', 'import', '-', '--match', 'external-id', '--yes'];
    const input = 'externalId,active\nnever-here,no\n';
    const { stderr, exitCode } = await world.call(args, {}, input);
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 0, writes: [] });
    expect(stderr).toContain('No such user, and the row says inactive');
    const near = await world.call(args, {}, `${input}${externalId.toUpperCase()},no\n`);
    expect({ exitCode: near.exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 2, writes: [] });
    expect(near.stderr).toContain(`but ${userName}`);
  });

  test('passes addresses along a chain at any concurrency, and an undo passes them back', async () => {
    const world = await bulkWorld({ users: 20, assignments: 0 });
    const before = world.state();
    const users = movable(world).slice(0, 14);
    const wanted = users.map(({ id }, index) => [id, users[index + 1]?.userName ?? 'last@example.com']);
    const file = world.file('chain.csv', `id,email\n${wanted.map((row) => row.join()).join('\n')}\n`);
    const done = await world.call(['users', 'import', file, '--match', 'id', '--concurrency', '8']);
    expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('14 changed') });
    const undone = await world.call(['runs', 'undo', 'last', '--yes', '--concurrency', '8']);
    expect(undone).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('14 changed') });
    expect(world.state()).toEqual(before);
  });

  test('resumes a run that stopped, and checks first what the lost answer meant', async () => {
    const world = await bulkWorld({ users: 20, assignments: 0 });
    const { call, sandbox } = world;
    const users = movable(world).slice(0, 3);
    const text = users.map(({ id }, index) => `${id},moved${index}@example.com\n`).join('');
    let isBroken = true;
    const url = await between(sandbox.apiUrl, ({ method, path }) =>
      isBroken && path.endsWith(users[1]?.id ?? '-')
        ? method === 'PUT'
          ? '503 before'
          : undefined
        : undefined,
    );
    const env = { TWILIO_ORG_API_URL: url };
    const args = ['users', 'import', '-', '--match', 'id', '--max-retries', '0'];
    expect((await call(args, env, `id,email\n${text}`)).exitCode).toBe(3);
    isBroken = false;
    const resumed = await call(['runs', 'resume', 'last'], env);
    expect(resumed.exitCode).toBe(0);
    const now = users.map(({ id }) => sandbox.state.users.get(id)?.userName);
    expect(now).toEqual([0, 1, 2].map((index) => `moved${index}@example.com`));
  });

  test('a saved plan is stale once the address was given to somebody else', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, path } = world;
    const user = userAt(world.sandbox, 1);
    const text = `id,email\n${user.id},wanted@example.com\n`;
    const plan = path('moves.plan');
    await call(['users', 'import', '-', '--match', 'id', '--plan-out', plan], {}, text);
    await call(['users', 'create', '--email', 'Wanted@example.com']);
    const { exitCode, stderr } = await call(['runs', 'apply', plan, '--yes']);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('Wanted@example.com'),
    });
  });

  test('an undo can be saved as a plan and applied', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const before = world.state();
    const user = userAt(world.sandbox, 1);
    await world.call(
      ['users', 'import', '-', '--match', 'id'],
      {},
      `id,email\n${user.id},moved@example.com\n`,
    );
    const plan = world.path('undo.plan');
    await world.call(['runs', 'undo', 'last', '--plan-out', plan]);
    expect(await world.call(['runs', 'apply', plan, '--yes'])).toMatchObject({ exitCode: 0 });
    expect(world.state()).toEqual(before);
  });

  test('any list of new addresses is done and undone, or refused as a whole', async () => {
    const world = await bulkWorld({ users: 8, assignments: 0 });
    const { call } = world;
    const before = world.state();
    const users = movable(world).slice(0, 5);
    const pool = [...users.map(({ userName }) => userName), 'x@example.com', 'y@example.com'];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(pool, { minLength: 5, maxLength: 5 }), async (wanted) => {
        const text = users.map(({ id }, index) => `${id},${wanted[index]}\n`).join('');
        const sent = writes(world.sandbox).length;
        const done = await call(['users', 'import', '-', '--match', 'id', '-q'], {}, `id,email\n${text}`);
        if (done.exitCode === 2) {
          expect(done.stderr).toContain('the rows exchange addresses');
          expect(writes(world.sandbox)).toHaveLength(sent);
        } else {
          expect(done.exitCode).toBe(0);
          expect(users.map(({ id }) => world.sandbox.state.users.get(id)?.userName)).toEqual(wanted);
          if (writes(world.sandbox).length > sent) {
            expect((await call(['runs', 'undo', 'last', '--yes', '-q'])).exitCode).toBe(0);
          }
        }
        expect(world.state()).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });
});

test('an import of an export changes nothing', async () => {
  const world = await bulkWorld({ users: 30 });
  const sent = writes(world.sandbox).length;
  for (const format of ['csv', 'json', 'jsonl']) {
    const { stdout } = await world.call(['users', 'export', '-o', format]);
    for (const match of ['email', 'external-id']) {
      // Only users with an external id can be recognised by it.
      const args = ['users', 'import', '-', '--yes', '--match', match];
      const { stderr, exitCode } = await world.call(args, {}, stdout);
      if (match === 'email') expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      if (exitCode === 0) expect(stderr).toContain('0 changed, 30 unchanged');
    }
  }
  expect(writes(world.sandbox)).toHaveLength(sent);
});
