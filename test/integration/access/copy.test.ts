import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { sent, userAt, writes } from '../../support/cli.ts';
import { billing, developer, fill, give, held } from '../../support/role-assignments.ts';

describe('access copy', () => {
  test('adds missing roles, those on resources included; a second time there is nothing to do', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const [from, to] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await give(world, from.id, developer);
    await give(world, to.id, billing);
    const { assignments } = sandbox.state;
    const resource = { resource_type: 'billing_group', resource_id: 'billing_group_1' };
    const role = JSON.parse(
      (await call(['roles', 'list', '--resource-type', 'billing_group', '-o', 'json'])).stdout,
    )[0].sid;
    await call([
      'role-assignments',
      'create',
      '--user',
      from.id,
      '--role',
      role,
      '--scope',
      'org',
      '--resource-type',
      'billing_group',
      '--resource-id',
      'billing_group_1',
    ]);
    expect(assignments.at(-1)).toMatchObject(resource);
    const args = ['access', 'copy', '--from', from.userName, '--to', to.id];
    expect((await call(args)).exitCode).toBe(0);
    expect(held(world, to)).toEqual([...held(world, from), `${billing} ${sandbox.organizationSid} `].sort());
    const before = writes(sandbox).length;
    expect((await call(args)).stderr).toContain('1 unchanged');
    expect(writes(sandbox)).toHaveLength(before);
  });

  test('gives a role once that the model has twice', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0, allowDuplicates: true });
    const { call, sandbox } = world;
    const [from, to] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await give(world, from.id, developer);
    const [once] = sandbox.state.assignments;
    if (once !== undefined)
      sandbox.state.assignments.push({ ...once, sid: `IY${'9'.repeat(32)}`, order: 999 });
    expect(held(world, from)).toHaveLength(2);
    expect((await call(['access', 'copy', '--from', from.id, '--to', to.id])).exitCode).toBe(0);
    expect(held(world, to)).toHaveLength(1);
  });

  test('with --mode mirror also takes roles away, and needs --yes without a terminal', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const [from, to] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await give(world, from.id, developer);
    await give(world, to.id, billing);
    sandbox.requests.length = 0;
    const args = ['access', 'copy', '--from', from.id, '--to', to.id, '--mode', 'mirror'];
    expect(await call(args)).toMatchObject({ exitCode: 2 });
    expect(sent(sandbox)).toEqual([]);
    expect((await call([...args, '--yes'])).exitCode).toBe(0);
    expect(held(world, to)).toEqual(held(world, from));
    // In this order: nobody is without access in between.
    expect(writes(sandbox).map((line) => line.split(' ')[0])).toEqual(['POST', 'DELETE']);
  });

  test('refuses more roles than Twilio allows before it sends anything', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const [from, to] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await give(world, from.id, developer);
    fill(world, to);
    sandbox.requests.length = 0;
    const { stderr, exitCode } = await call(['access', 'copy', '--from', from.id, '--to', to.id]);
    expect(stderr).toContain("would have 51 roles; Twilio's limit is 50");
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 7, writes: [] });
  });
});
