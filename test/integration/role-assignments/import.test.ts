import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { sent, userAt, writes } from '../../support/cli.ts';

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
    expect({ exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 2, sent: [] });
  });
});
