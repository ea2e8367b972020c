import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { withLock } from '../../../src/platform/fs/lock.ts';
import { rows } from '../../support/bulk.ts';
import { call, cleanEnv, home, program } from '../../support/cli.ts';
import { openTerminal } from '../../support/pty.ts';
import { madeUser, runName, writeRun } from '../../support/runs.ts';

const day = 86_400_000;
const ada = madeUser(`US${'a'.repeat(32)}`, 'ada@example.com');
const step = { do: 'update-user', user: ada, fields: { active: false } };

let configDir: string;
beforeEach(() => {
  configDir = join(mkdtempSync(join(home, 'prune-')), 'config');
});

const ask = (args: string[]) => call(['runs', ...args], { env: { TWILIO_ORG_CONFIG_DIR: configDir } });
const kept = () => readdirSync(join(configDir, 'runs')).filter((name) => name.endsWith('.jsonl'));
const outcomes = async (args: string[]) => {
  const { stdout, stderr, exitCode } = await ask(['prune', ...args, '-o', 'json']);
  const found = rows(stdout).map(({ run, outcome, reason }) => [run, outcome, ...(reason ? [reason] : [])]);
  return { found, stderr, exitCode };
};

/** A run from so many days ago, which is finished unless it is said. */
function made(daysAgo: number, more: Record<string, unknown> = {}, finished = true): string {
  const run = runName(new Date(Date.now() - daysAgo * day).toISOString());
  writeRun(configDir, {
    run,
    head: { command: 'twilio-org users deactivate ada@example.com', ...more },
    items: [{ row: { userName: 'ada@example.com' }, steps: [step] }],
    done: finished ? [[0, 0]] : [],
  });
  return run;
}

test('runs prune removes older runs, also from the index, and keeps younger ones', async () => {
  const [young, old, older] = [made(399), made(401), made(800)];
  await ask(['list']);
  const dry = await outcomes(['--older-than', '400d', '--dry-run']);
  expect(dry.found).toEqual([
    [older, 'to remove'],
    [old, 'to remove'],
  ]);
  expect(dry.stderr).toMatch(/2 runs from before \d{4}-\d\d-\d\d \(UTC\) would be removed, 0 kept/);
  expect(kept()).toHaveLength(3);
  const { found, stderr, exitCode } = await outcomes(['--older-than', '400d', '--yes']);
  expect(found).toEqual([
    [older, 'removed'],
    [old, 'removed'],
  ]);
  expect(stderr).toContain('2 removed, 0 kept: 2 runs from before');
  expect(exitCode).toBe(0);
  expect(kept()).toEqual([`${young}.jsonl`]);
  const index = readFileSync(join(configDir, 'runs', 'index.json'), 'utf8');
  expect(index).toContain(young);
  for (const run of [old, older]) expect(index).not.toContain(run);
  expect((await outcomes(['--older-than', '400d', '--yes'])).found).toEqual([]);
});

test('runs prune without a terminal needs --yes and a day: it exits with 2 and removes nothing', async () => {
  made(500);
  for (const [args, message] of [
    [['--older-than', '400d'], '--yes'],
    [['--yes'], '--older-than 400d'],
    [['--older-than', 'long', '--yes'], '--older-than "long" is not a time'],
    [['--older-than', '', '--yes'], 'is not a time'],
  ] as const) {
    expect(await ask(['prune', ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message),
    });
  }
  // Days are whole: what was done today is younger than any.
  made(0);
  expect((await outcomes(['--older-than', '0d', '--yes'])).found).toHaveLength(1);
  expect(kept()).toHaveLength(1);
});

test('runs prune asks on a terminal, and removes nothing after a no', async () => {
  made(500);
  const terminal = openTerminal(process.execPath, [program, 'runs', 'prune', '--older-than', '400d'], {
    env: cleanEnv({ TWILIO_ORG_CONFIG_DIR: configDir }),
  });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/1 run from before .* will be removed from/);
  await terminal.waitFor('Continue?');
  terminal.type('n\r');
  expect(await terminal.exited).toBe(130);
  expect(kept()).toHaveLength(1);
});

