import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { type Item, type ItemColumn, planFromItems } from '../../../../src/changes/plan/plan.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { printDryRun } from '../../../../src/cli/review/dry-run.ts';
import { changes, itemOf, planHeader, sid } from '../../../support/plans.ts';

async function shown(
  columns: ItemColumn[],
  items: Item[],
  { format = 'tsv', isBulk = false }: { format?: string; isBulk?: boolean } = {},
) {
  const stdout = new PassThrough();
  const notes: string[] = [];
  const ctx = {
    api: async () => ({ url: 'http://127.0.0.1:1' }),
    runtime: { stdout, env: {} },
    out: { format: { name: format } },
    messages: { note: (line: string) => notes.push(line) },
  } as unknown as Context;
  await printDryRun(ctx, planFromItems({ ...planHeader, columns }, items), { isBulk, label: (name) => name });
  stdout.end();
  return { stdout: await text(stdout), notes };
}

const person = (...steps: Change[]): Item => ({
  row: { id: sid('US', 1), userName: 'ada@example.com' },
  steps,
});

test('the table of a dry run has the person and the change, and no SID beside a name', async () => {
  const { stdout } = await shown(['id', 'userName'], [person(changes.deactivate(1))]);
  expect(stdout).toBe('ada@example.com\tdeactivate p1@example.com\n');
});

test('the table of a dry run has a row for each change', async () => {
  const { stdout } = await shown(['id', 'userName'], [person(changes.removeRole(1), changes.deactivate(1))]);
  expect(stdout.match(/^ada@example\.com\t/gm)).toHaveLength(2);
});

test('a dry run of role assignments names the user where the command line did', async () => {
  const columns: ItemColumn[] = ['sid', 'identity', 'role_sid', 'scope'];
  const row = { sid: sid('IY', 1), identity: sid('US', 1), user: 'ada@example.com' };
  const { stdout } = await shown(columns, [{ row, steps: [changes.removeRole(1)] }]);
  expect(stdout).toMatch(new RegExp(`^ada@example\\.com\t${sid('US', 1)}\ttake away role `));
});

test('JSON of a dry run has the members of the item and the whole request', async () => {
  const { stdout } = await shown(['email'], [itemOf(1, changes.createUser(1))], { format: 'json' });
  expect(JSON.parse(stdout)).toEqual([
    {
      email: 'p1@example.com',
      change: 'create p1@example.com',
      method: 'POST',
      url: 'http://127.0.0.1:1/scim/v2/Users',
      body: expect.objectContaining({ userName: 'p1@example.com' }),
    },
  ]);
});

test.each([
  [
    { isBulk: true },
    [itemOf(1, changes.deactivate(1)), itemOf(2)],
    /nothing was changed.*1 change to 2 items/,
  ],
  [{ isBulk: false }, [itemOf(1, changes.deactivate(1))], /^Dry run: nothing was changed$/],
  [{ isBulk: false }, [itemOf(1)], /^Dry run: nothing to change, already done$/],
])('a dry run ends with a line that says that nothing was changed: %j', async (options, items, expected) => {
  expect((await shown(['email'], items, options)).notes).toEqual([expect.stringMatching(expected)]);
});
