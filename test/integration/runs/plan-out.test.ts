import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

describe('--plan-out', () => {
  test('changes nothing and needs no --yes, unlike applying the plan', async () => {
    const { call, sandbox, path } = await bulkWorld({ users: 30 });
    const [one, two] = [userAt(sandbox, 1), userAt(sandbox, 2)];
    const plan = path('p.plan');
    expect((await call(['users', 'offboard', one.id, two.id, '--plan-out', plan])).exitCode).toBe(0);
    expect((await call(['runs', 'apply', plan])).exitCode).toBe(2);
    expect(writes(sandbox)).toEqual([]);
  });

  test('saves the plan that --dry-run shows', async () => {
    const { call, sandbox, file, path } = await bulkWorld({ users: 30 });
    const user = userAt(sandbox, 1);
    const input = file('in.csv', 'email\nada@example.com\n');
    const held = sandbox.state.assignments.find(({ identity }) => identity !== user.id)?.sid ?? '';
    for (const command of [
      ['users', 'import', input],
      ['users', 'deactivate', user.id],
      ['role-assignments', 'delete', held],
    ]) {
      const before = writes(sandbox).length;
      const plan = path(`${command[0]}-${command[1]}.plan`);
      const shown = await call([...command, '--dry-run', '--plan-out', plan, '-o', 'json']);
      expect({ shown: rows(shown.stdout).length, exitCode: shown.exitCode }).toEqual({
        shown: 1,
        exitCode: 0,
      });
      expect(writes(sandbox)).toHaveLength(before);
      expect((await call(['runs', 'apply', plan, '--yes'])).exitCode).toBe(0);
      expect(writes(sandbox)).toHaveLength(before + 1);
    }
  });

  test('replaces an earlier plan, but no input, directory, pipe or device', async () => {
    const { call, file, path } = await bulkWorld();
    const text = 'email\nada@example.com\n';
    const input = file('in.csv', text);
    const save = async (to: string) => (await call(['users', 'import', input, '--plan-out', to])).exitCode;
    execFileSync('mkfifo', [path('pipe')]);
    expect([await save(input), await save(path('.')), await save(path('pipe'))]).toEqual([2, 2, 2]);
    expect(readFileSync(input, 'utf8')).toBe(text);
    expect(statSync(path('pipe')).isFIFO()).toBe(true);
    expect([await save(path('new.plan')), await save(path('new.plan'))]).toEqual([0, 0]);
  });
});
