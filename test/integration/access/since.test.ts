import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { home, sandboxed, sent, userAt } from '../../support/cli.ts';

describe('access since', () => {
  it('names the first snapshot with the role, the last one without, and our run with its actor', async () => {
    const config = mkdtempSync(join(home, 'config-'));
    const { sandbox, call } = await sandboxed({ users: 5 });
    const env = { TWILIO_ORG_CONFIG_DIR: config, TWILIO_ORG_ACTOR: 'kim' };
    const at = (day: string) => () => Date.parse(`2026-05-${day}T08:00:00Z`);
    const run = (args: string[], day: string) => call(args, { env, now: at(day) });
    const { id, userName } = userAt(sandbox, 3);
    const has = sandbox.state.assignments.filter(({ identity }) => identity === id);
    for (const held of has) sandbox.state.assignments.splice(sandbox.state.assignments.indexOf(held), 1);
    const give = ['role-assignments', 'create', '--user', id, '--role', 'Support', '--scope', 'org'];
    const question = ['access', 'since', userName, 'support', '-o', 'json'];
    await run(['snapshots', 'take'], '12');
    expect((await run(question, '12')).exitCode).toBe(6);
    await run(give, '12');
    for (const day of ['13', '14']) await run(['snapshots', 'take'], day);
    const count = sandbox.requests.length;
    const { stdout, exitCode } = await run(question, '20');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({
        scope: sandbox.organizationSid,
        not_at: '2026-05-12T08:00:00.000Z',
        since: '2026-05-13T08:00:00.000Z',
        actor: 'kim',
        run: expect.stringMatching(/^20260512-/),
      }),
    ]);
    const table = await run(['access', 'since', id, 'Support', 'org', '-o', 'table'], '20');
    expect(table.stdout).toMatch(/ org +kim /);
    expect(table.stdout).toContain('between 2026-05-12 08:00 and 2026-05-13 08:00 UTC');
    expect(sent(sandbox).slice(count)).toEqual([]);
  });

  it('answers for an identity that is not a managed user, and a role that is in no list', async () => {
    const config = mkdtempSync(join(home, 'config-'));
    const { sandbox, call } = await sandboxed({ users: 5 });
    const env = { TWILIO_ORG_CONFIG_DIR: config };
    const [identity, role] = [`US${'9'.repeat(32)}`, `IX${'9'.repeat(32)}`];
    Object.assign(sandbox.state.assignments[0] ?? {}, { identity, role_sid: role });
    await call(['snapshots', 'take'], { env });
    const { stdout, exitCode } = await call(['access', 'since', identity, role, '-o', 'json'], { env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(1);
    const other = ['access', 'since', `US${'8'.repeat(32)}`, role, '-o', 'json'];
    expect((await call(other, { env })).exitCode).toBe(6);
  });
});
