import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt } from '../../support/cli.ts';
import { developer, give, support } from '../../support/role-assignments.ts';

describe('access diff', () => {
  test('shows the roles of one user alone; --all also shows shared roles; with --exit-code differences exit with 10', async () => {
    const world = await bulkWorld({ users: 10, assignments: 0 });
    const { call, sandbox } = world;
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    await give(world, one.id, developer, support);
    await give(world, two.id, support);
    const diff = async (...args: string[]) =>
      call(['access', 'diff', one.id, two.userName, '-o', 'json', ...args]);
    expect(rows((await diff()).stdout)).toMatchObject([{ who: one.userName, role_name: 'Developer' }]);
    expect(rows((await diff('--all')).stdout).map(({ who }) => who)).toEqual([one.userName, 'both']);
    expect((await diff('--exit-code')).exitCode).toBe(10);
    expect((await call(['access', 'diff', one.id, one.id, '--exit-code'])).exitCode).toBe(0);
  });
});
