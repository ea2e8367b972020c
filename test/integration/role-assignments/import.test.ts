import { describe, expect, test } from 'vitest';
import type { User } from '../../../src/sandbox/scim/user-store.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

describe('role-assignments import', () => {
  test('reads what export writes and finds nothing to change, also where Twilio requires a filter', async () => {
    const { sandbox, call } = await bulkWorld({ users: 40 });
    const { stdout } = await call(['role-assignments', 'export']);
    expect(stdout.split('\r\n')[0]).toBe('user,role,scope,resource_type,resource_id');
    const again = await call(['role-assignments', 'import', '-'], {}, stdout);
    expect(again.stderr).toContain(`${sandbox.state.assignments.length} unchanged, 0 failed`);
    expect(writes(sandbox)).toEqual([]);
    const filtered = await bulkWorld({ users: 40, requireAssignmentFilter: true });
    expect((await filtered.call(['role-assignments', 'import', '-'], {}, stdout)).stderr).toContain(
      '0 created',
    );
  });

  test('gives roles row by row, and names errors with line and column', async () => {
    const { sandbox, call } = await bulkWorld({ users: 10, assignments: 0 });
    const { userName, id } = userAt(sandbox, 1);
    const good = `user,role,scope\n${userName},Developer,org\n${id},Support,org\n`;
    const { stdout } = await call(['role-assignments', 'import', '-', '-o', 'json'], {}, good);
    expect(rows(stdout).map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect(sandbox.state.assignments).toHaveLength(2);
    const bad = `user,role,scope\nnobody@example.com,Developer,org\n${userName},Nothing,org\n`;
    const { stderr, exitCode } = await call(['role-assignments', 'import', '-'], {}, bad);
    expect(stderr).toContain('line 2, user: there is no user nobody@example.com');
    expect(stderr).toContain('line 3, role: there is no role Nothing');
    expect(exitCode).toBe(2);
  });

  test('requires both type and id of a resource: with one of them the role would be on everything', async () => {
    const { sandbox, call } = await bulkWorld({ users: 3, assignments: 0 });
    const row = `${userAt(sandbox, 1).userName},Developer,org`;
    const text = `user,role,scope,resource_type,resource_id\n${row},billing_group,\n${row},,bg_1\n`;
    const { stderr, exitCode } = await call(['role-assignments', 'import', '-'], {}, text);
    expect(stderr).toContain('line 2: resource_type and resource_id go together\n');
    expect(stderr).toContain('line 3: resource_type and resource_id go together\n');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
  });

  test('names unknown columns, users and roles in one round', async () => {
    const { call } = await bulkWorld();
    const text = 'user,role,scope,Shoe\nnobody@example.com,Develoooper,org,38\n';
    const { stderr, exitCode } = await call(['role-assignments', 'import', '-'], {}, text);
    expect(exitCode).toBe(2);
    for (const error of ['unknown column "Shoe"', 'no role Develoooper', 'no user nobody@example.com'])
      expect(stderr).toContain(error);
  });
});

describe('role-assignments import --match', () => {
  test.each<[string, string, (user: User) => string | undefined]>([
    ['email', 'E-Mail', ({ userName }) => userName],
    ['id', 'id', ({ id }) => id],
    ['id', 'user', ({ id }) => id],
    ['external-id', 'Employee ID', ({ externalId }) => externalId],
    ['external-id', 'user', ({ externalId }) => `external:${externalId}`],
  ])('%s recognises users by the column %s', async (match, title, nameOf) => {
    const { call, sandbox } = await bulkWorld({ users: 20, assignments: 0 });
    const text = [1, 2].map((index) => `${nameOf(userAt(sandbox, index))},Support,org\n`).join('');
    const args = ['role-assignments', 'import', '-', '--match', match];
    expect(await call(args, {}, `${title},role,scope\n${text}`)).toMatchObject({ exitCode: 0 });
    const holders = sandbox.state.assignments.map(({ identity }) => identity);
    expect(holders).toEqual([1, 2].map((index) => userAt(sandbox, index).id));
  });

  test('names all errors together: form, users, roles, levels and scopes', async () => {
    const { call, sandbox } = await bulkWorld({ users: 20, assignments: 0 });
    const account = sandbox.accountSids[0];
    const text = `E9,Nix,org\n${userAt(sandbox, 1).externalId},Role Admin,${account}\nE9,Support,mars\nE9,,org\n`;
    const args = ['role-assignments', 'import', '-', '--match', 'external-id'];
    const { stderr, exitCode } = await call(args, {}, `externalId,role,scope\n${text}`);
    expect({ exitCode, lines: stderr.split('\n').filter((line) => line.startsWith('line')) }).toEqual({
      exitCode: 2,
      lines: [
        'line 2, role: there is no role Nix',
        'line 2, user: there is no user external:E9',
        'line 3, scope: the role Role Admin can be given only in the organization (org)',
        expect.stringContaining('line 4, scope: "mars" is not a scope'),
        'line 4, user: there is no user external:E9',
        'line 5, role: a value is required',
        'line 5, user: there is no user external:E9',
      ],
    });
    expect(writes(sandbox)).toEqual([]);
  });
});
