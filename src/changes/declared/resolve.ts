import type { Organization } from '../../organization/organization.ts';
import type { KnownScopes } from '../../organization/references.ts';
import type { RoleIndex } from '../../organization/roles.ts';
import { together } from '../../platform/core/side-by-side.ts';
import type { NewRoleAssignment, RoleAssignment } from '../../twilio/role-assignments.ts';
import { canonicalSid, isSid } from '../../twilio/sids.ts';
import type { User } from '../../twilio/users.ts';
import { levelProblem } from '../planners/role-requests.ts';
import { groupsOf, RepeatedEntries } from './check-files.ts';
import { type EntryState, entryStates, isWanted } from './days.ts';
import { HeldGrants } from './grant-map.ts';
import {
  type DeclaredEntry,
  type DeclaredFile,
  type DeclaredGroup,
  type FileProblem,
  groupNameIn,
  type Located,
} from './model.ts';
import { type Ownership, type Pair, pairKey, resolveOwnership, scopeIn, sidFinder } from './ownership.ts';
import { type DeclaredPeople, readPeople } from './people.ts';
import { readOwned } from './read-owned.ts';

/** An assignment that a file lists. */
export interface ListedAccess {
  grant: NewRoleAssignment;
  /** Undefined for an identity that is no managed user. */
  user: User | undefined;
  entry: DeclaredEntry;
  file: DeclaredFile;
  state: EntryState;
}

/** The declared access by SIDs, beside the state of the organization. */
export interface ResolvedAccess {
  ownership: Ownership;
  /**
   * In the order of the files; an assignment that is listed twice stands here twice. One that exists and is wanted today stands
   * here only for an update of files: there may be 100,000.
   */
  listed: readonly ListedAccess[];
  held: HeldGrants;
  /** The keys of the pairs that have an entry for today with somebody in it. */
  listedPairs: ReadonlySet<string>;
  emptyGroups: readonly { name: string; entry: DeclaredEntry }[];
  /** Assignments in the scopes that files own. */
  current: readonly RoleAssignment[];
  roles: RoleIndex;
}

export interface ResolveOptions {
  now: number;
  /**
   * True where the files are to follow the organization: SIDs of identities and roles that are gone count as listed and missing,
   * not as problems, and all that files list is told.
   */
  isForUpdate: boolean;
}

/**
 * Finds everything that files name in the organization. Adds a problem for each name that stands for nothing, or for more than
 * one thing, and for each entry that its file does not own or that Twilio would refuse.
 *
 * Reads the users, the roles, and the assignments of the scopes that files own.
 */
export async function resolveDeclaredAccess(
  organization: Organization,
  known: KnownScopes,
  files: readonly DeclaredFile[],
  { now, isForUpdate }: ResolveOptions,
  problems: FileProblem[],
): Promise<ResolvedAccess> {
  const [roles, people, current] = await together(
    organization.roles.index(),
    readPeople(organization, files),
    readOwned(organization, files, known, problems),
  );
  const held = new HeldGrants(current);
  const heldPairs = new Set<string>();
  for (const assignment of current) heldPairs.add(pairKey(assignment));
  const describe = ({ role_sid, scope }: Pair) => `${roles.label(role_sid)} in ${scopeName(scope, known)}`;
  const named = sidFinder([], (text) => roles.resolve(text.trim()));
  const withProblem = sidFinder(problems, (text) => roles.resolve(text.trim()));
  /** A role that no longer exists stands for itself where somebody still has it. */
  function roleIn(role: Located<string>, scope: string): string | undefined {
    const sid = named(role);
    if (sid !== undefined) return sid;
    const text = canonicalSid(role.value.trim());
    if (isSid('IX', text) && (isForUpdate || heldPairs.has(pairKey({ role_sid: text, scope })))) return text;
    return withProblem(role);
  }
  const scope = sidFinder(problems, scopeIn(known));
  const ownership = resolveOwnership(files, { roleIn, scope }, describe, problems);
  const state: ResolverState = {
    ownership,
    people,
    groups: groupsOf(files),
    held,
    known,
    roles,
    isForUpdate,
    describe,
  };
  const listed: ListedAccess[] = [];
  const listedPairs = new Set<string>();
  const emptyGroups: { name: string; entry: DeclaredEntry }[] = [];
  const repeats = new RepeatedEntries();
  const pairOf = sharedPairs();
  for (const file of files) {
    const stateOf = entryStates(file, now);
    for (const entry of file.entries) {
      const sid = scope(entry.where);
      // The level of the scope tells nothing about a role that is not known.
      const role_sid = sid === undefined ? named(entry.role) : roleIn(entry.role, sid);
      if (sid === undefined && role_sid === undefined) withProblem(entry.role);
      const pair = sid === undefined || role_sid === undefined ? undefined : pairOf(sid, role_sid);
      if (pair !== undefined) repeats.add(entry, nameIn(entry, people), pairKey(pair));
      const members = membersOf(entry, state);
      if (members.length === 0) emptyGroups.push({ name: groupNameIn(entry.who.value) ?? '', entry });
      if (pair !== undefined) {
        const foreign = ownershipProblem(entry, file, pair, state);
        if (foreign !== undefined) problems.push(foreign);
        else if (members.length > 0 && isWanted(stateOf(entry))) listedPairs.add(pairKey(pair));
      }
      const found = await listedIn({ entry, file, members, pair, state: stateOf(entry) }, state, problems);
      for (const one of found) listed.push(one);
    }
  }
  // Repeats in the same words are known from the files alone.
  const repeated = new Set(problems.map(({ at }) => at));
  problems.push(...repeats.problems().filter(({ at }) => !repeated.has(at)));
  return { ownership, listed, held, listedPairs, emptyGroups, current, roles };
}

