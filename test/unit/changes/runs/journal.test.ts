import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { planFromItems } from '../../../../src/changes/plan/plan.ts';
import { openJournal } from '../../../../src/changes/runs/journal.ts';
import { readPlanFile, writePlanFile } from '../../../../src/changes/runs/plan-file.ts';
import { ensureRunDir, newRunHeader, runPath } from '../../../../src/changes/runs/run-store.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { home } from '../../../support/cli.ts';

const held = () => undefined;

async function started() {
  const configDir = mkdtempSync(join(home, 'journal-'));
  const bound = { profile: 'default', organization_sid: null, api_url: 'http://127.0.0.1:1' };
  const plan = planFromItems(
    { command: 'twilio-org users import', ...bound, columns: ['email'] },
    [0, 1, 2].map((index) => ({
      row: { email: `p${index}@example.com` },
      steps: [{ do: 'create-user', fields: { email: `p${index}@example.com` } }],
    })),
  );
  const head = await newRunHeader(plan.head, 0);
  const file = runPath(configDir, head.run);
  await ensureRunDir(configDir);
  await writePlanFile(file, head, plan.items);
  const journal = await openJournal(file, () => 0, held);
  onTestFinished(() => journal.close());
  return { journal, file };
}

test('a journal drops what a crash has truncated when it is continued, as often as that happens', async () => {
  const { journal, file } = await started();
  await journal.intent(0, 0);
  await journal.close();
  for (const cut of ['{"type":"outc', '{"type":"intent","item":1,"step":0', `"${'x'.repeat(70_000)}`]) {
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, cut);
    expect((await readPlanFile(file)).state.size).toBe(1);
    await (await openJournal(file, () => 0, held)).close();
    expect(readFileSync(file, 'utf8')).toBe(whole);
  }
});

test('a journal keeps concurrent writes, in order', async () => {
  const { journal, file } = await started();
  await Promise.all([0, 1, 2].map((item) => journal.intent(item, 0)));
  await Promise.all([2, 1, 0].map((item) => journal.outcome(item, 0, { status: 'done', sid: `US${item}` })));
  await journal.close();
  const { state: progress } = await readPlanFile(file);
  expect([0, 1, 2].map((item) => progress.get(item)?.[0])).toMatchObject(
    [0, 1, 2].map((item) => ({ type: 'outcome', status: 'done', sid: `US${item}` })),
  );
});

test('a journal writes nothing after a line that could not be written', async () => {
  const { journal } = await started();
  await journal.close();
  await expect(journal.intent(0, 0)).rejects.toThrow('Cannot write');
  await expect(journal.intent(1, 0)).rejects.toThrow('Cannot write');
});

test('a journal writes nothing once its lock was lost to another process', async () => {
  const { journal: first, file } = await started();
  await first.close();
  const journal = await openJournal(
    file,
    () => 0,
    () => {
      throw new AppError('temporary', 'Another one has it');
    },
  );
  const before = readFileSync(file, 'utf8');
  await expect(journal.intent(0, 0)).rejects.toThrow('Another one has it');
  expect(readFileSync(file, 'utf8')).toBe(before);
  await journal.close();
});

test('a bug in a planner is not reported as a disk error', async () => {
  const { file } = await started();
  const { head } = await readPlanFile(file);
  const broken = () => {
    throw new TypeError('a bug');
  };
  await expect(writePlanFile(file, head, broken)).rejects.toThrow(TypeError);
});

/** The prototype of Node's file handles, to observe which of them are synced. */
async function handles(): Promise<FileHandle> {
  const handle = await open(home);
  await handle.close();
  return Object.getPrototypeOf(handle);
}

test('a journal line is on the disk before its promise resolves, and a plan before it is renamed', async () => {
  const prototype = await handles();
  const { journal, file } = await started();
  onTestFinished(() => void vi.restoreAllMocks());
  const datasync = vi.spyOn(prototype, 'datasync');
  await journal.intent(0, 0);
  expect(datasync).toHaveBeenCalledTimes(1);
  let reached = () => {};
  let proceed = () => {};
  const syncing = new Promise<void>((resolve) => {
    reached = resolve;
  });
  datasync.mockImplementationOnce(() => {
    reached();
    return new Promise<void>((resolve) => {
      proceed = resolve;
    });
  });
  let kept = false;
  const outcome = journal.outcome(0, 0, { status: 'done' }).then(() => {
    kept = true;
  });
  await syncing;
  expect([kept, readFileSync(file, 'utf8').split('\n').at(-2)]).toEqual([
    false,
    expect.stringContaining('"outcome"'),
  ]);
  proceed();
  await outcome;
  await journal.close();
  const { head, plan } = await readPlanFile(file);
  writeFileSync(file, 'old');
  const seen: string[] = [];
  const sync = vi.spyOn(prototype, 'sync').mockImplementation(async () => {
    seen.push(readFileSync(file, 'utf8').slice(0, 3));
  });
  await writePlanFile(file, head, async function* () {});
  // First the file, while the old one is still there, then the folder with its new name.
  expect([plan.size, seen]).toEqual([3, ['old', '{"t']]);
  expect(sync).toHaveBeenCalledTimes(2);
});
