import { pushTo } from '../../platform/core/push-to.ts';
import { maxRolesPerUser, type RoleAssignment } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';
import { isWanted } from '../declared/days.ts';
import { GrantMap } from '../declared/grant-map.ts';
import type { DeclaredFile, FileProblem, Position } from '../declared/model.ts';
import { type OwnedPair, type Owner, type Pair, pairKey } from '../declared/ownership.ts';
import type { ListedAccess, ResolvedAccess } from '../declared/resolve.ts';
import type { Item, ItemColumn } from '../plan/plan.ts';
import { inactiveHolderWarning } from './inactive-holders.ts';

/** The columns that identify a change. `why` is the line of a file that asks for it. */
export const declaredColumns: ItemColumn[] = [
  ...(['userName', 'role', 'scope', 'resource_type', 'resource_id'] as const),
  ...(['why', 'because', 'id', 'role_sid', 'sid'] as const),
];

/** A pair that files own, that nobody is listed for today, and that somebody has whom no entry names. */
export interface EmptiedPair extends Pair {
  at: Position;
  holders: number;
}

/**
 * A difference between the organization and files. It claims no cause: a role that is missing was removed, or never given.
 *
 * - `begins today`: missing, on the first day of its entry
 * - `too early`: there, before the first day of its entry
 * - `given again`: there, after it was removed at the end of its entry
 */
export type Drift = 'not in the files' | 'missing' | 'begins today' | 'expired' | 'too early' | 'given again';

/** A difference, and what is done about it. */
export interface DeclaredChange {
  item: Item;
  drift: Drift;
}

/** The way from the organization to what files say. */
export interface DeclaredPlan {
  /** Removals first. */
  changes: DeclaredChange[];
  emptied: EmptiedPair[];
  /** The number of removals by the file that owns what is removed. */
  removalsBy: ReadonlyMap<DeclaredFile, number>;
  /** Entries that would give somebody more roles than Twilio allows. */
  problems: FileProblem[];
}

export interface DeclaredPlanOptions {
  /** Leaves out removals. */
  onlyAdd: boolean;
  /** The users whom the command has read, for the names of those who lose a role. */
  userOf: (id: string) => User | undefined;
  /** SIDs of assignments of ended entries that were removed before and given again by hand. */
  givenAgain: ReadonlySet<string>;
}

/** Text such as `access/support.yaml:8`. */
export function placeText({ file, line }: Position): string {
  return `${file}:${line}`;
}

/** The access that files list for other days, by assignment. */
export function forOtherDays(listed: readonly ListedAccess[]): GrantMap<ListedAccess> {
  const others = new GrantMap<ListedAccess>();
  for (const one of listed) if (!isWanted(one.state)) others.add(one.grant, one);
  return others;
}

/**
 * Compares the assignments that files own with what the files list for today. An assignment of a pair that no file owns is
 * neither removed nor given. One that Twilio has twice is wanted or not as one: a second copy of what is wanted stays.
 */
export function planDeclaredAccess(
  access: ResolvedAccess,
  others: GrantMap<ListedAccess>,
  options: DeclaredPlanOptions,
): DeclaredPlan {
  const { ownership, current, held, listedPairs } = access;
  const changes: DeclaredChange[] = [];
  const leftAlone: DeclaredChange[] = [];
  const emptied = new Map<string, EmptiedPair>();
  const removalsBy = new Map<DeclaredFile, number>();
  const pairs = new Map(ownership.pairs.map((pair) => [pairKey(pair), pair]));
  for (const assignment of current) {
    if (held.isWanted(assignment)) continue;
    const owner = ownership.ownerOf(assignment);
    if (owner === undefined || options.onlyAdd) continue;
    const listed = others.get(assignment);
    const change = { assignment, owner, listed };
    if (options.givenAgain.has(assignment.sid)) {
      leftAlone.push({ item: keptItem(change, access, options), drift: 'given again' });
      continue;
    }
    changes.push({ item: removalItem(change, access, options), drift: driftOf(listed) });
    removalsBy.set(owner.file, (removalsBy.get(owner.file) ?? 0) + 1);
    const pair = pairKey(assignment);
    // An entry that has ended asks for the removal of its own people alone.
    if (!listedPairs.has(pair) && listed === undefined)
      emptied.set(pair, emptiedPair(emptied.get(pair), assignment, owner, pairs.get(pair)));
  }
  const missing = missingOf(access);
  for (const one of missing) {
    changes.push({
      item: additionItem(one, access),
      drift: one.state === 'begins' ? 'begins today' : 'missing',
    });
  }
  return {
    changes: [...changes, ...leftAlone],
    emptied: [...emptied.values()],
    removalsBy,
    problems: roleLimitProblems(changes, missing, current),
  };
}

/** Access that is listed for today and does not exist, each once. */
function missingOf({ listed, held }: ResolvedAccess): ListedAccess[] {
  const found = new GrantMap<ListedAccess>();
  const missing = listed.filter(({ grant, state }) => isWanted(state) && !held.has(grant));
  for (const one of missing) found.add(one.grant, one);
  return missing.filter((one) => found.get(one.grant) === one);
}

function emptiedPair(
  before: EmptiedPair | undefined,
  { role_sid, scope }: RoleAssignment,
  owner: Owner,
  pair: OwnedPair | undefined,
): EmptiedPair {
  return { role_sid, scope, at: pair?.roleAt ?? owner.at, holders: (before?.holders ?? 0) + 1 };
}

interface Unwanted {
  assignment: RoleAssignment;
  owner: Owner;
  /** The entry that lists it for other days. */
  listed: ListedAccess | undefined;
}

