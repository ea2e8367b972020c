import { similarTo } from '../../platform/core/similar.ts';
import { alternatives } from '../../platform/core/text.ts';
import { addressKey } from '../../twilio/address.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import {
  type DeclaredEntry,
  type DeclaredFile,
  type DeclaredGroup,
  type FileProblem,
  groupNameIn,
  writtenResource,
} from './model.ts';

/** The groups of all files by name. */
export function groupsOf(files: readonly DeclaredFile[]): Map<string, DeclaredGroup> {
  const groups = new Map<string, DeclaredGroup>();
  for (const file of files) {
    for (const [name, group] of file.groups) if (!groups.has(name)) groups.set(name, group);
  }
  return groups;
}

/**
 * The problems between files.
 *
 * @param isComplete false where a file could not be read, so that a group may only seem to be missing
 */
export function checkFiles(
  files: readonly DeclaredFile[],
  { isComplete }: { isComplete: boolean },
): { problems: FileProblem[]; warnings: FileProblem[] } {
  const problems: FileProblem[] = [...checkEverything(files), ...checkGroupNames(files)];
  const groups = groupsOf(files);
  const used = new Set<string>();
  const missing = new Map<string, string>();
  for (const { entries } of files) {
    for (const { who } of entries) {
      const name = groupNameIn(who.value);
      if (name === undefined) continue;
      used.add(name);
      if (groups.has(name) || !isComplete) continue;
      missing.set(name, missing.get(name) ?? adviceOn(name, groups, missing.size));
      problems.push({ at: who, message: `there is no group "${name}"`, advice: missing.get(name) });
    }
  }
  const unused = [...groups.values()].filter(({ name }) => !used.has(name));
  const warnings = unused.map((at) => ({ at, message: `no entry names the group "${at.name}"` }));
  return {
    problems: [...problems, ...repeatedMembers(groups.values()), ...repeatsInWords(files)],
    warnings,
  };
}

/** Names are compared for the first missing groups only: each comparison looks at all groups. */
function adviceOn(name: string, groups: ReadonlyMap<string, DeclaredGroup>, index: number): string {
  const similar = index < maxCompared ? similarTo(name, groups.keys()).map((each) => `"${each}"`) : [];
  return similar.length > 0 ? `Did you mean ${alternatives(similar)}?` : 'Define it under "groups"';
}

const maxCompared = 20;

function checkEverything(files: readonly DeclaredFile[]): FileProblem[] {
  const [first, ...others] = files.flatMap(({ everything }) => everything ?? []);
  return others.map((at) => ({
    at,
    message: `only one file may own everything, and ${first?.file}:${first?.line} does`,
  }));
}

function checkGroupNames(files: readonly DeclaredFile[]): FileProblem[] {
  const first = groupsOf(files);
  return files.flatMap(({ groups }) =>
    [...groups.values()].flatMap((group) => {
      const other = first.get(group.name);
      if (other === undefined || other === group) return [];
      return { at: group, message: `${other.file}:${other.line} defines a group "${group.name}", too` };
    }),
  );
}

function repeatedMembers(groups: Iterable<DeclaredGroup>): FileProblem[] {
  const problems: FileProblem[] = [];
  for (const { name, members } of groups) {
    const lines = new Map<string, number>();
    for (const member of members) {
      const key = whoKey(member.value);
      const line = lines.get(key);
      if (line === undefined) lines.set(key, member.line);
      else
        problems.push({
          at: member,
          message: `${member.value} is in the group "${name}" already, in line ${line}`,
        });
    }
  }
  return problems;
}

/** Equal for texts that mean the same without a look at the organization. */
function whoKey(who: string): string {
  return groupNameIn(who) ?? (who.includes('@') ? addressKey(who) : canonicalSid(who));
}

/** Repeats in the same words, which can be found without a look at the organization. */
function repeatsInWords(files: readonly DeclaredFile[]): FileProblem[] {
  const name = (text: string) => canonicalSid(text).toLowerCase();
  const repeats = new RepeatedEntries();
  for (const { entries } of files) {
    for (const entry of entries) {
      const { who, role, where } = entry;
      const prefix = groupNameIn(who.value) === undefined ? '' : 'group:';
      repeats.add(entry, `${prefix}${whoKey(who.value)}`, `${name(role.value)}\0${name(where.value)}`);
    }
  }
  return repeats.problems();
}

/** Finds entries that give the same access on the same days: which of them counts would be a guess where their ends differ. */
export class RepeatedEntries {
  /** By access, then by person: a key for each pair of the two would take a third of the memory of all entries. */
  readonly #byAccess = new Map<string, Map<string, DeclaredEntry | DeclaredEntry[]>>();

  /** @param access equal for the same role in the same scope */
  add(entry: DeclaredEntry, who: string, access: string): void {
    const key = `${access}\0${entry.resource === undefined ? '' : writtenResource(entry.resource.value)}`;
    const byWho = this.#byAccess.get(key) ?? new Map<string, DeclaredEntry | DeclaredEntry[]>();
    this.#byAccess.set(key, byWho);
    const found = byWho.get(who);
    if (found === undefined) byWho.set(who, entry);
    else if (Array.isArray(found)) found.push(entry);
    else byWho.set(who, [found, entry]);
  }

  problems(): FileProblem[] {
    const problems: FileProblem[] = [];
    for (const byWho of this.#byAccess.values()) {
      for (const found of byWho.values()) if (Array.isArray(found)) problems.push(...overlaps(found));
    }
    return problems;
  }
}

/** A person may have the same access in several periods, but not twice on one day. */
function overlaps(entries: readonly DeclaredEntry[]): FileProblem[] {
  const order = new Map(entries.map((entry, index) => [entry, index]));
  const place = (entry: DeclaredEntry) => order.get(entry) ?? 0;
  const sorted = [...entries].sort((a, b) =>
    firstDay(a) < firstDay(b) ? -1 : firstDay(a) > firstDay(b) ? 1 : place(a) - place(b),
  );
  let [longest] = sorted;
  return sorted.slice(1).flatMap((entry) => {
    const before = longest as DeclaredEntry;
    if (lastDay(entry) > lastDay(before)) longest = entry;
    if (firstDay(entry) > lastDay(before)) return [];
    const [other, at] = place(before) < place(entry) ? [before, entry] : [entry, before];
    const where = other.file === at.file ? `line ${other.line}` : `${other.file}:${other.line}`;
    return { at, message: `${where} gives the same access`, advice: 'Keep one of the two entries' };
  });
}

function firstDay({ from }: DeclaredEntry): string {
  return from?.value ?? '';
}

/** Greater than any day where there is none. */
function lastDay({ until }: DeclaredEntry): string {
  return until?.value ?? '~';
}
