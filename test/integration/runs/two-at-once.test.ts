import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt } from '../../support/cli.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

/** Gives a command twice at once: no request of either is let through before both have made their plan. */
async function twiceAtOnce(world: World, args: string[]) {
  let release = (): void => undefined;
  const bothPlanned = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const url = await between(world.sandbox.apiUrl, async ({ method }) => {
    if (method === 'GET') return undefined;
    waiting += 1;
    if (waiting === 2) release();
    await bothPlanned;
    return undefined;
  });
  const here = (configDir: string) => ({ TWILIO_ORG_API_URL: url, TWILIO_ORG_CONFIG_DIR: configDir });
  const machines = [world.path('one'), world.path('other')];
  const ends = await Promise.all(
    machines.map((configDir) => world.call([...args, '--concurrency', '1'], here(configDir))),
  );
  return ends.map((end, index) => ({
    ...end,
    undo: () =>
      world.call(
        ['runs', 'undo', 'last', '--yes', '--reactivate', '-o', 'json'],
        here(machines[index] ?? ''),
      ),
  }));
}

const people = Array.from({ length: 12 }, (_, index) => `p${index}@example.com`);

describe('the same command twice at once', () => {
  test('imports each person once, and both runs succeed', async () => {
    const world = await bulkWorld({ users: 5 });
    const input = world.file(
      'in.csv',
      ['email,family_name', ...people.map((name) => `${name},Person`)].join('\n'),
    );
    const ends = await twiceAtOnce(world, ['users', 'import', input, '--yes', '-o', 'json']);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const outcomes = ends.flatMap(({ stdout }) => rows(stdout).map(({ outcome }) => outcome));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(12);
    const others = ends
      .flatMap(({ stdout }) => rows(stdout))
      .filter(({ outcome }) => outcome === 'unchanged');
    expect(others).toHaveLength(12);
    for (const { email, sid, reason } of others) {
      expect(reason).toBe(`Others have done this meanwhile: create ${email}`);
      expect(sid).toMatch(/^US/);
    }
  });

  test('takes each leaver out once, and an undo of the slower run leaves the work of the other', async () => {
    const world = await bulkWorld({ users: 30 });
    const { sandbox, state } = world;
    const leaver = userAt(sandbox, 1);
    const before = state();
    const roles = sandbox.state.assignments.flatMap(({ identity, sid }) =>
      identity === leaver.id ? sid : [],
    );
    const ends = await twiceAtOnce(world, ['users', 'offboard', leaver.id, '--yes', '-o', 'json']);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    for (const { stdout } of ends) expect(rows(stdout)).toMatchObject([{ active: false, roles_left: 0 }]);
    const reports: { outcome: string; roles_removed: number; removed: { sid: string }[] }[] = ends.flatMap(
      ({ stdout }) => JSON.parse(stdout),
    );
    const removed = reports.flatMap((report) => report.removed.map(({ sid }) => sid));
    // A report counts the removals of its own run, so that both together name each role once.
    expect(removed.toSorted()).toEqual(roles.toSorted());
    for (const report of reports) expect(report.roles_removed).toBe(report.removed.length);
    expect(reports.filter(({ outcome }) => outcome === 'deactivated')).toHaveLength(1);
    expect(reports.filter(({ outcome }) => outcome === 'deactivated already')).toHaveLength(1);
    const said = `${leaver.userName}: Others have done this meanwhile: `;
    expect(ends.some(({ stderr }) => stderr.includes(said))).toBe(true);
    for (const { undo } of ends) await undo();
    // Each undo gives back what its own run took away, so both together give everything back.
    expect(state()).toEqual(before);
  });

  test('gives each role once, and both runs succeed', async () => {
    const world = await bulkWorld({ users: 30 });
    const { sandbox } = world;
    const users = [10, 11, 12].map((index) => userAt(sandbox, index).userName);
    const lines = users.map((user) => `${user},Messaging Admin,org`);
    const input = world.file('in.csv', ['user,role,scope', ...lines].join('\n'));
    const before = sandbox.state.assignments.length;
    const ends = await twiceAtOnce(world, ['role-assignments', 'import', input, '--yes', '-o', 'json']);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const reasons = ends.flatMap(({ stdout }) => rows(stdout)).map(({ reason }) => reason);
    expect(
      reasons.filter((reason) => reason?.startsWith('Others have done this meanwhile: give')),
    ).toHaveLength(3);
    const after = sandbox.state.assignments.length;
    expect(after - before).toBe(
      ends.flatMap(({ stdout }) => rows(stdout)).filter(({ outcome }) => outcome === 'created').length,
    );
  });
});
