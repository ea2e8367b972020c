import path from 'node:path';
import { assignmentKey } from '../../../organization/assignments.ts';
import type { KnownScopes } from '../../../organization/references.ts';
import type { RoleIndex } from '../../../organization/roles.ts';
import { dayIn } from '../../../platform/core/calendar.ts';
import { usageError } from '../../../platform/core/errors.ts';
import type { NewRoleAssignment } from '../../../twilio/role-assignments.ts';
import type { User } from '../../../twilio/users.ts';
import { checkFiles, groupsOf } from '../check-files.ts';
import { zoneOf } from '../days.ts';
import { loadDeclaredAccess, parseDeclared } from '../load.ts';
import {
  type DeclaredEntry,
  type DeclaredFile,
  type DeclaredGroup,
  type FileProblem,
  groupNameIn,
} from '../model.ts';
import { resolveOwnership, type SidFinder, scopeIn, sidFinder } from '../ownership.ts';
import { isNameOf } from '../people.ts';
import { refuseProblems } from '../problems.ts';
import { type EditedFile, editFiles } from './apply-update.ts';
import type { EntryTexts } from './format.ts';

/** An assignment, and the entry that declares it. */
export interface RecordedEntry {
  grant: NewRoleAssignment;
  /** Undefined where the user could not be read. */
  user: User | undefined;
  entry: EntryTexts;
}

/** A file with further entries. */
export interface Recording {
  /** Undefined where the file has all of them already. */
  edited: EditedFile | undefined;
  /** The number of new entries. */
  added: number;
}

interface Finders {
  roleIn: SidFinder;
  scope: SidFinder;
}

/**
 * A file with further entries; writes nothing. Entries that are there already, for the same days, are not repeated.
 *
 * The directories above may define groups, so a group that is missing is left to a plan.
 *
 * @throws usage where the files of its directory have problems, the file does not own a pair, or the access is there for other days
 */
export async function withEntries(
  file: string,
  entries: readonly RecordedEntry[],
  { roles, known, now }: { roles: RoleIndex; known: KnownScopes; now: number },
): Promise<Recording> {
  const directory = path.dirname(file);
  const { files, problems } = await loadDeclaredAccess(directory, { isWhole: false });
  refuseProblems(directory, problems);
  const target = files.find((each) => path.resolve(each.path) === path.resolve(file));
  if (target === undefined) {
    throw usageError(`${file} is not a file of declared access`, 'Name a YAML file that is there already');
  }
  const found: FileProblem[] = [];
  const roleIn = sidFinder(found, (text) => roles.resolve(text.trim()));
  const finders: Finders = { roleIn, scope: sidFinder(found, scopeIn(known)) };
  const ownership = resolveOwnership(files, finders, ({ role_sid }) => roles.label(role_sid), found);
  refuseProblems(directory, found);
  const today = dayIn(zoneOf(target), now);
  for (const { grant, entry } of entries) {
    const owner = ownership.ownerOf(grant);
    if (owner?.file !== target) {
      throw usageError(
        `${file} does not own ${entry.role} in ${entry.where}, so nothing was changed`,
        owner === undefined
          ? 'Add the pair of scope and role to "owns" of the file'
          : `Name ${owner.file.path}, which owns it`,
      );
    }
    if (entry.until !== undefined && entry.until < today)
      throw usageError(
        `${entry.until} is over, so nothing was changed`,
        'Give a last day that is still to come',
      );
  }
  const missing = missingEntries(directory, files, entries, finders);
  if (missing.length === 0) return { edited: undefined, added: 0 };
  const add = missing.map(({ entry }) => ({ entry }));
  const [edited] = await editFiles(new Map([[target, { remove: [], removeMembers: [], add }]]));
  if (edited === undefined) throw new Error(`${file} was not edited`);
  const after = await parseDeclared(edited.after.replace(/^\uFEFF/, ''), target.path, []);
  const others = files.map((each) => (each === target && after !== undefined ? after : each));
  refuseProblems(directory, checkFiles(others, { isComplete: false }).problems);
  return { edited, added: missing.length };
}

/**
 * The entries that the files lack.
 *
 * @throws usage where an entry gives the same access, in whatever words, on other days: the new end would be void, or a repeat
 */
function missingEntries(
  directory: string,
  files: readonly DeclaredFile[],
  entries: readonly RecordedEntry[],
  finders: Finders,
): RecordedEntry[] {
  const groups = groupsOf(files);
  const problems: FileProblem[] = [];
  const missing = entries.filter(({ grant, user, entry }) => {
    const same = files
      .flatMap((each) => each.entries)
      .filter((each) => givesSame(each, { grant, user }, groups, finders));
    if (same.some((each) => hasSameDays(each, entry))) return false;
    for (const each of same) {
      const { from, until } = each;
      if (from !== undefined && entry.until !== undefined && from.value > entry.until) continue;
      const days = until === undefined ? 'without an end' : `until ${until.value}`;
      problems.push({
        at: each,
        message: `this entry gives the same access to ${entry.who}, ${days}`,
        advice: 'Change its days, or remove it',
      });
    }
    return true;
  });
  refuseProblems(directory, problems);
  return missing;
}

function hasSameDays({ who, from, until }: DeclaredEntry, entry: EntryTexts): boolean {
  return groupNameIn(who.value) === undefined && from === undefined && until?.value === entry.until;
}

function givesSame(
  { who, role, where, resource }: DeclaredEntry,
  { grant, user }: Pick<RecordedEntry, 'grant' | 'user'>,
  groups: ReadonlyMap<string, DeclaredGroup>,
  { roleIn, scope }: Finders,
): boolean {
  const [role_sid, sid] = [roleIn(role), scope(where)];
  if (role_sid === undefined || sid === undefined) return false;
  const written = { ...grant, role_sid, scope: sid };
  const of = { resource_type: resource?.value.type ?? null, resource_id: resource?.value.id ?? null };
  if (assignmentKey({ ...written, ...of }) !== assignmentKey(grant)) return false;
  const group = groupNameIn(who.value);
  const people = group === undefined ? [who] : (groups.get(group)?.members ?? []);
  return people.some(({ value }) => isNameOf(value, grant.identity, user));
}
