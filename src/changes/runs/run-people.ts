import { addressKey } from '../../twilio/address.ts';
import { isSid } from '../../twilio/sids.ts';
import type { Change } from '../plan/change.ts';
import { kindOf } from '../plan/change-kinds.ts';
import type { Item } from '../plan/plan.ts';
import { itemsWithState } from './outcomes.ts';
import type { Intent, Outcome, StoredRun } from './records.ts';

/**
 * The names that a run has for one person: SIDs of the user (US…) and of their role assignments (IY…), e-mail addresses in
 * lower case, and `external:ID`.
 */
export type Names = string[];

type End = Intent | Outcome | undefined;

/** The people in a run, each with every name that the run has for them. */
export async function peopleIn(kept: Pick<StoredRun, 'plan' | 'state'>): Promise<Names[]> {
  const people: Names[] = [];
  for await (const { item, steps } of itemsWithState(kept)) people.push(...peopleOf(item, steps));
  return people;
}

/** The people of one item. */
export function peopleOf(item: Item, ends: readonly End[]): Names[] {
  if (item.steps.length === 0) return [];
  const about = new Set(Object.entries(item.row).flatMap(([column, value]) => nameIn(column, value)));
  if (item.sid !== undefined) for (const name of nameIn('sid', item.sid)) about.add(name);
  const others: Names[] = [];
  for (const [number, step] of item.steps.entries()) {
    const names = namesIn(step, ends[number]);
    const whose = 'whose' in step ? step.whose : undefined;
    if (whose !== undefined) others.push([...new Set([...names, ...nameIn('user', whose)])]);
    else for (const name of names) about.add(name);
  }
  return [[...about], ...others].filter((names) => names.length > 0);
}

/** The columns that name a user, as typed or read. */
const columns = ['id', 'sid', 'user', 'userName', 'email', 'externalId'];

function nameIn(column: string, value: unknown): Names {
  if (typeof value !== 'string' || value === '' || !columns.includes(column)) return [];
  const text = column === 'externalId' ? `external:${value}` : value.trim();
  return isSid('US', text) || isSid('IY', text) || text.includes('@') || isExternal(text)
    ? [plain(text)]
    : [];
}

const isExternal = (name: string): boolean => name.startsWith('external:');

/** External ids alone are case-sensitive. */
function plain(name: string): string {
  if (isExternal(name)) return name;
  return isSid('US', name) || isSid('IY', name)
    ? name.slice(0, 2) + name.slice(2).toLowerCase()
    : addressKey(name);
}

function namesIn(step: Change, end: End): Names {
  const sid = end?.type === 'outcome' ? end.sid : undefined;
  return kindOf(step)
    .names(step, sid)
    .flatMap(([column, value]) => nameIn(column, value));
}

/** Tests whether a person is among the people of a run, whatever name the run has for them. */
export interface PersonFilter {
  /** The SIDs of the user in the runs. */
  ids: ReadonlySet<string>;
  matches(people: readonly Names[]): boolean;
}

/**
 * Finds a person in runs by one of their names. Another name counts as theirs when a run has it together with their SID:
 * an address may have belonged to another person before, a SID never.
 *
 * @param all the people of all runs
 * @param known their user SIDs from elsewhere
 */
export function personFilter(
  reference: string,
  all: readonly (readonly Names[])[],
  known: readonly string[] = [],
): PersonFilter {
  const wanted = plain(reference.trim());
  const isUser = (name: string) => isSid('US', name);
  const ids = new Set(isUser(wanted) ? [wanted] : known);
  const people = all.flat();
  if (!isUser(wanted)) {
    for (const names of people) {
      if (names.includes(wanted)) for (const name of names) if (isUser(name)) ids.add(name);
    }
  }
  const theirs = new Set([wanted]);
  for (const names of people) {
    if (names.some((name) => ids.has(name))) for (const name of names) theirs.add(name);
  }
  const isThem = (names: Names) =>
    names.some(isUser) ? names.some((name) => ids.has(name)) : names.some((name) => theirs.has(name));
  return { ids, matches: (people) => people.some(isThem) };
}
