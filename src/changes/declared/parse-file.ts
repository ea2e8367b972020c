import type { ParsedNode } from 'yaml';
import { parseRoleReference, parseUserReference } from '../../organization/references.ts';
import { isCalendarDay, timeZoneNamed } from '../../platform/core/calendar.ts';
import { AppError } from '../../platform/core/errors.ts';
import { createEntry } from './entry.ts';
import {
  type AllowedRemovals,
  type DeclaredEntry,
  type DeclaredFile,
  type DeclaredGroup,
  type DeclaredResource,
  groupNameIn,
  groupPrefix,
  type Located,
  type OwnedPairs,
  type Position,
  readResource,
} from './model.ts';
import { located, type YamlReader } from './yaml-reader.ts';

type Node = ParsedNode | null;

/** The keys of each kind of map; the JSON schema has the same. */
export const knownKeys = {
  file: ['timezone', 'owns', 'everything', 'groups', 'access', 'allow_removals'],
  owns: ['scope', 'roles', 'everything'],
  entry: ['who', 'role', 'where', 'resource', 'from', 'until', 'because'],
  allowRemovals: ['count', 'until', 'because'],
} as const;

/**
 * Reads the structure of a file. What has a problem is left out.
 *
 * @param entries those that were read already
 */
export function parseFile(
  reader: YamlReader,
  root: Node,
  path: string,
  entries: DeclaredEntry[] = [],
): DeclaredFile {
  const file: DeclaredFile = {
    path,
    everything: undefined,
    owns: [],
    groups: new Map(),
    entries,
    timezone: undefined,
    allowRemovals: undefined,
  };
  // A file of comments alone declares nothing.
  if (reader.isAbsent(root)) return file;
  const members = reader.record(root, 'the file', knownKeys.file);
  if (members === undefined) return file;
  for (const [name, { key, value }] of members) {
    if (name === 'timezone') file.timezone = parseTimezone(reader, value, key);
    else if (name === 'everything') file.everything = parseEverything(reader, value, key);
    else if (name === 'owns') parseOwns(reader, value, key, file);
    else if (name === 'groups') file.groups = parseGroups(reader, value, key);
    else if (name === 'access') parseEntries(reader, value, key, entries);
    else file.allowRemovals = parseAllowedRemovals(reader, value, key);
  }
  const owns = members.get('owns') ?? members.get('everything');
  const access = members.get('access');
  if (owns !== undefined && access === undefined) {
    // A list that is left out must not remove everybody.
    reader.refuse(
      owns.key,
      'the file owns something, but has no "access"',
      'To say that nobody has access, write access: []',
    );
  } else if (owns === undefined && access !== undefined) {
    reader.refuse(
      access.key,
      'the file has "access", but owns nothing',
      'List the pairs of scope and role that it decides under "owns"',
    );
  }
  return file;
}

function parseTimezone(reader: YamlReader, node: Node, key: Position): Located<string> | undefined {
  const text = reader.text(node, 'timezone', key);
  if (text === undefined) return undefined;
  const name = timeZoneNamed(text.value);
  if (name !== undefined) return located(text, name);
  return reader.refuse(
    text,
    `"${text.value}" is not a time zone`,
    'Give a name such as Europe/Berlin, or UTC',
  );
}

function parseEverything(reader: YamlReader, node: Node, key: Position): Position | undefined {
  if (reader.isTrue(node)) return key;
  return reader.refuse(
    reader.at(node, key),
    '"everything" can only be true',
    'Leave it out to own single pairs',
  );
}

function parseOwns(reader: YamlReader, node: Node, key: Position, file: DeclaredFile): void {
  // `owns: { everything: true }` needs no list.
  const items = reader.isMap(node) ? [node] : reader.list(node, '"owns"', key);
  if (items?.length === 0)
    reader.refuse(key, '"owns" is empty', 'Leave it out, or list pairs of scope and role');
  for (const item of items ?? []) {
    const members = reader.record(item, '"owns"', knownKeys.owns, key);
    if (members === undefined) continue;
    const everything = members.get('everything');
    if (everything !== undefined) {
      if (members.size > 1)
        reader.refuse(everything.key, '"everything" stands alone: it owns each scope and role');
      else file.everything ??= parseEverything(reader, everything.value, everything.key);
      continue;
    }
    const pairs = parsePairs(reader, members, reader.at(item));
    if (pairs !== undefined) file.owns.push(pairs);
  }
}

type Members<K extends string> = Map<K, { key: Position; value: Node }>;

function parsePairs(
  reader: YamlReader,
  members: Members<(typeof knownKeys.owns)[number]>,
  at: Position,
): OwnedPairs | undefined {
  const scope = required(reader, members, 'scope', at);
  const list = members.get('roles');
  if (list === undefined) return reader.refuse(at, '"roles" is missing');
  const items = reader.list(list.value, '"roles"', list.key);
  if (items?.length === 0)
    reader.refuse(list.key, '"roles" is empty', 'List the roles that the file decides');
  const roles = (items ?? []).flatMap((item) => {
    const role = reader.text(item, 'a role', list.key);
    return role !== undefined && isUsable(reader, role, () => parseRoleReference(role.value)) ? [role] : [];
  });
  if (scope === undefined || roles.length === 0) return undefined;
  return { file: at.file, line: at.line, column: at.column, scope, roles };
}