function removalItem(
  { assignment, owner, listed }: Unwanted,
  access: ResolvedAccess,
  options: DeclaredPlanOptions,
): Item {
  const user = options.userOf(assignment.identity);
  return {
    row: {
      ...rowOf(assignment, user, access),
      why: placeText(owner.at),
      ...(listed === undefined ? {} : { because: daysText(listed) }),
      sid: assignment.sid,
    },
    sid: assignment.sid,
    steps: [{ do: 'delete-assignment', assignment }],
    ...(user === undefined
      ? { warning: `${assignment.identity} has a role, and is no user that the organization manages` }
      : {}),
  };
}

function driftOf(listed: ListedAccess | undefined): Drift {
  if (listed === undefined) return 'not in the files';
  return listed.state === 'ended' ? 'expired' : 'too early';
}

/** The days of an entry that is not for today. */
function daysText({ entry, state }: ListedAccess): string {
  const days = state === 'ended' ? `ended on ${entry.until?.value}` : `begins on ${entry.from?.value}`;
  return [`${placeText(entry)} ${days}`, entry.because?.value].filter(Boolean).join(': ');
}

function keptItem(change: Unwanted, access: ResolvedAccess, options: DeclaredPlanOptions): Item {
  const { assignment, listed } = change;
  const { row } = removalItem(change, access, options);
  const ended = listed === undefined ? '' : ` ${daysText(listed)}.`;
  return {
    row,
    sid: assignment.sid,
    steps: [],
    note: `It was removed at its end, and somebody gave it again by hand, so it is left alone.${ended} Renew the entry, or remove the role by hand`,
  };
}

function additionItem({ grant, user, entry }: ListedAccess, access: ResolvedAccess): Item {
  return {
    row: {
      ...rowOf(grant, user, access),
      why: placeText(entry),
      ...(entry.because === undefined ? {} : { because: entry.because.value }),
    },
    steps: [{ do: 'create-assignment', grant }],
    ...inactiveHolderWarning(user),
  };
}

function rowOf(
  { identity, role_sid, scope, resource_type, resource_id }: Omit<RoleAssignment, 'sid'>,
  user: User | undefined,
  { roles }: ResolvedAccess,
): Item['row'] {
  return {
    userName: user?.userName ?? identity,
    // A role that no longer exists has no name, and a saved plan is compared with the names that there are.
    ...(roles.find(role_sid) === undefined ? {} : { role: roles.displayName(role_sid) }),
    scope,
    ...(resource_type ? { resource_type, resource_id: resource_id ?? null } : {}),
    id: identity,
    role_sid,
  };
}

/** Counts the roles in the scopes that were read: Twilio's limit is over all of them. */
function roleLimitProblems(
  changes: readonly DeclaredChange[],
  missing: readonly ListedAccess[],
  current: readonly RoleAssignment[],
): FileProblem[] {
  if (missing.length === 0) return [];
  const gaining = new Set(missing.map(({ grant }) => grant.identity));
  const counts = new Map<string, number>();
  const count = (identity: string, by: number) => counts.set(identity, (counts.get(identity) ?? 0) + by);
  for (const { identity } of current) if (gaining.has(identity)) count(identity, 1);
  for (const { item } of changes) {
    for (const step of item.steps)
      if (step.do === 'delete-assignment') count(step.assignment.identity ?? '', -1);
  }
  const problems: FileProblem[] = [];
  for (const { grant, user, entry } of missing) {
    count(grant.identity, 1);
    const roles = counts.get(grant.identity) ?? 0;
    if (roles <= maxRolesPerUser) continue;
    const who = user?.userName ?? grant.identity;
    problems.push({
      at: entry,
      message: `${who} would have ${roles} roles; Twilio's limit is ${maxRolesPerUser}`,
    });
  }
  return problems;
}

/**
 * The items of a plan. Those of a person who is at Twilio's limit of roles are one item, which removes roles before it gives
 * others: separate items run side by side.
 */
export function itemsOf(changes: readonly DeclaredChange[], current: readonly RoleAssignment[]): Item[] {
  const items = changes.map(({ item }) => item);
  const counts = new Map<string, number>();
  const count = (id: unknown) => counts.set(String(id), (counts.get(String(id)) ?? 0) + 1);
  const gaining = items.filter(({ steps: [step] }) => step?.do === 'create-assignment');
  if (gaining.length === 0) return items;
  for (const { row } of gaining) count(row.id);
  for (const { identity } of current) if (counts.has(identity)) count(identity);
  const full = new Map<unknown, Item[]>();
  for (const item of items) {
    const { id } = item.row;
    if ((counts.get(String(id)) ?? 0) <= maxRolesPerUser || item.steps.length === 0) continue;
    pushTo(full, id, item);
  }
  return items.flatMap((item) => {
    const own = item.steps.length === 0 ? undefined : full.get(item.row.id);
    if (own === undefined || own.length === 1) return item;
    return own[0] === item ? joined(own) : [];
  });
}

function joined(items: readonly Item[]): Item {
  const row: Item['row'] = items[0]?.row ?? {};
  const texts = (of: (item: Item) => unknown) => [...new Set(items.map(of).filter((each) => each != null))];
  const [whys, reasons, warnings] = [
    texts((item) => item.row.why),
    texts((item) => item.row.because),
    texts((item) => item.warning),
  ];
  return {
    row: {
      userName: row.userName,
      id: row.id,
      why: whys.join(', '),
      ...(reasons.length === 0 ? {} : { because: reasons.join(', ') }),
    },
    sid: String(row.id),
    steps: items.flatMap(({ steps }) => steps),
    ...(warnings.length === 0 ? {} : { warning: warnings.join('; ') }),
  };
}
