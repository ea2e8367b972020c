import { type Change, notKept } from './change.ts';
import { changeKinds, kindOf } from './change-kinds.ts';
import type { Precondition } from './preconditions.ts';

/** Every column that a plan can have. Headings are printed, so a file must not choose its own. */
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
  'why',
  'because',
  'method',
  'path',
] as const;

export type ItemColumn = (typeof itemColumns)[number];

/** Every outcome that a plan can name for items whose steps were all done. */
export const doneWords = ['activated', 'deactivated', 'changed', 'replaced', 'deleted', 'undone'] as const;

export type DoneWord = (typeof doneWords)[number];

/** One requested thing, such as a row of the input. Members have the names that plan files use, so these stay. */
export interface Item {
  /** Identifies it in the report. */
  row: Partial<Record<ItemColumn, unknown>>;
  /** In this order; after a failure, the rest is not tried. Empty when there is nothing to change. */
  steps: Change[];
  /** True when each change is tried even after an earlier one failed. */
  independent?: boolean;
  /** Dependencies: by the index of a change, the index of an earlier one that must be done first. */
  needs?: Record<number, number>;
  /** Preconditions besides those that the changes imply. */
  rests?: Precondition[];
  /** SID of the user or role assignment that it is about, where that already exists. */
  sid?: string;
  /** The reason why there is nothing to do, where it is not obvious. */
  note?: string;
  /** Something that a person has to know although the changes can be made, such as a role that has no effect yet. */
  warning?: string;
  /** Cells of the input row, for the results file. */
  cells?: Record<string, string>;
}

/** The profile and organization that a plan is for. It is executed nowhere else. */
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
  /** Names of the roles in its changes, by SID. The roles may no longer exist when the run is read. */
  role_names?: Record<string, string>;
  /** The columns that identify an item. */
  columns: ItemColumn[];
}

export interface Plan {
  head: PlanHeader;
  /** Number of items. */
  size: number;
  /** Number of changes of each kind. */
  steps: Record<Change['do'], number>;
  /** Changes that remove access. Of a user, they say only who it is. */
  removals: Change[];
  /** Number of users who can sign in again. */
  reactivated: number;
  /** Changes that give an existing user another address to sign in with, likewise. */
  addressChanges: Change[];
  /** The warnings of the items, each once. */
  warnings: Set<string>;
  /** The items, from the first to the last, as often as they are asked for. */
  items(): AsyncIterable<Item> | Iterable<Item>;
  /** Frees what the items are made from, once they are in a file. */
  release?: () => void;
}

export function emptyCounts(): Plan['steps'] {
  return Object.fromEntries(changeKinds.map((kind) => [kind, 0])) as Plan['steps'];
}

/** A plan without counts, which {@link tallyItem} adds for each item. */
export function emptyPlan(head: PlanHeader, items: Plan['items']): Plan {
  return {
    head,
    size: 0,
    steps: emptyCounts(),
    removals: [],
    reactivated: 0,
    addressChanges: [],
    warnings: new Set(),
    items,
  };
}

/** A plan whose items are generated again each time they are read, so that they need no memory. */
export async function streamPlan(head: PlanHeader, items: () => AsyncIterable<Item>): Promise<Plan> {
  const plan = emptyPlan(head, items);
  for await (const item of items()) tallyItem(plan, item);
  return plan;
}

/** Counts the items of a plan. */
export function planFromItems(head: PlanHeader, items: readonly Item[]): Plan {
  const plan = emptyPlan(head, () => items);
  for (const item of items) tallyItem(plan, item);
  return plan;
}

export function tallyItem(plan: Plan, item: Item): void {
  plan.size += 1;
  if (item.warning !== undefined) plan.warnings.add(item.warning);
  for (const step of item.steps) {
    plan.steps[step.do] += 1;
    if (kindOf(step).removesAccess(step)) plan.removals.push(inBrief(step));
    if (step.do === 'update-user' && kindOf(step).givesAccessTo(step) !== undefined) plan.reactivated += 1;
    const { releases = [] } = kindOf(step).keys?.(step) ?? {};
    if (releases.some((key) => 'userName' in key)) plan.addressChanges.push(inBrief(step));
  }
}

/** The change with no more of its user than tells who they are: guards ask for nothing else, and a long plan has many. */
function inBrief(step: Change): Change {
  if (step.do !== 'update-user' && step.do !== 'delete-user') return step;
  const { id, userName } = step.user;
  const user = { id, userName };
  if (step.do === 'delete-user') return { do: step.do, user };
  const { active, ...others } = step.fields;
  const isDeactivation = active === false && Object.keys(others).length === 0;
  return { do: step.do, user, fields: isDeactivation ? deactivation : step.fields };
}

/** One for all of a plan. */
const deactivation = { active: false };

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

/** The outcome of an item whose changes are all done. */
export function successOutcome(item: Item, head: Pick<PlanHeader, 'done'>): string {
  const [first] = item.steps;
  if (first === undefined) return 'unchanged';
  if (head.done !== undefined) return head.done;
  if (first.do === 'create-user') return 'created';
  if (first.do === 'send-request') return 'sent';
  const only = (kind: Change['do']) => item.steps.every((step) => step.do === kind);
  // A role for an existing user changes that user.
  if (only('create-assignment')) return item.sid === undefined ? 'created' : 'changed';
  return only('delete-assignment') ? 'deleted' : 'changed';
}

/** Refuses requests of `api`, which no file keeps completely. */
export async function mustBeKeptWhole(plan: Pick<Plan, 'steps' | 'items'>): Promise<void> {
  if (plan.steps['send-request'] === 0) return;
  for await (const { steps } of plan.items()) {
    for (const step of steps) if (step.do === 'send-request') throw notKept(step);
  }
}
