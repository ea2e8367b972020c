import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { home, sandboxed, sent, userAt } from '../../support/cli.ts';

async function world() {
  const config = mkdtempSync(join(home, 'config-'));
  const { sandbox, call } = await sandboxed({ users: 5 });
  const run = (args: readonly string[]) => call(args, { env: { TWILIO_ORG_CONFIG_DIR: config } });
  await run(['snapshots', 'take']);
  const [first = ''] = (await run(['snapshots', 'list'])).stdout.split('\t');
  sandbox.requests.length = 0;
  return { sandbox, run, first };
}

describe('snapshots diff', () => {
  it('compares a snapshot with now, in words and as an array', async () => {
    const { sandbox, run } = await world();
    const user = userAt(sandbox, 1);
    sandbox.state.users.put({ ...user, active: false, meta: { ...user.meta, version: 'W/99' } });
    const [removed] = sandbox.state.assignments.splice(0, 1);
    const { stdout, exitCode } = await run(['snapshots', 'diff', 'last', 'live', '-o', 'json']);
    const found = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(found).toEqual([
      expect.objectContaining({
        kind: 'user',
        change: 'changed',
        sid: user.id,
        fields: ['active'],
        name: user.userName,
        before: expect.objectContaining({ active: true }),
        after: expect.objectContaining({ active: false }),
      }),
      expect.objectContaining({ kind: 'role-assignment', change: 'removed', sid: removed?.sid, after: null }),
    ]);
    const table = await run(['snapshots', 'diff', 'last', '-o', 'table']);
    expect(table.stdout).toContain('active: true → false');
    expect(table.stdout).toMatch(/removed +role assignment +.+ of .+@.+ in org/);
  });

  it('compares two snapshots without a request, and ends with 10 with --exit-code', async () => {
    const { sandbox, run, first } = await world();
    sandbox.state.assignments.splice(0, 1);
    await run(['snapshots', 'take']);
    sandbox.requests.length = 0;
    const differing = await run(['snapshots', 'diff', first, 'last', '--exit-code']);
    expect([differing.exitCode, differing.stdout.split('\n')]).toEqual([10, [expect.any(String), '']]);
    const same = await run(['snapshots', 'diff', first, first, '--exit-code', '-o', 'json']);
    expect(same).toMatchObject({ stdout: '[]\n', exitCode: 0, stderr: 'No differences\n' });
    expect(sent(sandbox)).toEqual([]);
  });

  test('leaves out users of whom only the version differs, unless --meta asks for them', async () => {
    const { sandbox, run } = await world();
    const user = userAt(sandbox, 1);
    sandbox.state.users.put({ ...user, meta: { ...user.meta, version: 'W/99' } });
    expect((await run(['snapshots', 'diff', 'last'])).stdout).toBe('');
    expect((await run(['snapshots', 'diff', 'last', '--meta'])).stdout).toContain('meta.version');
  });

  it('refuses to compare one with names and one without', async () => {
    const { run, first } = await world();
    await run(['snapshots', 'take', '--without-personal-data']);
    const { exitCode, stderr } = await run(['snapshots', 'diff', first, 'last']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('every user would differ')]);
  });
});
