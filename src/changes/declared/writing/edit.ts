import { parseDeclared } from '../load.ts';
import {
  type DeclaredEntry,
  type DeclaredFile,
  type FileProblem,
  type Position,
  writtenResource,
} from '../model.ts';
import { commentedEntry, type EntryTexts, entryText } from './format.ts';
import { type ListOutline, type OutlineItem, outlineFile } from './outline.ts';

/** The changes to a file. All else stays as it is, to the byte. */
export interface FileEdits {
  /** Entries of the file. */
  remove: readonly DeclaredEntry[];
  /** Members of groups of the file. */
  removeMembers: readonly Position[];
  add: readonly AddedEntry[];
}

export interface AddedEntry {
  entry: EntryTexts;
  /** An entry of the file that the new one belongs behind; default: the last. */
  after?: DeclaredEntry | undefined;
}

/** A replacement of a part of the text. */
interface Splice {
  start: number;
  end: number;
  text: string;
}

/**
 * The text of a file with these edits.
 *
 * @param text without a byte order mark
 * @param file as it was read from the text
 * @throws a bug where the edited text does not mean what it should
 */
export async function editFile(text: string, file: DeclaredFile, edits: FileEdits): Promise<string> {
  const outline = await outlineFile(text, file.path);
  const eol = /\r\n/.test(text) ? '\r\n' : '\n';
  const splices: Splice[] = [];
  if (outline.access !== undefined)
    splices.push(...listSplices(text, outline.access, new Set(edits.remove.map(placeKey)), edits.add, eol));
  const members = new Set(edits.removeMembers.map(placeKey));
  for (const group of outline.groups.values()) splices.push(...listSplices(text, group, members, [], eol));
  const edited = applySplices(text, splices);
  await mustMean(edited, file, edits);
  return edited;
}

function placeKey({ line, column }: Position): string {
  return `${line}:${column}`;
}

function listSplices(
  text: string,
  list: ListOutline,
  gone: ReadonlySet<string>,
  added: readonly AddedEntry[],
  eol: string,
): Splice[] {
  const isGone = (item: OutlineItem) => gone.has(placeKey(item.at));
  const removed = list.items.filter(isGone);
  if (list.isFlow) {
    const kept = list.items.filter((item) => !isGone(item));
    const additions = added.length === 0 ? [] : flowAdditions(text, list, kept.at(-1), added, eol);
    return [...removed.map((item) => flowRemoval(text, item)), ...additions];
  }
  const splices = removed.map((item): Splice => ({ ...linesOf(text, item), text: '' }));
  if (added.length > 0) splices.push(...blockAdditions(text, list, added, eol));
  else if (removed.length > 0 && removed.length === list.items.length)
    splices.push({ start: list.colon, end: list.colon, text: ' []' });
  return splices;
}

function blockAdditions(
  text: string,
  list: ListOutline,
  added: readonly AddedEntry[],
  eol: string,
): Splice[] {
  const items = new Map(list.items.map((item) => [placeKey(item.at), item]));
  const indent = indentOf(text, list);
  const lines = new Map<number, string>();
  for (const { entry, after } of added) {
    const item = (after && items.get(placeKey(after))) ?? list.items.at(-1);
    const end = item === undefined ? lineEnd(text, list.colon) : linesOf(text, item).end;
    lines.set(end, `${lines.get(end) ?? ''}${indent}- ${commentedEntry(entry)}${eol}`);
  }
  return [...lines].map(([end, inserted]) => insertedLines(text, end, inserted, eol));
}

/** Inserts whole lines at the beginning of a line, or at the end of a text whose last line has no end. */
function insertedLines(text: string, at: number, lines: string, eol: string): Splice {
  return { start: at, end: at, text: text[at - 1] === '\n' ? lines : `${eol}${lines}` };
}

/** The blanks before the dashes of a list. */
function indentOf(text: string, { items: [first] }: ListOutline): string {
  if (first === undefined) return '  ';
  const { start } = linesOf(text, first);
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
}

