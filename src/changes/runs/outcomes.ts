import type { Change } from '../plan/change.ts';
import { describeChange } from '../plan/describe.ts';
import { countChanges, type Item, type PlanHeader, successOutcome } from '../plan/plan.ts';
import type { Intent, Outcome, StoredRun } from './records.ts';

/** The result of an item. `outcome` is that of {@link successOutcome}, or `failed`, `unknown` or `not tried`. */
export interface ItemResult {
  outcome: string;
  /** Of the user or the role assignment that the item is about. */
  sid?: string | undefined;
  reason?: string | undefined;
  /** True when others had made some of its changes before this run sent them. */
  isFound?: true;
  /** The changes that this run has made. One that others had made, or whose outcome is unknown, is not among them. */
  own?: readonly Change[];
  /** The API's objects by step, such as the user that was created; only of steps sent by this execution. */
  objects?: unknown[];
  /** The response's status and Twilio's id of the request; of `api` alone. */
  http_status?: number | undefined;
  request_id?: string | undefined;
}

/** Items by their result. The sum is the size of the plan. */
export interface Totals {
  created: number;
  changed: number;
  unchanged: number;
  failed: number;
  notTried: number;
}

export function emptyTotals(): Totals {
  return { created: 0, changed: 0, unchanged: 0, failed: 0, notTried: 0 };
}

export function tally(totals: Totals, { outcome }: ItemResult): void {
  if (outcome === 'not tried') totals.notTried += 1;
  else if (isFailed({ outcome })) totals.failed += 1;
  else if (outcome === 'unchanged' || outcome === 'created') totals[outcome] += 1;
  else totals.changed += 1;
}

/** An unknown outcome counts as failed: it needs attention. */
export function isFailed({ outcome }: ItemResult): boolean {
  return outcome === 'failed' || outcome === 'unknown';
}

/** The totals in one line; the five numbers add up to the size. */
export function formatTotals(
  { created, changed, unchanged, failed, notTried }: Totals,
  size: number,
): string {
  return `${created} created, ${changed} changed, ${unchanged} unchanged, ${failed} failed, ${notTried} not tried: ${size} in all`;
}

/** The last record of a change: its outcome, or the intent of one that was begun. */
export type ChangeEnd = Pick<Intent, 'type'> | Omit<Outcome, 'item' | 'step' | 'at'>;

export function isDone<T extends ChangeEnd>(
  end: T | undefined,
): end is T & { type: 'outcome'; status: 'done' } {
  return end?.type === 'outcome' && end.status === 'done';
}

/**
 * False for a run that has changed nothing for certain, because each change that it began was refused or already made by others.
 * A run that has begun none may be under way, or may be resumed.
 */
export function mayHaveChanged({ plan, state }: Pick<StoredRun, 'plan' | 'state'>): boolean {
  if (state.size === 0) return countChanges(plan) > 0;
  const changes = (end: Intent | Outcome | undefined) =>
    end?.type === 'intent' || end?.status === 'unknown' || (isDone(end) && !end.found);
  return [...state.values()].some((ends) => ends.some(changes));
}

/** The result of an item, from the last records of its changes. */
export function summarizeItem(
  item: Item,
  ends: readonly (ChangeEnd | undefined)[],
  head: Pick<PlanHeader, 'done'>,
): ItemResult {
  const [end] = ends;
  const result = outcomeFrom(item, ends, head);
  if (item.steps[0]?.do !== 'send-request' || end?.type !== 'outcome') return result;
  return { ...result, http_status: end.http_status, request_id: end.request_id };
}

function outcomeFrom(
  item: Item,
  ends: readonly (ChangeEnd | undefined)[],
  head: Pick<PlanHeader, 'done'>,
): ItemResult {
  let sid = item.sid;
  const done: string[] = [];
  const others: Change[] = [];
  const own: Change[] = [];
  const left: { outcome: 'unknown' | 'failed'; reason: string }[] = [];
  for (const [number, step] of item.steps.entries()) {
    const end = ends[number];
    if (isDone(end)) {
      if (standsFor(item, step)) sid ??= end.sid;
      (end.found ? others : own).push(step);
      done.push(describeChange(step));
    } else if (end !== undefined && !(end.type === 'outcome' && end.status === 'not sent')) {
      const { outcome, reason } = unfinished(end);
      left.push({ outcome, reason: item.steps.length === 1 ? reason : `${describeChange(step)}: ${reason}` });
    }
  }
  if (done.length === item.steps.length) return { ...doneResult(item, others, own, head), sid };
  if (left.length === 0 && done.length === 0) return { outcome: 'not tried', sid };
  const reasons = left.length === 0 ? ['It was interrupted'] : left.map(({ reason }) => reason);
  // A person must not take an item for untouched when half of it is done.
  if (done.length > 0 && !item.independent) reasons.push(`done: ${done.join(', ')}`);
  const unknown = left.some(({ outcome }) => outcome === 'unknown');
  return { outcome: unknown ? 'unknown' : 'failed', sid, reason: reasons.join('; '), own };
}

/** @param others the changes of the item that others had already made */
function doneResult(
  item: Item,
  others: readonly Change[],
  own: Change[],
  head: Pick<PlanHeader, 'done'>,
): ItemResult {
  const note = `Others have done this meanwhile: ${others.map((step) => describeChange(step)).join('; ')}`;
  return {
    outcome: successOutcome({ ...item, steps: own }, head),
    reason: [others.length > 0 ? note : item.note, item.warning].filter(Boolean).join('; ') || undefined,
    ...(others.length > 0 ? { isFound: true as const } : {}),
    own,
  };
}

/** True when the SID of a change names its item. The SID of a deleted assignment does so only where nothing else was changed. */
function standsFor({ steps }: Item, step: Change): boolean {
  return step.do !== 'delete-assignment' || steps.every((other) => other.do === 'delete-assignment');
}

function unfinished(end: ChangeEnd): { outcome: 'unknown' | 'failed'; reason: string } {
  if (end.type === 'intent') return { outcome: 'unknown', reason: 'It was interrupted' };
  return { outcome: end.status === 'unknown' ? 'unknown' : 'failed', reason: end.reason ?? '' };
}

export async function totalsOf({ plan, state }: StoredRun): Promise<Totals> {
  const totals = emptyTotals();
  for await (const { item, steps } of itemsWithState({ plan, state })) {
    tally(totals, summarizeItem(item, steps, plan.head));
  }
  return totals;
}

/** The items of a run with the state of their steps, from the first to the last. */
export async function* itemsWithState({ plan, state }: Pick<StoredRun, 'plan' | 'state'>) {
  let index = 0;
  for await (const item of plan.items()) {
    yield { item, steps: state.get(index) ?? [] };
    index += 1;
  }
}

/** The same, from the last to the first. */
export async function* itemsWithStateBackwards({
  plan,
  state,
  itemsBackwards,
}: Pick<StoredRun, 'plan' | 'state' | 'itemsBackwards'>) {
  let index = plan.size;
  for await (const item of itemsBackwards()) {
    index -= 1;
    yield { item, steps: state.get(index) ?? [] };
  }
}
