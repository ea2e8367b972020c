import { type Change, notKept } from './change.ts';
import { changeKinds, kindOf } from './change-kinds.ts';
import type { Precondition } from './preconditions.ts';

/** Every name that a column of a plan can have: headings are printed, so that a file can't choose its own. */
export const itemColumns = [
  'line',
  'email',
  'user',
  'role',
  'id',
  'userName',
  'sid',
  'identity',
  'role_sid',
  'scope',
  'resource_type',
  'resource_id',
  'method',
  'path',
] as const;

export type ItemColumn = (typeof itemColumns)[number];

/** Every outcome that a plan can name for items whose steps were all done. */
export const doneWords = ['activated', 'deactivated', 'changed', 'replaced', 'deleted', 'undone'] as const;

export type DoneWord = (typeof doneWords)[number];

/** One thing that was asked for, such as a row of the input. */
export interface Item {
  /** What identifies it in the report. */
  row: Partial<Record<ItemColumn, unknown>>;
  /** In this order; when one fails, those after it are not tried. None: it holds already. */
  steps: Change[];
  /** Whether each step is tried, whatever became of those before it. */
  independent?: boolean;
  /** By a step's number, that of an earlier one: where that is not done, neither is it. */
  needs?: Record<number, number>;
  rests?: Precondition[];
  /** The user or the role assignment that it is about, where that is there already. */
  sid?: string;
  /** Why there is nothing to do, when that is not plain. */
  note?: string;
  /** The input's own cells, for a file of results. */
  cells?: Record<string, string>;
}

/** What a plan belongs to. It is carried out nowhere else. */
export interface PlanTarget {
  /** The profile's name, or the variables that the credentials come from. */
  profile: string;
  organization_sid: string | null;
  api_url: string;
}

export interface PlanHeader extends PlanTarget {
  /** The command as it was typed; of `api` without the query. */
  command: string;
  /** The command without arguments, such as `users deactivate`; absent in files of older versions: see {@link verbOf}. */
  verb?: string;
  /** The person who gave the command; absent in files of older versions. */
  actor?: string | undefined;
  /** The program's version; absent in files of older versions. */
  program?: string | undefined;
  /** The outcome of an item whose steps were all done, where it is always the same, such as `deactivated`. */
  done?: DoneWord;
  /** That it takes leavers out, which ends in a report. */
  offboarding?: { reason: string | null; copied_to: string | null };
  /** The OAuth app that the credentials are of, where that is known: who did it, for whoever reads the run later. */
  client_id?: string | undefined;
  /** What the roles of its steps are called, by SID: whoever reads a run later may find them gone. */
  role_names?: Record<string, string>;
  /** The columns that identify an item. */
  columns: ItemColumn[];
}

export interface Plan {
  head: PlanHeader;
  /** How many items there are. */
  size: number;
  /** How many steps of each kind there are. */
  steps: Record<Change['do'], number>;
  /** Every step that takes access away. */
  removals: Change[];
  /** The items, from the first to the last, as often as they are asked for. */
  items(): AsyncIterable<Item> | Iterable<Item>;
}

export function emptyCounts(): Plan['steps'] {
  return Object.fromEntries(changeKinds.map((kind) => [kind, 0])) as Plan['steps'];
}

/** A plan whose items are made anew, and the same, each time they are asked for: so they need no memory. */
export async function streamPlan(head: PlanHeader, items: () => AsyncIterable<Item>): Promise<Plan> {
  const plan: Plan = { head, size: 0, steps: emptyCounts(), removals: [], items };
  for await (const item of items()) tallyItem(plan, item);
  return plan;
}

/** Counts the items of a plan. */
export function planFromItems(head: PlanHeader, items: readonly Item[]): Plan {
  const plan: Plan = { head, size: 0, steps: emptyCounts(), removals: [], items: () => items };
  for (const item of items) tallyItem(plan, item);
  return plan;
}

export function tallyItem(plan: Plan, item: Item): void {
  plan.size += 1;
  for (const step of item.steps) {
    plan.steps[step.do] += 1;
    if (kindOf(step).removesAccess(step)) plan.removals.push(step);
  }
}

export function countChanges(plan: Plan): number {
  return Object.values(plan.steps).reduce((sum, count) => sum + count, 0);
}

/** The command without arguments, such as `users deactivate`, also of a file that does not say it. */
export function verbOf({ verb, command }: Pick<PlanHeader, 'verb' | 'command'>): string {
  if (verb !== undefined) return verb;
  const words: string[] = [];
  let isValue = false;
  for (const word of (command.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []).slice(1)) {
    if (!isValue && !word.startsWith('-'))
      words.push(words.length === 0 && word === 'assignments' ? 'role-assignments' : word);
    isValue = !isValue && flagsWithValue.test(word);
    if (words.length === 2) break;
  }
  return words.join(' ');
}

/** The flags everywhere that may stand before the verb of a command in an older file, with their value as the next word. */
const flagsWithValue = /^(?:--(?:profile|output|fields|timeout|max-retries|max-answer)|-o)$/;

/** What the steps of an item amount to when all are done. */
export function successOutcome(item: Item, head: Pick<PlanHeader, 'done'>): string {
  const [first] = item.steps;
  if (first === undefined) return 'unchanged';
  if (head.done !== undefined) return head.done;
  if (first.do === 'create-user') return 'created';
  if (first.do === 'send-request') return 'sent';
  const only = (kind: Change['do']) => item.steps.every((step) => step.do === kind);
  // Who is there already and gets a role has been changed.
  if (only('create-assignment')) return item.sid === undefined ? 'created' : 'changed';
  return only('delete-assignment') ? 'deleted' : 'changed';
}

/** Refuses to send again what a file does not hold whole. */
export async function mustBeKeptWhole(plan: Pick<Plan, 'steps' | 'items'>): Promise<void> {
  if (plan.steps['send-request'] === 0) return;
  for await (const { steps } of plan.items()) {
    for (const step of steps) if (step.do === 'send-request') throw notKept(step);
  }
}
