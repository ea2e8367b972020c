import { pushTo } from '../../../platform/core/push-to.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import type { Comparison } from '../compare.ts';
import { grantKey } from '../grant-map.ts';
import {
  type DeclaredEntry,
  type DeclaredFile,
  type DeclaredGroup,
  type FileProblem,
  groupNameIn,
  type Position,
  writtenResource,
} from '../model.ts';
import { pairKey } from '../ownership.ts';
import { isNameOf } from '../people.ts';
import type { ListedAccess } from '../resolve.ts';
import type { AddedEntry, FileEdits } from './edit.ts';
import { entryFor, type FileNames } from './names.ts';

/** A difference that is written into a file. */
export interface UpdateRow {
  change: 'added' | 'removed';
  file: string;
  /** Of the entry or the member that goes. */
  line: number | null;
  who: string;
  role: string;
  where: string;
  resource: string | null;
}

/** The edits with which files say what the organization is like. */
export interface FileUpdate {
  /** By file; only files that change. */
  edits: Map<DeclaredFile, FileEdits>;
  rows: UpdateRow[];
  /** Differences that no edit of single lines can express. */
  byHand: FileProblem[];
}

/**
 * Plans the way from files to the organization: the other direction of an apply. Differences of entries whose days are over, or
 * are still to come, are left to an apply: the files say what is to happen with them.
 */
export function planFileUpdate({ files, access, changes }: Comparison, names: FileNames): FileUpdate {
  const drafts = new Drafts(files);
  const given = new Set<string | undefined>();
  const missing = new Set<string>();
  for (const { item, drift } of changes) {
    for (const step of item.steps) {
      if (drift === 'not in the files' && step.do === 'delete-assignment') given.add(step.assignment.sid);
      if (drift === 'missing' && step.do === 'create-assignment' && typeof step.grant.identity === 'string')
        missing.add(grantKey({ ...step.grant, identity: step.grant.identity }));
    }
  }
  removeLost(files, access.listed, missing, drafts);
  const last = new Map<string, ListedAccess>();
  for (const one of access.listed) last.set(`${one.file.path}\0${pairKey(one.grant)}`, one);
  const written = new Set<string>();
  for (const assignment of access.current) {
    const owner = access.ownership.ownerOf(assignment);
    if (owner === undefined || !given.has(assignment.sid) || written.has(grantKey(assignment))) continue;
    written.add(grantKey(assignment));
    const neighbour = last.get(`${owner.file.path}\0${pairKey(assignment)}`)?.entry;
    addGiven(assignment, { file: owner.file, at: owner.at, neighbour }, names, drafts);
  }
  return drafts.finished();
}

/** Edits of files as they come together. */
class Drafts {
  readonly #edits: Map<
    DeclaredFile,
    { remove: Set<DeclaredEntry>; members: Set<Position>; add: AddedEntry[] }
  >;
  readonly #rows: UpdateRow[] = [];
  readonly #byHand: FileProblem[] = [];

  constructor(files: readonly DeclaredFile[]) {
    this.#edits = new Map(files.map((file) => [file, { remove: new Set(), members: new Set(), add: [] }]));
  }

  remove(file: DeclaredFile, entry: DeclaredEntry): void {
    const { remove } = this.#of(file);
    if (remove.has(entry)) return;
    remove.add(entry);
    this.#rows.push(rowOf(entry, entry, entry.who.value));
  }

  removeMember(file: DeclaredFile, member: Position & { value: string }, entry: DeclaredEntry): void {
    const { members } = this.#of(file);
    this.#rows.push(rowOf(entry, member, member.value));
    members.add(member);
  }

  add(file: DeclaredFile, added: AddedEntry): void {
    const { who, role, where, resource = null } = added.entry;
    this.#of(file).add.push(added);
    this.#rows.push({ change: 'added', file: file.path, line: null, who, role, where, resource });
  }

  leave(problem: FileProblem): void {
    this.#byHand.push(problem);
  }

