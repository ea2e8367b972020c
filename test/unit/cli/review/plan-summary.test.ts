import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { type Item, planFromItems } from '../../../../src/changes/plan/plan.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { lookOf, planSummary, printNotes, printWarnings } from '../../../../src/cli/review/plan-summary.ts';
import { plainStyle } from '../../../../src/platform/terminal/color.ts';
import { changes, itemOf, planHeader } from '../../../support/plans.ts';

const plan = (items: Item[]) => planFromItems(planHeader, items);
const labels = { label: String, person: () => undefined };
const look = { style: plainStyle, width: 80, measure: (text: string) => text.length };
const summary = (items: Item[]) => planSummary(plan(items), labels, look);
const many = (count: number, of: (number: number) => Item) => Array.from({ length: count }, (_, n) => of(n));

function printed(work: (ctx: Context) => void | Promise<void>) {
  const said: string[] = [];
  const add = (line: string) => void said.push(line);
  const ctx = { messages: { note: add, warn: add } } as unknown as Context;
  return Promise.resolve(work(ctx)).then(() => said);
}

describe('the summary of a plan', () => {
  test('ends with the totals of each kind', async () => {
    const items = [
      itemOf(1, changes.createUser(1), changes.giveRole(1, null)),
      itemOf(2, changes.deactivate(2)),
    ];
    expect((await summary(items)).slice(-5)).toEqual([
      'In all:',
      '  1 user to create; Twilio sends them a welcome e-mail',
      '  1 user to change',
      '  1 role to give',
      '  1 user can no longer sign in',
    ]);
  });

  test('counts the users who can sign in again, and counts nothing where nothing changes', async () => {
    const { do: _, ...leaving } = changes.deactivate(1) as Extract<Change, { do: 'update-user' }>;
    const returning: Change = {
      do: 'update-user',
      user: { ...leaving.user, active: false },
      fields: { active: true },
    };
    expect((await summary([itemOf(1, returning)])).slice(-3)).toEqual([
      'In all:',
      '  1 user to change',
      '  1 user can sign in again',
    ]);
    expect(await summary([itemOf(1)])).toEqual([]);
  });

  test('shows twenty people and counts the others', async () => {
    const lines = await summary(many(25, (number) => itemOf(number, changes.deactivate(number))));
    expect(lines.filter((line) => line.includes('@'))).toHaveLength(20);
    expect(lines).toContain('  and 5 more items; --dry-run shows all');
  });

  test('counts no others where all are shown', async () => {
    const lines = await summary(many(20, (number) => itemOf(number, changes.deactivate(number))));
    expect(lines.join('\n')).not.toContain('more');
  });
});

test('notes say why an item needs no change, and many are counted', async () => {
  const items = many(
    22,
    (number): Item => ({ row: { line: number, user: `p${number}@x` }, steps: [], note: 'held' }),
  );
  const said = await printed((ctx) => printNotes(ctx, plan(items)));
  expect(said).toHaveLength(21);
  expect([said[0], said[20]]).toEqual(['line 0, p0@x: held', 'and 2 more that need no change']);
});

test('warnings are printed once each, and many are counted', async () => {
  const items = many(24, (number): Item => ({ row: {}, steps: [], warning: `warning ${number % 12}` }));
  const said = await printed((ctx) => printWarnings(ctx, plan(items)));
  expect(said).toHaveLength(11);
  expect(said.at(-1)).toMatch(/^and 2 more/);
});

test.each([
  [{ isTTY: true, columns: 40 }, 40],
  [{ isTTY: true }, 80],
  [{}, undefined],
])('a plan fits standard error: %j', async (stderr, width) => {
  const ctx = { runtime: { stderr }, messages: { style: plainStyle } } as unknown as Context;
  expect(await lookOf(ctx)).toMatchObject({ width, style: plainStyle });
});
