import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { sandboxed, sent, userAt, writes } from '../../support/cli.ts';
import { each, grant, groupManager, path, shown } from '../../support/role-assignments.ts';

describe('role-assignments delete', () => {
  test('takes roles away by SID in any case, and one that is named twice only once', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const [owners, one, two, ...others] = shown(sandbox);
    const sids = [one?.sid ?? '', two?.sid ?? ''];
    const { stdout, stderr, exitCode } = await call([
      'assignments',
      'delete',
      ...sids,
      ...sids.map((sid) => sid.toUpperCase()),
      '--yes',
      '-o',
      'json',
    ]);
    expect(JSON.parse(stdout)).toEqual([one, two].map((each) => ({ ...each, outcome: 'deleted' })));
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(shown(sandbox)).toEqual([owners, ...others]);
  });

  test('takes a role away by user, role and scope, and a second time says that nothing needs to change', async () => {
    const { run, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const user = userAt(sandbox, 1);
    await run(['assignments', 'create', ...grant(user.id)]);
    const [assignment] = shown(sandbox);
    const args = ['role-assignments', 'delete', ...grant(user.userName), '--yes', '-o', 'json'];
    const first = await run(args);
    expect(JSON.parse(first.stdout)).toEqual([{ ...assignment, outcome: 'deleted' }]);
    expect(shown(sandbox)).toEqual([]);
    expect(await run(args)).toEqual({
      stdout: '[]\n',
      stderr: 'The user does not have this role there; nothing to change\n',
      exitCode: 0,
    });
  });

  test('names the same role on a resource when the whole scope is named, and the other way round', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const flags = ['--user', userAt(sandbox, 1).id, '--role', groupManager, '--scope', 'org'];
    const resource = ['--resource-type', 'billing_group', '--resource-id', 'bg_1'];
    await call(['assignments', 'create', ...flags, ...resource]);
    const commands = 'twilio-org role-assignments delete';
    const user = userAt(sandbox, 1).id;
    for (const extra of ['--yes', '--dry-run']) {
      expect(await call(['assignments', 'delete', ...flags, extra])).toEqual({
        stdout: '',
        stderr: [
          `error: ${user} has ${groupManager} in org only on billing_group bg_1; nothing was changed`,
          `To remove it: ${commands} ${[...flags, ...resource].join(' ')}\n`,
        ].join('\n'),
        exitCode: 7,
      });
    }
    const another = [...resource.slice(0, -1), 'bg_2'];
    expect((await call(['assignments', 'delete', ...flags, ...another, '--yes'])).stderr).toMatch(
      /nothing to change/,
    );
    expect(shown(sandbox)).toHaveLength(1);
    expect((await call(['assignments', 'delete', ...flags, ...resource, '--yes'])).stderr).toBe('');
    expect(shown(sandbox)).toHaveLength(0);
    await call(['assignments', 'create', ...flags]);
    const whole = await call(['assignments', 'delete', ...flags, ...resource, '--yes']);
    expect(whole.exitCode).toBe(7);
    expect(whole.stderr).toContain(`in org as a whole, not only on one resource; nothing was changed\n`);
    expect(whole.stderr).toContain(`To remove it: ${commands} ${flags.join(' ')}\n`);
    await call(['assignments', 'create', ...flags, ...resource]);
    expect((await call(['assignments', 'delete', ...flags, '--yes'])).stderr).toContain(
      `${user} also has ${groupManager} in org on billing_group bg_1, and keeps it\n`,
    );
    expect(shown(sandbox)).toMatchObject([{ resource_id: 'bg_1' }]);
  });

  test('without a terminal and without --yes is refused before any request', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    for (const args of [[shown(sandbox)[0]?.sid ?? ''], grant(userAt(sandbox, 1).userName)]) {
      const { stderr, exitCode } = await call(['assignments', 'delete', ...args]);
      expect(stderr).toMatch(
        /^error: This removes access and needs confirmation.*\nIn a script add --yes\. Nothing was sent/,
      );
      expect(exitCode).toBe(2);
    }
    expect(sent(sandbox)).toEqual([]);
  });

  test('--dry-run shows the request and only reads', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const sid = shown(sandbox)[1]?.sid ?? '';
    const { stdout } = await call(['assignments', 'delete', sid, '--dry-run', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      { sid, change: `take away ${sid}`, method: 'DELETE', url: `${sandbox.apiUrl}${path}/${sid}` },
    ]);
    expect(writes(sandbox)).toEqual([]);
  });

  test('of a missing assignment is not found; among several it is one failure', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const unknown = `IY${'0'.repeat(32)}`;
    expect((await call(['assignments', 'delete', unknown, '--yes'])).exitCode).toBe(6);
    const sid = shown(sandbox)[1]?.sid ?? '';
    const { stdout, exitCode } = await call([
      'assignments',
      'delete',
      unknown,
      sid,
      '--yes',
      '--fields',
      'sid,outcome',
    ]);
    expect(stdout).toBe(`${unknown}\tfailed\n${sid}\tdeleted\n`);
    expect(exitCode).toBe(3);
  });

  test('by SID and by flags at once is a usage error', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const sid = shown(sandbox)[0]?.sid ?? '';
    const { stderr, exitCode } = await call(['assignments', 'delete', sid, '--scope', 'org', '--yes']);
    expect(stderr).toMatch(/not both/);
    expect(exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
  });
});