test('runs prune keeps runs that can be resumed, with a note; --unfinished removes them', async () => {
  const open = made(500, {}, false);
  const { found, stderr, exitCode } = await outcomes(['--older-than', '400d', '--yes']);
  expect(found).toEqual([[open, 'kept', 'It is not finished and can be resumed']]);
  expect(stderr).toContain('add --unfinished');
  expect(exitCode).toBe(0);
  expect((await outcomes(['--older-than', '400d', '--yes', '--unfinished'])).found).toEqual([
    [open, 'removed'],
  ]);
});

test('runs prune removes failed requests of api, which cannot be resumed', async () => {
  const run = runName(new Date(Date.now() - 500 * day).toISOString());
  const request = { do: 'send-request', method: 'POST', path: '/scim/v2/Users' };
  writeRun(configDir, { run, items: [{ row: {}, steps: [request] }] });
  expect((await outcomes(['--older-than', '400d', '--yes'])).found).toEqual([[run, 'removed']]);
});

test('runs prune removes a run together with its undo, and keeps an undo as long as its run', async () => {
  // Undone, so that it can't be resumed: both go.
  const stopped = made(500, {}, false);
  const undo = made(499, { undoes: stopped });
  // Undone, and that undone again: it can be resumed, and so do all three stay.
  const again = made(490, {}, false);
  const undone = made(489, { undoes: again });
  const redone = made(488, { undoes: undone });
  // The undo of a run whose file was deleted.
  const widow = made(480, { undoes: '20200101-000000000-aaaa' });
  // A run whose undo is too young to be pruned.
  const before = made(470, {}, false);
  const young = made(10, { undoes: before });
  const { found } = await outcomes(['--older-than', '400d', '--yes']);
  const reason = expect.stringContaining('was undone, and that run stays');
  expect(found).toEqual([
    [stopped, 'removed'],
    [undo, 'removed'],
    [again, 'kept', expect.anything()],
    [undone, 'kept', reason],
    [redone, 'kept', reason],
    [widow, 'removed'],
    [before, 'removed'],
  ]);
  expect(kept()).toEqual([again, undone, redone, young].map((run) => `${run}.jsonl`));
  // It still says which run it took back.
  expect((await ask(['show', young])).stderr).toContain(`It undoes ${before}, whose record was removed`);
});

test('runs prune keeps unreadable and locked runs, exits with 3 and removes the rest', async () => {
  const [bad, busy, good] = [made(500), made(490), made(480)];
  const undo = made(470, { undoes: busy });
  writeFileSync(join(configDir, 'runs', `${bad}.jsonl`), 'garbage\nmore\n');
  const { found, exitCode, stderr } = await withLock(join(configDir, 'runs', `${busy}.jsonl`), () =>
    outcomes(['--older-than', '400d', '--yes']),
  );
  expect(found).toEqual([
    [bad, 'kept', expect.stringContaining("can't be used")],
    [busy, 'kept', expect.stringContaining('Another twilio-org process')],
    [good, 'removed'],
    [undo, 'kept', expect.stringContaining('was undone')],
  ]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('2 runs could not be removed');
});

test('runs prune removes leftovers of killed processes with the runs of their time', async () => {
  const run = made(500);
  const leftovers = [
    `runs/${run}.jsonl.4711`,
    'runs/index.json.4711',
    'input-123e4567-e89b-12d3-a456-426614174000',
  ].map((name) => join(configDir, name));
  const other = join(configDir, 'runs', 'mine.txt');
  for (const file of [...leftovers, other]) {
    writeFileSync(file, 'ada@example.com');
    utimesSync(file, 1, 1);
  }
  await outcomes(['--older-than', '400d', '--yes']);
  expect(leftovers.filter((file) => existsSync(file))).toEqual([]);
  expect(existsSync(other)).toBe(true);
});