function parseGroups(reader: YamlReader, node: Node, key: Position): Map<string, DeclaredGroup> {
  const groups = new Map<string, DeclaredGroup>();
  for (const [written, { key: at, value }] of reader.members(node, '"groups"', key) ?? []) {
    const name = written.trim();
    if (name === '' || name.startsWith(groupPrefix) || /\p{Cc}/u.test(name)) {
      reader.refuse(at, `"${written}" can't be the name of a group`, 'Give a name such as support');
      continue;
    }
    const members = reader.list(value, `the group "${name}"`, at)?.flatMap((item) => {
      const member = parseWho(reader, reader.text(item, 'a member', at), { mayBeGroup: false });
      return member ?? [];
    });
    if (members !== undefined)
      groups.set(name, { file: at.file, line: at.line, column: at.column, name, members });
  }
  return groups;
}

function parseEntries(reader: YamlReader, node: Node, key: Position, entries: DeclaredEntry[]): void {
  for (const item of reader.list(node, '"access"', key) ?? []) {
    const entry = parseEntry(reader, item);
    if (entry !== undefined) entries.push(entry);
  }
}

/** Reads an item of `access`. Undefined, and problems, where one is wrong. */
export function parseEntry(reader: YamlReader, node: ParsedNode): DeclaredEntry | undefined {
  const members = reader.record(node, 'an entry of "access"', knownKeys.entry);
  if (members === undefined) return undefined;
  const at = reader.at(node);
  const who = parseWho(reader, required(reader, members, 'who', at), { mayBeGroup: true });
  const role = required(reader, members, 'role', at);
  const where = required(reader, members, 'where', at);
  const resource = parseResource(reader, members);
  const from = parseDay(reader, members, 'from');
  const until = parseDay(reader, members, 'until');
  const because = parseReason(reader, members);
  if (from !== undefined && until !== undefined && from.value > until.value)
    reader.refuse(from, `the access begins on ${from.value}, after its last day, ${until.value}`);
  const isRole = role !== undefined && isUsable(reader, role, () => parseRoleReference(role.value));
  if (who === undefined || !isRole || where === undefined) return undefined;
  return createEntry(at, { who, role, where, resource, from, until, because });
}

function required<K extends string>(
  reader: YamlReader,
  members: Members<K>,
  name: K,
  at: Position,
): Located<string> | undefined {
  const member = members.get(name);
  if (member === undefined) return reader.refuse(at, `"${name}" is missing`);
  return reader.text(member.value, `"${name}"`, member.key);
}

function parseWho(
  reader: YamlReader,
  who: Located<string> | undefined,
  { mayBeGroup }: { mayBeGroup: boolean },
): Located<string> | undefined {
  if (who === undefined) return undefined;
  const group = groupNameIn(who.value);
  if (group === undefined) {
    return isUsable(reader, who, () => parseUserReference(who.value), mayBeGroup) ? who : undefined;
  }
  if (!mayBeGroup) return reader.refuse(who, 'a group has no groups as members', 'Name its people');
  if (group === '') return reader.refuse(who, 'the name of the group is missing', 'Write group:NAME');
  return who;
}

function parseResource(reader: YamlReader, members: Members<string>): Located<DeclaredResource> | undefined {
  const member = members.get('resource');
  const text = member && reader.text(member.value, '"resource"', member.key);
  if (text === undefined) return undefined;
  const resource = readResource(text.value);
  if (resource === undefined)
    return reader.refuse(
      text,
      `"${text.value}" is not a resource`,
      'Write its type and id: billing_group/bg_1',
    );
  return located(text, resource);
}

function parseDay(
  reader: YamlReader,
  members: Members<string>,
  name: 'from' | 'until',
): Located<string> | undefined {
  const member = members.get(name);
  const text = member && reader.text(member.value, `"${name}"`, member.key);
  if (text === undefined || isCalendarDay(text.value)) return text;
  return reader.refuse(text, `"${text.value}" is not a day`, 'Write it as YYYY-MM-DD, such as 2027-01-31');
}

/** A reason is one line in plans and reports. */
function parseReason(reader: YamlReader, members: Members<string>): Located<string> | undefined {
  const member = members.get('because');
  const text = member && reader.text(member.value, '"because"', member.key);
  return text && located(text, text.value.replace(/\s+/g, ' '));
}

function parseAllowedRemovals(reader: YamlReader, node: Node, key: Position): AllowedRemovals | undefined {
  const members = reader.record(node, '"allow_removals"', knownKeys.allowRemovals, key);
  if (members === undefined) return undefined;
  for (const name of knownKeys.allowRemovals) {
    if (!members.has(name)) reader.refuse(key, `"${name}" of "allow_removals" is missing`);
  }
  const member = members.get('count');
  const count = member && reader.count(member.value, '"count"', member.key);
  const until = parseDay(reader, members, 'until');
  const because = parseReason(reader, members);
  if (count === undefined || until === undefined || because === undefined) return undefined;
  return { file: key.file, line: key.line, column: key.column, count, until, because };
}

/** Adds the problem that a check throws. @param mayBeGroup true where the name of a group would do as well */
function isUsable(
  reader: YamlReader,
  text: Located<string>,
  check: () => unknown,
  mayBeGroup = false,
): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const advice = mayBeGroup
      ? error.hint?.replace('or external:ID', 'external:ID, or group:NAME')
      : error.hint;
    reader.refuse(text, error.message, advice);
    return false;
  }
}