describe('role-assignments delete with several values of a flag', () => {
  async function world() {
    const made = await bulkWorld({ users: 20, assignments: 0 });
    const users = [1, 2, 3].map((index) => userAt(made.sandbox, index).userName);
    const flags = [...each('--user', ...users), ...each('--role', 'Support', 'Billing'), '--scope', 'org'];
    await made.call(['assignments', 'create', ...flags]);
    expect(shown(made.sandbox)).toHaveLength(6);
    made.sandbox.requests.length = 0;
    const remove = (...args: string[]) => made.call(['role-assignments', 'delete', ...args]);
    return { ...made, users, flags, remove };
  }

  test('takes every combination away in one run, and a second time says that no user has them', async () => {
    const { sandbox, call, remove, flags, users, lastRun } = await world();
    const before = shown(sandbox);
    const first = await remove(...flags.slice(2), '--yes', '-o', 'json');
    expect(first.exitCode).toBe(0);
    expect(rows(first.stdout)).toEqual(
      before.slice(2).map((assignment) => ({ ...assignment, outcome: 'deleted' })),
    );
    expect(shown(sandbox)).toEqual(before.slice(0, 2));
    const second = await remove(...flags, '--yes', '-o', 'json');
    expect(second.exitCode).toBe(0);
    expect(rows(second.stdout).map(({ outcome }) => outcome)).toEqual([
      'deleted',
      'deleted',
      ...Array(4).fill('unchanged'),
    ]);
    expect(second.stderr).toContain(`${users[2]} does not have Billing in org; nothing to change\n`);
    expect(shown(sandbox)).toEqual([]);
    const third = await remove(...flags, '--yes', '-o', 'json');
    expect({
      exitCode: third.exitCode,
      changed: rows(third.stdout).filter(({ outcome }) => outcome !== 'unchanged'),
    }).toEqual({
      exitCode: 0,
      changed: [],
    });
    expect((await call(['runs', 'undo', await lastRun(), '--yes'])).exitCode).toBe(0);
    expect(shown(sandbox)).toHaveLength(2);
  });

  test('without a terminal and without --yes is refused before any request, and guards count all combinations', async () => {
    const { sandbox, remove, flags, users } = await world();
    const refused = await remove(...flags);
    expect({ exitCode: refused.exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 2, sent: [] });
    expect((await remove(...flags, '--yes', '--max-removals', '5')).exitCode).toBe(9);
    expect((await remove(...flags, '--yes', '--protect', users[2] ?? '')).exitCode).toBe(9);
    expect(writes(sandbox)).toEqual([]);
    expect(shown(sandbox)).toHaveLength(6);
  });

  test('names all missing users and roles, and takes nothing away', async () => {
    const { sandbox, remove, flags } = await world();
    const { stderr, exitCode } = await remove(
      ...flags,
      '--user',
      'no@example.com',
      '--role',
      'Nope',
      '--yes',
    );
    expect(stderr).toMatch(/^error: There is no role Nope; There is no user no@example\.com\n/);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 6, writes: [] });
  });
});
