import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';
import { activeUsers } from '../../support/guards.ts';

describe('the guard of listings', () => {
  test('refuses a removal of more than a listing holds, and suggests a way on that works', async () => {
    const world = await bulkWorld({ users: 30 });
    const args = ['users', 'deactivate', ...activeUsers(world, 6), '--yes'];
    world.sandbox.state.users.list = () => [Buffer.from('{"Resources":[],"totalResults":0}')];
    const { stderr, exitCode } = await world.call([...args, '--max-removal-fraction', '1']);
    expect(stderr).toContain(
      'This affects 6 active users, but the list of them holds 0. Nothing was changed',
    );
    expect(stderr).not.toContain('--max-removal-fraction');
    expect({ exitCode, writes: writes(world.sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await world.call([...args, '--override-guards'])).exitCode).toBe(0);
  });

  test('refuses a removal when a listing has lost most of its entries since the last one', async () => {
    const world = await bulkWorld({ users: 60 });
    const args = () => ['users', 'deactivate', ...activeUsers(world, 6), '--yes'];
    expect((await world.call(args())).exitCode).toBe(0);
    // The same organization, as something answers that has lost most of its users.
    const { configDir, sandbox } = world;
    const file = `${configDir}/counts.json`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('"users": 60', '"users": 6000'));
    const before = writes(sandbox).length;
    const { stderr, exitCode } = await world.call(args());
    expect(stderr).toContain('The list of users has shrunk from 6000 to 60 since it was last read');
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 9, writes: 0 });
    expect((await world.call([...args(), '--override-guards'])).exitCode).toBe(0);
    // It was confirmed, so later listings are compared with it.
    expect((await world.call(args())).exitCode).toBe(0);
  });

  test('does not count entries that this program removed itself', async () => {
    const { call, sandbox, file } = await bulkWorld({ users: 20 });
    const { assignments } = sandbox.state;
    // The first is the only admin's.
    const sids = assignments.slice(1, Math.ceil(assignments.length * 0.6) + 1).map(({ sid }) => sid);
    const large = ['--max-removals', '99', '--max-removal-fraction', '1', '--yes'];
    expect((await call(['role-assignments', 'delete', ...sids, ...large])).exitCode).toBe(0);
    const lines = [1, 2, 3, 5, 6, 8].map((index) => `${userAt(sandbox, index).userName},Support,org`);
    const args = ['role-assignments', 'import', file('in.csv', `user,role,scope\n${lines.join('\n')}\n`)];
    expect(await call(args)).toMatchObject({ exitCode: 0 });
    const others = assignments.splice(4);
    expect(await call(args)).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('since it was last read'),
    });
    assignments.push(...others);
    expect((await call(args)).exitCode).toBe(0);
  });

  test('refuses a plan that is made from a listing that has lost most of its entries', async () => {
    const { call, sandbox, file, lastRun } = await bulkWorld({ users: 60 });
    const names = [1, 2, 3, 5, 6, 8].map((index) => userAt(sandbox, index).userName);
    const input = file('in.csv', `email,displayName\n${names.map((name) => `${name},Wrong`).join('\n')}\n`);
    expect((await call(['users', 'import', input])).exitCode).toBe(0);
    const undo = ['runs', 'undo', await lastRun(), '--yes'];
    const before = writes(sandbox).length;
    sandbox.state.users.list = () => [Buffer.from('{"Resources":[],"totalResults":0}')];
    const { stderr, exitCode } = await call(undo);
    expect(stderr).toContain(
      'The list of users has shrunk from 60 to 0 since it was last read. Nothing was changed',
    );
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 9, writes: 0 });
  });

  test('refuses an import or an undo whose lookup listing is nearly empty', async () => {
    const { call, sandbox, configDir, state } = await bulkWorld({ users: 40 });
    const text = [
      'email,displayName',
      ...state()
        .users.slice(0, 8)
        .map(({ userName }) => `${userName},Same`),
    ].join('\n');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(configDir, { recursive: true, mode: 0o700 });
    const counts = { [`${sandbox.apiUrl} ${sandbox.organizationSid}`]: { users: 4000 } };
    writeFileSync(`${configDir}/counts.json`, JSON.stringify(counts), { mode: 0o600 });
    const args = ['users', 'import', '-', '--dry-run'];
    const { stderr, exitCode } = await call(args, {}, text);
    expect(stderr).toContain('The list of users has shrunk from 4000 to 40 since it was last read');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await call([...args, '--override-guards'], {}, text)).exitCode).toBe(0);
    // It was confirmed.
    expect((await call(args, {}, text)).exitCode).toBe(0);
    const remember = (now: object, of: string = sandbox.organizationSid) =>
      writeFileSync(`${configDir}/counts.json`, JSON.stringify({ [`${sandbox.apiUrl} ${of}`]: now }));
    for (const [users, exitCode] of [
      [81, 9],
      [80, 0],
    ]) {
      remember({ users });
      expect(await call(args, {}, text)).toMatchObject({ exitCode });
    }
    // Of a token alone nobody knows whose organization it is about.
    remember({ users: 4000 }, 'default');
    expect((await call(args, { TWILIO_ORG_ORGANIZATION_SID: undefined }, text)).exitCode).toBe(0);
    remember({ assignments: 4000 });
    const sids = sandbox.state.assignments.slice(0, 6).map(({ sid }) => sid);
    expect(await call(['role-assignments', 'delete', ...sids, '--yes'])).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining('The list of role assignments has shrunk from 4000 to'),
    });
    expect(writes(sandbox)).toEqual([]);
  });
});