/** The lines of an item of a list in block style, from its dash to the end of its last line. */
function linesOf(text: string, { start, end }: OutlineItem): { start: number; end: number } {
  let line = lineStart(text, start);
  // The dash may stand in a line of its own.
  while (line > 0 && !/^[ \t]*-(\s|$)/.test(text.slice(line, Math.max(start, lineEnd(text, line)))))
    line = lineStart(text, line - 1);
  let last = end;
  while (/\s/.test(text[last - 1] ?? '')) last -= 1;
  return { start: line, end: lineEnd(text, last) };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The beginning of the next line. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** Removes an item of a list in brackets, with one comma, and the whole line where nothing else is in it. */
function flowRemoval(text: string, { start, end }: OutlineItem): Splice {
  // Blanks before a comment are a part of it.
  const after = /^[ \t]*,([ \t]*(?![ \t#]))?/.exec(text.slice(end))?.[0];
  let [from, to] = [start, end + (after?.length ?? 0)];
  if (after === undefined) from -= /,?[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  const line = lineStart(text, from);
  const next = lineEnd(text, to);
  const isAlone = text.slice(line, from).trim() === '' && /^[ \t]*(#.*)?\r?\n?$/.test(text.slice(to, next));
  if (isAlone) [from, to] = [line, next];
  return { start: from, end: to, text: '' };
}

/** @param last the last item that is kept */
function flowAdditions(
  text: string,
  list: ListOutline,
  last: OutlineItem | undefined,
  added: readonly AddedEntry[],
  eol: string,
): Splice[] {
  // Within brackets, a comment would hide what follows.
  const items = added.map(({ entry }) => entryText(entry));
  if (last !== undefined) {
    const indent = text.slice(lineStart(text, last.start), last.start);
    const separator = indent.trim() === '' && indent !== '' ? `,${eol}${indent}` : ', ';
    return [{ start: last.end, end: last.end, text: items.map((item) => separator + item).join('') }];
  }
  const isBlank = /^\[\s*\]$/.test(text.slice(list.start, list.end));
  if (list.isInFlow || !isBlank)
    return [{ start: list.start + 1, end: list.start + 1, text: ` ${items.join(', ')} ` }];
  // An empty list becomes one with a line for each entry.
  const blanks = /[ \t]*$/.exec(text.slice(0, list.start))?.[0].length ?? 0;
  const brackets = { start: list.start - blanks, end: list.end, text: '' };
  const lines = added.map(({ entry }) => `  - ${commentedEntry(entry)}${eol}`).join('');
  return [brackets, insertedLines(text, lineEnd(text, list.end), lines, eol)];
}

/** Applies replacements; those of overlapping parts as one. */
function applySplices(text: string, splices: readonly Splice[]): string {
  const inOrder = splices
    .map((splice, index) => ({ ...splice, index }))
    .sort((a, b) => a.start - b.start || a.end - b.end || a.index - b.index);
  let done = 0;
  let result = '';
  for (const { start, end, text: inserted } of inOrder) {
    result += text.slice(done, Math.max(done, start)) + inserted;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

/** The content of a file without places, each part in its order. */
function contentOf({ owns, everything, groups, timezone, allowRemovals, entries }: DeclaredFile) {
  const rest = {
    owns: owns.map(({ scope, roles }) => [scope.value, roles.map(({ value }) => value)]),
    everything: everything !== undefined,
    timezone: timezone?.value,
    allowRemovals: allowRemovals && [
      allowRemovals.count,
      allowRemovals.until.value,
      allowRemovals.because.value,
    ],
  };
  return { rest: JSON.stringify(rest), groups, entries };
}

function entryKey(entry: DeclaredEntry): string {
  const { who, role, where, resource, from, until, because } = entry;
  return addedKey({
    who: who.value,
    role: role.value,
    where: where.value,
    resource: resource && writtenResource(resource.value),
    from: from?.value,
    until: until?.value,
    because: because?.value,
  });
}

function addedKey({ who, role, where, resource, from, until, because }: EntryTexts): string {
  return JSON.stringify([who, role, where, resource ?? null, from, until, because]);
}

/** Throws where the text means anything but the file with its edits: an edit must never change anything else. */
async function mustMean(text: string, before: DeclaredFile, edits: FileEdits): Promise<void> {
  const problems: FileProblem[] = [];
  const after = await parseDeclared(text, before.path, problems);
  const fail = (what: string) => {
    throw new Error(`The edit of ${before.path} would not be what was meant: ${what}. Nothing was written`);
  };
  const [problem] = problems;
  if (problem !== undefined || after === undefined) return fail(problem?.message ?? 'it cannot be read');
  const [old, now] = [contentOf(before), contentOf(after)];
  if (old.rest !== now.rest) fail('owns');
  const gone = new Set(edits.remove.map(placeKey));
  const members = new Set(edits.removeMembers.map(placeKey));
  const groupsOf = (groups: DeclaredFile['groups'], isGone: (at: Position) => boolean) =>
    JSON.stringify(
      [...groups].map(([name, group]) => [
        name,
        group.members.filter((at) => !isGone(at)).map(({ value }) => value),
      ]),
    );
  if (groupsOf(old.groups, (at) => members.has(placeKey(at))) !== groupsOf(now.groups, () => false))
    fail('groups');
  const added = new Map<string, number>();
  for (const { entry } of edits.add) added.set(addedKey(entry), (added.get(addedKey(entry)) ?? 0) + 1);
  const kept: string[] = [];
  for (const key of now.entries.map(entryKey)) {
    const count = added.get(key) ?? 0;
    if (count > 0) added.set(key, count - 1);
    else kept.push(key);
  }
  const expected = old.entries.filter((entry) => !gone.has(placeKey(entry))).map(entryKey);
  if (expected.length !== old.entries.length - gone.size) fail('an entry to remove is missing');
  if ([...added.values()].some((count) => count > 0) || JSON.stringify(kept) !== JSON.stringify(expected))
    fail('access');
}