  finished(): FileUpdate {
    const edits = new Map<DeclaredFile, FileEdits>();
    for (const [file, { remove, members, add }] of this.#edits) {
      if (remove.size + members.size + add.length > 0)
        edits.set(file, { remove: [...remove], removeMembers: [...members], add });
    }
    return { edits, rows: this.#rows, byHand: this.#byHand };
  }

  #of(file: DeclaredFile) {
    const found = this.#edits.get(file);
    if (found === undefined) throw new Error(`${file.path} is none of the files`);
    return found;
  }
}

function rowOf(entry: DeclaredEntry, at: Position, who: string): UpdateRow {
  const { role, where, resource } = entry;
  return {
    change: 'removed',
    file: at.file,
    line: at.line,
    who,
    role: role.value,
    where: where.value,
    resource: resource === undefined ? null : writtenResource(resource.value),
  };
}

interface Place {
  file: DeclaredFile;
  /** The line by which the file owns the pair. */
  at: Position;
  /** The last entry for the same pair, whose words are used again. */
  neighbour: DeclaredEntry | undefined;
}

function addGiven(
  assignment: RoleAssignment,
  { file, at, neighbour }: Place,
  names: FileNames,
  drafts: Drafts,
): void {
  const entry = entryFor(assignment, names);
  if ('unnamed' in entry) {
    const { identity, role_sid, scope } = assignment;
    const message = `${identity} has ${role_sid} in ${scope}, but files can't name ${entry.unnamed}`;
    drafts.leave({ at, message });
    return;
  }
  const words = neighbour && { role: neighbour.role.value, where: neighbour.where.value };
  drafts.add(file, { entry: { ...entry, ...words }, after: neighbour });
}

/** Removes what the organization has lost from entries and groups. */
function removeLost(
  files: readonly DeclaredFile[],
  listed: readonly ListedAccess[],
  missing: ReadonlySet<string>,
  drafts: Drafts,
): void {
  const groups = new Map<string, { group: DeclaredGroup; file: DeclaredFile }>();
  for (const file of files) for (const group of file.groups.values()) groups.set(group.name, { group, file });
  const byGroup = new Map<string, ListedAccess[]>();
  for (const one of listed) {
    const name = groupNameIn(one.entry.who.value);
    if (name !== undefined) pushTo(byGroup, name, one);
    else if (isLost(one)) drafts.remove(one.file, one.entry);
  }
  for (const [name, uses] of byGroup) {
    const found = groups.get(name);
    if (found !== undefined && uses.some(isLost)) removeFromGroup(found, uses, isLost, drafts);
  }
  function isLost({ state, grant }: ListedAccess): boolean {
    return state === 'wanted' && missing.has(grantKey(grant));
  }
}

/** @param uses what the entries that name the group list */
function removeFromGroup(
  { group, file }: { group: DeclaredGroup; file: DeclaredFile },
  uses: readonly ListedAccess[],
  isLost: (one: ListedAccess) => boolean,
  drafts: Drafts,
): void {
  const byEntry = new Map<DeclaredEntry, ListedAccess[]>();
  for (const one of uses) pushTo(byEntry, one.entry, one);
  const kept: ListedAccess[] = [];
  for (const [entry, those] of byEntry) {
    // All members of the group lost the role. Removing the members would leave an empty group.
    if (those.every(isLost)) drafts.remove(those[0]?.file ?? file, entry);
    else kept.push(...those);
  }
  const people = new Map<string, ListedAccess[]>();
  for (const one of kept) pushTo(people, one.grant.identity, one);
  for (const of of people.values()) {
    const lost = of.filter(isLost);
    const [first] = lost;
    if (first === undefined) continue;
    // An entry that has ended gives nothing that its members could lose.
    if (of.every((one) => isLost(one) || one.state === 'ended')) {
      for (const member of group.members)
        if (isNameOf(member.value, first.grant.identity, first.user))
          drafts.removeMember(file, member, first.entry);
      continue;
    }
    for (const { entry, user, grant } of lost) {
      drafts.leave({
        at: entry,
        message: `${user?.userName ?? grant.identity} has lost ${entry.role.value} in ${entry.where.value}, but the group "${group.name}" gives them more than that`,
        advice:
          'Name the others of the group in entries of their own, or give the role back with access apply',
      });
    }
  }
}
