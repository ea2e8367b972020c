import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, userNow, writes } from '../../support/cli.ts';

/**
 * A sandbox like the one in which version 0.1.0 wrote these files, before a run told verb, actor and program: `done` is a
 * deactivation of two users, `undo` took it back, `offboarded` is of two others, `interrupted` an import that was killed at its first
 * change, and `saved-plan` is for two deactivations.
 */
async function olderWorld(...names: string[]) {
  const world = await bulkWorld({ users: 20 });
  const folder = join(world.configDir, 'runs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = (name: string) =>
    readFileSync(new URL(`../../data/runs/${name}.jsonl`, import.meta.url), 'utf8').replaceAll(
      'http://127.0.0.1:1"',
      `${world.sandbox.apiUrl}"`,
    );
  const runs = names.map((name) => {
    const { run } = JSON.parse(text(name).split('\n')[0] ?? '');
    writeFileSync(join(folder, `${run}.jsonl`), text(name), { mode: 0o600 });
    return run as string;
  });
  const [one, two, three, four] = [1, 2, 3, 5].map((index) => userAt(world.sandbox, index));
  if (!one || !two || !three || !four) throw new Error('The sandbox has too few users');
  return { ...world, text, runs, one, two, three, four };
}

describe('files of an older version without verb and actor', () => {
  test('are listed with their verb, and shown', async () => {
    const { call, runs } = await olderWorld('interrupted', 'offboarded', 'done', 'undo');
    const { stdout, stderr } = await call(['runs', 'list', '-o', 'json']);
    expect(stderr).toBe('');
    expect(rows(stdout).map(({ run }) => run)).toEqual([...runs].reverse());
    for (const run of runs) {
      const { exitCode, stdout } = await call(['runs', 'show', run, '-o', 'json']);
      expect({ run, exitCode }).toEqual({ run, exitCode: 0 });
      expect(rows(stdout)).toHaveLength(2);
    }
  });

  test('are found by time, person and command, and can be `last` for anyone', async () => {
    const { call, runs, one, three } = await olderWorld('interrupted', 'offboarded', 'done', 'undo');
    const [interrupted, offboarded, done, undo] = runs;
    const found = async (...args: string[]) =>
      rows((await call(['runs', 'list', '-o', 'json', ...args])).stdout).map(({ run }) => run);
    expect(await found('--command', 'users offboard')).toEqual([offboarded]);
    expect(await found('--since', '2026-11-26', '--until', '2026-11-26')).toHaveLength(4);
    const all = new Set(
      (await Promise.all([one, three].map(({ userName }) => found('--user', userName)))).flat(),
    );
    expect([...all].toSorted()).toEqual([interrupted, offboarded, done, undo].toSorted());
    expect((await call(['runs', 'show', 'last'])).stderr).toContain(`Run ${undo}: `);
    // `last` skips the undone run; the last run left is an offboarding.
    expect(await call(['runs', 'undo', 'last', '--yes', '--dry-run'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`The last run is ${offboarded}: `),
    });
    expect(await call(['runs', 'prune', '--older-than', '9999-12-31', '--yes', '-o', 'json'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('3 removed, 1 kept'),
    });
  });

  test('of an interrupted run can be resumed', async () => {
    const { call, runs, sandbox, three, four } = await olderWorld('interrupted');
    expect(await call(['runs', 'resume', `${runs[0]}`])).toMatchObject({ exitCode: 0 });
    expect([three, four].map((user) => userNow(sandbox, user).displayName)).toEqual(['Changed', 'Changed']);
    expect(await call(['runs', 'resume', `${runs[0]}`])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Nothing to resume: every change is done'),
    });
  });

  test('can be undone', async () => {
    const { call, runs, sandbox, three, four } = await olderWorld('done');
    for (const user of [three, four]) mutateUser(sandbox.state, user, { active: false }, Date.now());
    expect(await call(['runs', 'undo', `${runs[0]}`, '--yes'])).toMatchObject({ exitCode: 0 });
    expect([three, four].map((user) => userNow(sandbox, user).active)).toEqual([true, true]);
  });

  test('of an offboarding can be undone with --reactivate', async () => {
    const { call, runs, sandbox, one, two } = await olderWorld('offboarded');
    const { assignments } = sandbox.state;
    const held = (user: { id: string }) => assignments.filter(({ identity }) => identity === user.id).length;
    const before = [one, two].map(held);
    for (const user of [one, two]) {
      mutateUser(sandbox.state, user, { active: false }, Date.now());
      for (let at = assignments.length - 1; at >= 0; at--) {
        if (assignments[at]?.identity === user.id) assignments.splice(at, 1);
      }
    }
    expect(await call(['runs', 'undo', `${runs[0]}`, '--yes'])).toMatchObject({ exitCode: 2 });
    expect(await call(['runs', 'undo', `${runs[0]}`, '--yes', '--reactivate'])).toMatchObject({
      exitCode: 0,
    });
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([true, true]);
    expect([one, two].map(held)).toEqual(before);
  });

  test('are listed as undone', async () => {
    const { call, runs, sandbox } = await olderWorld('done', 'undo');
    expect(await call(['runs', 'resume', `${runs[0]}`, '--yes'])).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining(`${runs[1]}`),
    });
    expect(writes(sandbox)).toEqual([]);
  });

  test('that are plans can be applied; the new run names verb, actor and program', async () => {
    const { call, text, file, sandbox, one, two, configDir, lastRun } = await olderWorld();
    const plan = file('saved.plan', text('saved-plan'));
    expect(await call(['runs', 'apply', plan, '--yes'], { TWILIO_ORG_ACTOR: 'ada' })).toMatchObject({
      exitCode: 0,
    });
    expect([one, two].map((user) => userNow(sandbox, user).active)).toEqual([false, false]);
    const run = readFileSync(join(configDir, 'runs', `${await lastRun()}.jsonl`), 'utf8');
    expect(JSON.parse(run.split('\n')[0] ?? '')).toMatchObject({
      verb: 'users deactivate',
      actor: 'ada',
      program: '0.1.0',
    });
  });
});
