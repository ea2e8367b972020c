import type { KnownScopes } from '../../../organization/references.ts';
import type { RoleIndex } from '../../../organization/roles.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import { canonicalSid } from '../../../twilio/sids.ts';
import type { DeclaredFile, FileProblem } from '../model.ts';
import { type Pair, pairKey, resolveOwnership, scopeIn, sidFinder } from '../ownership.ts';
import { commentedEntry, commentText, type EntryTexts, ownsText } from './format.ts';
import { entryFor, type FileNames, type WrittenName } from './names.ts';

/** A file that declares assignments as they are. */
export interface PulledFile {
  /** Within the directory. */
  name: string;
  text: string;
  pairs: number;
  entries: number;
}

export interface Pulled {
  files: PulledFile[];
  leftOut: LeftOut[];
}

/** A pair that is left out, because a file that owns it would take away what files can't name. */
export interface LeftOut extends Pair {
  /** Names that files lack, each once, such as `the role "IX1"`. */
  unnamed: Set<string>;
}

/** Roles in a scope, and who has them. */
interface ScopeAccess {
  sid: string;
  /** As files name it. */
  scope: string;
  roles: Map<string, { name: WrittenName; entries: Map<string, EntryTexts> }>;
}

/**
 * Files that own the pairs of scope and role that somebody has, and list everybody who has them.
 *
 * @param oneFile all scopes in one file; default: a file for each scope
 */
export function filesFor(
  assignments: Iterable<RoleAssignment>,
  names: FileNames,
  { oneFile = false } = {},
): Pulled {
  const scopes = new Map<string, ScopeAccess>();
  const leftOut = new Map<string, LeftOut>();
  for (const assignment of assignments) {
    const [sid, role_sid] = [canonicalSid(assignment.scope), canonicalSid(assignment.role_sid)];
    const entry = entryFor(assignment, names);
    if ('unnamed' in entry) {
      const pair = { scope: sid, role_sid };
      const left = leftOut.get(pairKey(pair)) ?? { ...pair, unnamed: new Set() };
      leftOut.set(pairKey(pair), left);
      left.unnamed.add(entry.unnamed);
      continue;
    }
    const access = scopes.get(sid) ?? { sid, scope: entry.where, roles: new Map() };
    scopes.set(sid, access);
    const role = access.roles.get(role_sid) ?? {
      name: names.role(role_sid) ?? { text: entry.role },
      entries: new Map(),
    };
    access.roles.set(role_sid, role);
    // Twilio may have the same assignment twice.
    role.entries.set(commentedEntry(entry), entry);
  }
  for (const { sid, roles } of scopes.values()) {
    for (const role of roles.keys())
      if (leftOut.has(pairKey({ scope: sid, role_sid: role }))) roles.delete(role);
  }
  const all = [...scopes.values()].filter(({ roles }) => roles.size > 0).sort(byText(({ scope }) => scope));
  const pulled = { files: [] as PulledFile[], leftOut: [...leftOut.values()] };
  if (all.length === 0) return pulled;
  if (oneFile) return { ...pulled, files: [fileOf('access.yaml', all)] };
  const fileNames = fileNamesFor(all);
  return { ...pulled, files: all.map((access) => fileOf(fileNames.get(access) ?? access.sid, [access])) };
}

/** Pairs of the assignments that files own already: a second owner would be an error of the next plan. */
export function ownedAlready(
  files: readonly DeclaredFile[],
  assignments: Iterable<RoleAssignment>,
  roles: RoleIndex,
  known: KnownScopes,
): FileProblem[] {
  const roleIn = sidFinder([], (text) => roles.resolve(text.trim()));
  const finders = { roleIn, scope: sidFinder([], scopeIn(known)) };
  const ownership = resolveOwnership(files, finders, pairKey, []);
  const problems = new Map<string, FileProblem>();
  for (const { scope, role_sid } of assignments) {
    const owner = ownership.ownerOf({ scope, role_sid });
    if (owner === undefined) continue;
    const place = known.accounts.label(scope) ?? (scope === known.organizationSid ? 'org' : scope);
    problems.set(pairKey({ scope, role_sid }), {
      at: owner.at,
      message: `this file owns ${roles.label(role_sid)} in ${place} already`,
    });
  }
  return [...problems.values()];
}

function byText<T>(textOf: (value: T) => string): (a: T, b: T) => number {
  const keyOf = (value: T) => textOf(value).toLowerCase();
  return (a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    if (x === y) return textOf(a) < textOf(b) ? -1 : 1;
    return x < y ? -1 : 1;
  };
}

/** Names that Windows reserves for devices. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** A name for the file of each scope: letters of its name, or its SID where they tell nothing, or not enough. */
function fileNamesFor(scopes: readonly ScopeAccess[]): Map<ScopeAccess, string> {
  const slugs = scopes.map(({ scope }) =>
    scope
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60)
      .replace(/^-|-$/g, ''),
  );
  const counts = new Map<string, number>();
  for (const slug of slugs) counts.set(slug, (counts.get(slug) ?? 0) + 1);
  return new Map(
    scopes.map((access, index) => {
      const slug = slugs[index] ?? '';
      const isTelling =
        slug !== '' && counts.get(slug) === 1 && !reserved.test(slug) && access.scope !== access.sid;
      return [access, `${isTelling ? slug : access.sid}.yaml`];
    }),
  );
}

function fileOf(name: string, scopes: readonly ScopeAccess[]): PulledFile {
  const owns: string[] = [];
  const access: string[] = [];
  let [pairs, entries] = [0, 0];
  for (const { sid, scope, roles } of scopes) {
    const inOrder = [...roles.values()].sort(byText((role) => role.name.text));
    owns.push(
      ...(scope === sid || scope === 'org' ? [] : [`  # ${commentText(scope)} is ${sid}.\n`]),
      ownsText(
        scope,
        inOrder.map((role) => role.name),
      ),
    );
    pairs += roles.size;
    for (const role of inOrder) {
      for (const [line] of [...role.entries].sort(
        byText(([, { who, resource }]) => `${who} ${resource ?? ''}`),
      )) {
        access.push(`  - ${line}\n`);
        entries += 1;
      }
    }
  }
  return { name, text: `owns:\n${owns.join('')}\naccess:\n${access.join('')}`, pairs, entries };
}
