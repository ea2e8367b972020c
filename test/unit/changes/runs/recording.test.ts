import { mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planFromItems } from '../../../../src/changes/plan/plan.ts';
import { type Recording, recorded } from '../../../../src/changes/runs/recording.ts';
import { runPath } from '../../../../src/changes/runs/run-store.ts';
import type { Workspace } from '../../../../src/organization/workspace/workspace.ts';
import { changes, itemOf, planHeader } from '../../../support/plans.ts';

/** Records a single change whose lock another process may take over, and returns the warnings and the journal. */
async function recordSingle(work: (recording: Recording, loseLock: () => void) => Promise<void>) {
  const configDir = mkdtempSync(join(tmpdir(), 'recording-'));
  const warnings: string[] = [];
  const workspace = {
    configDir,
    now: () => 0,
    log: { warn: (text: string) => void warnings.push(text) },
  } as unknown as Workspace;
  const plan = planFromItems(planHeader, [itemOf(0, changes.deactivate(0))]);
  let file = '';
  const end = await recorded(workspace, plan, { isBulk: false }, (recording) => {
    file = runPath(configDir, recording.run ?? '');
    const lock = `${file}.lock`;
    // As another process does that takes the lock over.
    const loseLock = () => {
      for (const name of readdirSync(lock)) renameSync(join(lock, name), join(lock, 'another-0-0'));
    };
    return work(recording, loseLock);
  }).then(
    () => 'done',
    (error: unknown) => error,
  );
  const types = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  return { end, warnings, types };
}

describe('a single change whose lock is lost', () => {
  test('after its request was sent succeeds, with a warning that its outcome is not recorded', async () => {
    const { end, warnings, types } = await recordSingle(async ({ journal }, loseLock) => {
      await journal.intent(0, 0);
      loseLock();
      await journal.outcome(0, 0, { status: 'done' });
    });
    expect(end).toBe('done');
    expect(warnings).toEqual([
      expect.stringMatching(/^The outcome of this change is not recorded: .*took over/),
    ]);
    expect(types.at(-1)).toBe('intent');
  });

  test('before its request is sent ends, because another process may be sending the same one', async () => {
    const { end, warnings, types } = await recordSingle(async ({ journal }, loseLock) => {
      loseLock();
      await journal.intent(0, 0);
    });
    expect(end).toMatchObject({ kind: 'temporary', message: expect.stringContaining('took over') });
    expect(warnings).toEqual([]);
    expect(types).not.toContain('intent');
  });
});

test('what a plan is made from is freed once the plan is in its file, from which it is executed', async () => {
  const configDir = mkdtempSync(join(tmpdir(), 'recording-'));
  const workspace = { configDir, now: () => 0, log: { warn: () => undefined } } as unknown as Workspace;
  const item = itemOf(0, changes.deactivate(0));
  let source: (typeof item)[] | undefined = [item];
  const plan = {
    ...planFromItems(planHeader, [item]),
    items: () => source ?? [],
    release() {
      source = undefined;
    },
  };
  const executed: unknown[] = [];
  await recorded(workspace, plan, { undoes: '20260314-091500123-4f2a', isBulk: true }, async (recording) => {
    expect(source).toBeUndefined();
    for await (const each of recording.plan.items()) executed.push(each);
  });
  expect(executed).toEqual([item]);
});
