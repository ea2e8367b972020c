import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planFromItems } from '../../../../src/changes/plan/plan.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { savePlan } from '../../../../src/cli/review/save-plan.ts';
import { changes, itemOf, planHeader, sid } from '../../../support/plans.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'save-plan-'));
});
afterEach(() => rm(folder, { recursive: true }));

const now = Date.parse('2026-03-14T09:15:00.123Z');

function context() {
  const notes: string[] = [];
  let lookups = 0;
  const ctx = {
    runtime: { now: () => now },
    messages: { note: (text: string) => notes.push(text) },
    withProfile: (command: string) => `${command} --profile staging`,
    organization: async () => {
      lookups += 1;
      return {
        roles: {
          index: async () => ({ label: (role: string) => (role === sid('IX', 1) ? 'Support' : role) }),
        },
      };
    },
  } as unknown as Context;
  return { ctx, notes, lookups: () => lookups };
}

const records = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a saved plan has its header with the names of its roles, its items and their number', async () => {
  const file = path.join(folder, 'a.plan');
  const items = [itemOf(1, changes.createUser(1), changes.giveRole(1)), itemOf(2, changes.giveRole(2))];
  await savePlan(context().ctx, planFromItems(planHeader, items), file);
  const [head, first, second, end] = await records(file);
  expect(head).toMatchObject({
    type: 'run',
    planned_at: '2026-03-14T09:15:00.123Z',
    command: planHeader.command,
    role_names: { [sid('IX', 1)]: 'Support' },
  });
  expect(head).not.toHaveProperty('undoes');
  expect(first).toEqual({ type: 'item', ...items[0] });
  expect(second).toEqual({ type: 'item', ...items[1] });
  expect(end).toEqual({ type: 'planned', size: 2 });
});

test('a saved plan of an undo names the run that it undoes', async () => {
  const file = path.join(folder, 'undo.plan');
  const plan = planFromItems(planHeader, [itemOf(1, changes.deactivate(1))]);
  const { ctx, lookups } = context();
  await savePlan(ctx, plan, file, { undoes: '20260314-091500000-0001' });
  expect((await records(file))[0]).toMatchObject({ undoes: '20260314-091500000-0001' });
  expect(lookups()).toBe(0);
});

test('the note has the command that runs the plan, quoted for a shell', async () => {
  const file = path.join(folder, 'a plan.jsonl');
  const { ctx, notes } = context();
  await savePlan(ctx, planFromItems(planHeader, [itemOf(1, changes.deactivate(1))]), file);
  expect(notes).toEqual([
    `Nothing was changed. Run the plan with: twilio-org runs apply '${file}' --profile staging`,
  ]);
});

test('a file that is no plan stays as it is', async () => {
  const file = path.join(folder, 'joiners.csv');
  await writeFile(file, 'email\nada@example.com\n');
  const { ctx, notes } = context();
  const plan = planFromItems(planHeader, [itemOf(1, changes.deactivate(1))]);
  await expect(savePlan(ctx, plan, file)).rejects.toMatchObject({
    kind: 'usage',
    message: `${file} exists and is not a plan`,
  });
  expect(await readFile(file, 'utf8')).toBe('email\nada@example.com\n');
  expect(notes).toEqual([]);
});

test('an earlier plan is replaced', async () => {
  const file = path.join(folder, 'a.plan');
  const { ctx } = context();
  await savePlan(ctx, planFromItems(planHeader, [itemOf(1, changes.deactivate(1))]), file);
  await savePlan(ctx, planFromItems(planHeader, [itemOf(2, changes.deactivate(2))]), file);
  expect((await records(file))[1]).toMatchObject({ row: { email: 'p2@example.com' } });
});