/** Gives one object for each pair. */
function sharedPairs(): (scope: string, role_sid: string) => Pair {
  const pairs = new Map<string, Pair>();
  return (scope, role_sid) => {
    const key = `${role_sid} ${scope}`;
    const pair = pairs.get(key) ?? { scope, role_sid };
    pairs.set(key, pair);
    return pair;
  };
}

/** Equal for entries of the same person or group, in whatever words. */
function nameIn({ who }: DeclaredEntry, people: DeclaredPeople): string {
  const person = groupNameIn(who.value) === undefined ? people.get(who.value) : undefined;
  return person?.user?.id ?? who.value;
}

interface ResolverState {
  ownership: Ownership;
  people: DeclaredPeople;
  groups: ReadonlyMap<string, DeclaredGroup>;
  held: HeldGrants;
  known: KnownScopes;
  roles: RoleIndex;
  isForUpdate: boolean;
  describe(pair: Pair): string;
}

function scopeName(sid: string, { organizationSid, accounts }: KnownScopes): string {
  return sid === organizationSid ? 'org' : (accounts.label(sid) ?? sid);
}

/** The people of an entry. A group that no file has is a problem of the files alone. */
function membersOf({ who }: DeclaredEntry, { groups }: ResolverState): Located<string>[] {
  const group = groupNameIn(who.value);
  if (group === undefined) return [who];
  return groups.get(group)?.members ?? [];
}

function ownershipProblem(
  entry: DeclaredEntry,
  file: DeclaredFile,
  pair: Pair,
  { ownership, describe }: ResolverState,
): FileProblem | undefined {
  const owner = ownership.ownerOf(pair);
  if (owner?.file === file) return undefined;
  // A file that owns nothing at all is one problem.
  if (file.everything === undefined && file.owns.length === 0) return undefined;
  return {
    at: entry,
    message: `this file does not own ${describe(pair)}`,
    advice:
      owner === undefined
        ? 'Add the pair of scope and role to "owns" of the file'
        : `Move the entry to ${owner.file.path}, which owns it`,
  };
}

interface OpenEntry {
  entry: DeclaredEntry;
  file: DeclaredFile;
  members: readonly Located<string>[];
  pair: Pair | undefined;
  state: EntryState;
}

/** The assignments of an entry that {@link ResolvedAccess.listed} tells. Marks those that exist and are wanted. People are looked for even where its role or scope is unknown, to say all problems at once. */
async function listedIn(
  { entry, file, members, pair, state }: OpenEntry,
  resolver: ResolverState,
  problems: FileProblem[],
): Promise<ListedAccess[]> {
  const { people, held, isForUpdate } = resolver;
  const found: ListedAccess[] = [];
  for (const member of members) {
    const person = people.get(member.value);
    if (person === undefined) continue;
    const { reference, user } = person;
    const identity = user?.id ?? ('id' in reference ? reference.id : undefined);
    const grant = identity === undefined || pair === undefined ? undefined : grantOf(identity, pair, entry);
    // An identity that Twilio does not list as a user may have the role nevertheless.
    const isHeld = grant !== undefined && held.has(grant);
    const isTaken = isHeld || (isForUpdate && identity !== undefined);
    if (user === undefined && !isTaken && state !== 'ended') {
      problems.push({ at: member, message: await people.problemOf(person) });
      continue;
    }
    if (grant === undefined) continue;
    const misplaced =
      isHeld || isForUpdate || state === 'ended' ? undefined : misplacedProblem(grant, entry, resolver);
    if (misplaced !== undefined) {
      problems.push(misplaced);
      break;
    }
    const isKept = isHeld && isWanted(state);
    if (isKept) held.want(grant);
    if (!isKept || isForUpdate) found.push({ grant, user, entry, file, state });
  }
  return found;
}

function grantOf(
  identity: string,
  { scope, role_sid }: Pair,
  { resource }: DeclaredEntry,
): NewRoleAssignment {
  const grant = { scope, role_sid, identity };
  if (resource === undefined) return grant;
  const { type, id } = resource.value;
  return { ...grant, resource_type: type, resource_id: id };
}

/** A role that can't be given there, which Twilio would say only after other changes. */
function misplacedProblem(
  grant: NewRoleAssignment,
  { role, where, resource }: DeclaredEntry,
  { roles, known }: ResolverState,
): FileProblem | undefined {
  const found = roles.find(grant.role_sid);
  const problem = found && levelProblem(found, grant, known.accounts);
  if (problem === undefined) {
    // A role that no longer exists cannot be given.
    return found === undefined ? { at: role, message: `there is no role ${role.value}` } : undefined;
  }
  const at = problem.field === 'resource_type' ? (resource ?? role) : where;
  return { at, message: problem.problem };
}
