import type { Intent, KeptRun, Outcome } from './journal.ts';
import { type Item, outcomeOf, type PlanHead } from './plan.ts';
import { described } from './steps.ts';

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
  else if (isFailed({ outcome })) totals.failed += 1;
  else if (outcome === 'unchanged' || outcome === 'created') totals[outcome] += 1;
  else totals.changed += 1;
}

/** Nobody may know, but then somebody has to look. */
export function isFailed({ outcome }: Result): boolean {
  return outcome === 'failed' || outcome === 'unknown';
}

/** Adds up by itself. */
export function summary({ created, changed, unchanged, failed, notTried }: Totals, size: number): string {
  return `${created} created, ${changed} changed, ${unchanged} unchanged, ${failed} failed, ${notTried} not tried: ${size} in all`;
}

export function isDone(last: Intent | Outcome | undefined): boolean {
  return last?.type === 'outcome' && last.status === 'done';
}

/** What is known of an item from its run's journal. */
export function resultOf(
  item: Item,
  progress: readonly (Intent | Outcome | undefined)[],
  head: Pick<PlanHead, 'done'>,
): Result {
  let sid = item.sid;
  let left: Result | undefined;
  const found = new Set<number>();
  for (const [number, _] of item.steps.entries()) {
    const last = progress[number];
    if (last?.type === 'outcome' && isDone(last)) {
      sid ??= last.sid;
      if (last.found) found.add(number);
    } else left = worse(left, last, number > 0);
  }
  if (left !== undefined) return { ...left, sid };
  return { ...doneResult(item, head, found), sid };
}

/** The result of an item of which nothing is left to do. @param found its steps that others have done */
export function doneResult(item: Item, head: Pick<PlanHead, 'done'>, found: ReadonlySet<number>): Result {
  const own = item.steps.filter((_, number) => !found.has(number));
  const others = item.steps.filter((_, number) => found.has(number)).map(described);
  const note = others.length === 0 ? undefined : `Others have done this meanwhile: ${others.join('; ')}`;
  return { outcome: outcomeOf({ ...item, steps: own }, head), reason: note ?? item.note };
}

/** What an item is called of which a step is not done: what nobody knows comes before what failed. */
function worse(left: Result | undefined, last: Intent | Outcome | undefined, begun: boolean): Result {
  if (last?.type === 'intent') return { outcome: 'unknown', reason: 'It was interrupted' };
  if (last?.status === 'unknown') return { outcome: 'unknown', reason: last.reason };
  if (left !== undefined) return left;
  if (last?.status === 'failed') return { outcome: 'failed', reason: last.reason };
  return begun ? { outcome: 'failed', reason: 'It was interrupted' } : { outcome: 'not tried' };
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
