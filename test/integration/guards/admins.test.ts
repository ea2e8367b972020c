import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';
import { admin } from '../../support/guards.ts';

describe('the guard of admins', () => {
  test('refuses a removal after which too few active users would have the --admin-role', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    for (const { id } of [one, two])
      await call(['role-assignments', 'create', '--user', id, '--role', admin, '--scope', 'org']);
    sandbox.requests.length = 0;
    const keep = ['--keep-admins', '2', '--admin-role', 'Admin', '--yes'];
    const { stderr, exitCode } = await call(['users', 'deactivate', one.id, ...keep]);
    expect(stderr).toContain('This leaves 1 active user with the role Admin; the minimum is 2');
    const { sid = '' } = sandbox.state.assignments.find(({ identity }) => identity === two.id) ?? {};
    expect((await call(['role-assignments', 'delete', sid, ...keep])).exitCode).toBe(9);
    const loud = `IY${sid.slice(2).toUpperCase()}`;
    expect((await call(['role-assignments', 'delete', loud, ...keep, '--dry-run'])).exitCode).toBe(9);
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await call(['users', 'deactivate', userAt(sandbox, 3).id, ...keep])).exitCode).toBe(0);
    expect(
      (await call(['users', 'deactivate', one.id, '--keep-admins', '1', ...keep.slice(2)])).exitCode,
    ).toBe(0);
  });

  test('counts only active users with the role on the whole organization as admins', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const { accounts, assignments } = sandbox.state;
    const [one, two, inactive] = [1, 2, 7].map((index) => userAt(sandbox, index).id);
    const give = (identity = '', scope = sandbox.organizationSid, resource_type: string | null = null) => {
      const sid = `IY${String(assignments.length).padStart(32, '0')}`;
      const resource = { resource_type, resource_id: resource_type && '1' };
      assignments.push({ sid, role_sid: admin, scope, identity, order: 0, ...resource });
      return sid;
    };
    give(one);
    give(two, accounts[0]?.sid);
    give(two, sandbox.organizationSid, 'project');
    give(inactive);
    const keep = ['--keep-admins', '1', '--admin-role', admin, '--yes'];
    for (const organization of [sandbox.organizationSid, undefined]) {
      const env = { TWILIO_ORG_ORGANIZATION_SID: organization };
      const { stderr, exitCode } = await call(['users', 'deactivate', one ?? '', ...keep], env);
      expect(stderr).toContain('This leaves no active user with the role Admin; the minimum is 1');
      expect(exitCode).toBe(9);
    }
    // An admin with the role in two assignments keeps it when one of them is deleted.
    const again = give(one);
    expect((await call(['role-assignments', 'delete', again, ...keep])).exitCode).toBe(0);
    // A change that removes no admin is allowed even when there are already too few.
    const three = userAt(sandbox, 3).id;
    expect(
      (await call(['users', 'deactivate', three, '--keep-admins', '2', ...keep.slice(2)])).exitCode,
    ).toBe(0);
  });

  test('refuses a removal when the admins can only be listed in an unknown organization', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, requireAssignmentFilter: true });
    const args = ['users', 'deactivate', userAt(sandbox, 1).id, '--yes'];
    const keep = ['--keep-admins', '1', '--admin-role', admin];
    const { stderr, exitCode } = await call([...args, ...keep], { TWILIO_ORG_ORGANIZATION_SID: undefined });
    expect(stderr).toContain('Set TWILIO_ORG_ORGANIZATION_SID');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 9, writes: [] });
    expect((await call([...args, ...keep])).exitCode).toBe(0);
  });

  test('refuses a removal when nobody has the --admin-role', async () => {
    const { call, sandbox } = await bulkWorld({ users: 10, assignments: 0 });
    const account = sandbox.state.accounts[0]?.sid ?? '';
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await call(['role-assignments', 'create', '--user', two.id, '--role', admin, '--scope', account]);
    const before = writes(sandbox).length;
    const args = ['users', 'deactivate', one.id, '--keep-admins', '1', '--admin-role', admin, '--yes'];
    const { stderr, exitCode } = await call(args);
    expect(stderr).toContain('No active user has the role Admin in the organization');
    expect({ exitCode, writes: writes(sandbox).length - before }).toEqual({ exitCode: 9, writes: 0 });
    expect((await call([...args, '--override-guards'])).exitCode).toBe(0);
  });
});
