import type { Intent, KeptRun, Outcome } from './journal.ts';
import { type Item, outcomeOf, type PlanHead } from './plan.ts';

/** What came of an item. `outcome` is that of {@link outcomeOf}, or `failed`, `unknown` or `not tried`. */
export interface Result {
  outcome: string;
  /** Of the user or the role assignment that the item is about. */
  sid?: string | undefined;
  reason?: string | undefined;
}

/** How many items ended how; the sum is the size of the plan. */
export interface Totals {
  created: number;
  changed: number;
  unchanged: number;
  failed: number;
  notTried: number;
}

export function noTotals(): Totals {
  return { created: 0, changed: 0, unchanged: 0, failed: 0, notTried: 0 };
}

export function count(totals: Totals, { outcome }: Result): void {
  if (outcome === 'not tried') totals.notTried += 1;
  else if (outcome === 'failed' || outcome === 'unknown') totals.failed += 1;
  else if (outcome === 'unchanged' || outcome === 'created') totals[outcome] += 1;
  else totals.changed += 1;
}

/** Adds up by itself. */
export function summary({ created, changed, unchanged, failed, notTried }: Totals, size: number): string {
  return `${created} created, ${changed} changed, ${unchanged} unchanged, ${failed} failed, ${notTried} not tried: ${size} in all`;
}

/** What is known of an item from its run's journal. */
export function resultOf(
  item: Item,
  progress: readonly (Intent | Outcome | undefined)[],
  head: Pick<PlanHead, 'done'>,
): Result {
  let sid = item.sid;
  for (const [number, _] of item.steps.entries()) {
    const last = progress[number];
    // Of an item that stopped on the way, what is left is what failed.
    if (last === undefined) {
      return number === 0
        ? { outcome: 'not tried' }
        : { outcome: 'failed', sid, reason: 'It was interrupted' };
    }
    if (last.type === 'intent') return { outcome: 'unknown', sid, reason: 'It was interrupted' };
    if (last.status !== 'done') return { outcome: last.status, sid, reason: last.reason };
    sid ??= last.sid;
  }
  return { outcome: outcomeOf(item, head), sid, reason: item.note };
}

export async function totalsOf({ plan, progress }: KeptRun): Promise<Totals> {
  const totals = noTotals();
  for await (const { item, steps } of itemsWithProgress({ plan, progress })) {
    count(totals, resultOf(item, steps, plan.head));
  }
  return totals;
}

export async function* itemsWithProgress({ plan, progress }: Pick<KeptRun, 'plan' | 'progress'>) {
  let index = 0;
  for await (const item of plan.items()) {
    yield { item, steps: progress.get(index) ?? [] };
    index += 1;
  }
}
