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
  {
    format = 'tsv',
    isBulk = false,
    columns: width,
  }: { format?: string; isBulk?: boolean; columns?: number } = {},
) {
  const stdout = Object.assign(new PassThrough(), width === undefined ? {} : { isTTY: true, columns: width });
  const notes: string[] = [];
  const ctx = {
    api: async () => ({ url: 'http://127.0.0.1:1' }),
    runtime: { stdout, env: { NO_COLOR: '1' } },
    flags: {},
    spinner: { clear: () => undefined },
    organization: async () => ({ users: { seen: () => undefined } }),
    out: { format: { name: format }, text: async (lines: string) => void stdout.write(`${lines}\n`) },
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

test('the lines of a dry run off a terminal have the person and the change, and no SID beside a name', async () => {
  const { stdout } = await shown(['id', 'userName'], [person(changes.deactivate(1))]);
  expect(stdout).toBe('ada@example.com\tdeactivate p1@example.com\n');
});

test('the lines of a dry run off a terminal have a row for each change', async () => {
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

test('a table says who, what, from, to and why, for every kind of change alike', async () => {
  const rename: Change = {
    do: 'update-user',
    user: { id: sid('US', 2), userName: 'grace@example.com', active: true, name: { familyName: 'Lin' } },
    fields: { familyName: 'Lin-Chen', externalId: null },
  };
  const give: Item = {
    row: { line: 3, user: 'ada@example.com' },
    steps: [changes.giveRole(1)],
    warning: 'Ada is not active',
  };
  const { stdout } = await shown(['line', 'user'], [{ row: {}, steps: [rename] }, give], { format: 'table' });
  expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['Who', 'What', 'From', 'To', 'Why'],
    ['grace@example.com', 'Family name', 'Lin', 'Lin-Chen'],
    ['grace@example.com', 'External id', 'empty', 'empty'],
    ['ada@example.com', 'Role', `${sid('IX', 1)} in ${sid('OR', 1)}`, 'Ada is not active; line 3'],
    [''],
  ]);
});

test('a terminal shows the changes by person, and the totals last', async () => {
  const { stdout, notes } = await shown(
    ['email'],
    [itemOf(1, changes.removeRole(1), changes.deactivate(1)), itemOf(2, changes.createUser(2))],
    { format: 'table', columns: 120, isBulk: true },
  );
  expect(stdout).toBe(
    [
      '  p1@example.com',
      `    - Role: ${sid('IX', 1)} in ${sid('OR', 1)}`,
      '    - Status: Active → Inactive',
      '  p2@example.com',
      '    + New user: without a name, active, Twilio sends a welcome e-mail',
      'In all:',
      '  1 user to create; Twilio sends them a welcome e-mail',
      '  1 user to change',
      '  1 role to remove',
      '  1 user can no longer sign in',
      '',
    ].join('\n'),
  );
  expect(notes).toEqual(['Dry run: nothing was changed. It would make 3 changes to 2 items']);
});
