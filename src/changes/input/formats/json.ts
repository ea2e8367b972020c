import { isObject } from '../../../platform/core/json.ts';
import { notAnObject, type RawCell, type RawRecord, type Source } from '../row.ts';
import type { InputFormat } from './format.ts';

/** An object for each row: in JSON lines, or in one JSON array. */
export const json: InputFormat = {
  name: 'JSON',
  example: '{"email":"ada@example.com","givenName":"Ada"}\n',
  detect: (head) => /^\s*[{[]/.test(head),
  records: jsonRecords,
};

async function* jsonRecords(source: Source, head: string): AsyncGenerator<RawRecord> {
  const isArray = head.trimStart().startsWith('[');
  const entries = isArray
    ? arrayEntries(source.text())
    : isIndented(head)
      ? [await singleObject(source.text())]
      : textLines(source.text());
  for await (const { line, text } of entries) {
    const value = parsedJson(text);
    const repeated = isObject(value) ? repeatedKey(text, value) : undefined;
    if (repeated !== undefined) yield { line, problem: `the key "${repeated}" stands twice in one object` };
    else if (isObject(value)) yield { line, cells: [...cellsOf(value)] };
    else if (isArray && typeof value === 'string') yield { line, item: value };
    else yield { line, problem: isArray || !isIndented(head) ? notAnObject : notOneObject };
  }
}

const notOneObject =
  'not one JSON object. Give an array of objects, or one object a line: jq -c . makes that of several';

interface Entry {
  line: number;
  text: string;
}

/** An object over several lines: its first line is no value by itself. */
function isIndented(head: string): boolean {
  const [line = '', ...others] = head.trim().split('\n');
  return others.length > 0 && /^\{$|^\{.*[,{[]$/.test(line.trim());
}

/** The whole text as one entry; only the beginning of a text that is too long to be one person. */
async function singleObject(pieces: AsyncIterable<string>): Promise<Entry> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length > 1_000_000) break;
  }
  const blanks = /^\s*/.exec(text)?.[0] ?? '';
  return { line: blanks.split('\n').length, text };
}

async function* textLines(pieces: AsyncIterable<string>): AsyncGenerator<Entry> {
  let line = 0;
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line += 1;
      if (text.trim() !== '') yield { line, text };
    }
  }
  if (rest.trim() !== '') yield { line: line + 1, text: rest };
}

/** The texts between the commas of an array, which is never held whole. Invalid JSON shows when they are parsed. */
async function* arrayEntries(pieces: AsyncIterable<string>): AsyncGenerator<Entry> {
  let [depth, line, begins, count, escapedAt] = [0, 1, 1, 0, -1];
  let quoted = false;
  let entry = '';
  const taken = (): Entry => {
    const blanks = /^\s*/.exec(entry)?.[0] ?? '';
    const found = { line: begins + blanks.split('\n').length - 1, text: entry };
    [entry, begins, count] = ['', line, count + 1];
    return found;
  };
  for await (const piece of pieces) {
    let from = 0;
    for (const { 0: mark, index } of piece.matchAll(/[\\"\n[\]{},]/g)) {
      if (mark === '\n') line += 1;
      if (index === escapedAt) continue;
      if (quoted) {
        if (mark === '\\') escapedAt = index + 1;
        quoted = mark !== '"';
      } else if (mark === '"') quoted = true;
      else if (depth === 0 && mark === '[' && count === 0) [depth, from, begins] = [1, index + 1, line];
      else if (mark === '[' || mark === '{') depth += 1;
      else if (depth > 1 && (mark === ']' || mark === '}')) depth -= 1;
      else if (depth === 1 && (mark === ',' || mark === ']')) {
        entry += piece.slice(from, index);
        from = index + 1;
        if (mark === ']') depth = 0;
        if (mark === ',' || count > 0 || entry.trim() !== '') yield taken();
      }
    }
    entry += piece.slice(from);
    escapedAt -= piece.length;
  }
  // Text after the end of the array, or no end.
  if (entry.trim() !== '' || depth > 0) yield taken();
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first key that an object repeats. Of several values `JSON.parse` keeps the last, which may belong to somebody else. */
function repeatedKey(text: string, value: unknown): string | undefined {
  // No more colons behind quotes than keys: the usual case, without a look at each token.
  if ((text.match(/"\s*:/g)?.length ?? 0) === keysIn(value)) return undefined;
  const open: Set<string>[] = [];
  for (const [token, key] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (key !== undefined) {
      const name: string = JSON.parse(key);
      const keys = open.at(-1);
      if (keys?.has(name)) return name;
      keys?.add(name);
    }
  }
  return undefined;
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.reduce((sum: number, member) => sum + keysIn(member), own);
}

function* cellsOf(value: Record<string, unknown>): Generator<RawCell> {
  for (const [title, member] of flat(value)) {
    if (Array.isArray(member)) {
      const list = JSON.stringify(member);
      yield { title, text: '', notText: 'a list, but one value is expected', list };
      continue;
    }
    // JSON.parse rounds it, which would change an id.
    const isRounded = typeof member === 'number' && Math.abs(member) > Number.MAX_SAFE_INTEGER;
    yield {
      title,
      text: member === null ? '' : String(member),
      ...(isRounded && { problem: 'too large for a number: put it in quotes' }),
    };
  }
}

function* flat(value: Record<string, unknown>, before = ''): Generator<[string, unknown]> {
  for (const [key, member] of Object.entries(value)) {
    if (isObject(member)) yield* flat(member, `${before}${key}.`);
    else yield [`${before}${key}`, member];
  }
}
