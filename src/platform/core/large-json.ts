import { isObject } from './json.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Parses an object whose members are long lists, element by element: the whole as one text would take two to four times the
 * memory of its bytes. Returns undefined for anything else, invalid JSON included, so that `JSON.parse` says what is wrong.
 */
export function parseByElement(chunks: readonly Uint8Array[]): unknown {
  try {
    const lists: unknown[][] = [];
    const whole: unknown = JSON.parse(textAroundLists(chunks, lists));
    if (!isObject(whole)) return undefined;
    for (const member of Object.values(whole)) {
      if (!Array.isArray(member)) continue;
      const list = lists[member.pop()] ?? [];
      for (const element of list) member.push(element);
    }
    return whole;
  } catch {
    return undefined;
  }
}

/**
 * The text of an object in which each list that is a member has its number as the only element.
 *
 * @param lists receives the elements of each
 */
function textAroundLists(chunks: readonly Uint8Array[], lists: unknown[][]): string {
  let around = '';
  let list: unknown[] | undefined;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  /** Bytes of earlier chunks that were not taken yet. */
  let earlier: Uint8Array[] = [];
  for (const chunk of chunks) {
    let start = 0;
    const textTo = (end: number): string => {
      const text = decoded([...earlier, chunk.subarray(start, end)]);
      earlier = [];
      start = end;
      return text;
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) isInString = true;
      else if (byte === comma) {
        if (list === undefined || depth !== 2) continue;
        list.push(JSON.parse(textTo(at)));
        start = at + 1;
      } else if (byte === openBrace || byte === openBracket) {
        depth += 1;
        if (depth !== 2 || byte === openBrace) continue;
        around += `${textTo(at + 1)}${lists.length}`;
        list = [];
        lists.push(list);
      } else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (list === undefined || depth !== 1) continue;
        const last = textTo(at);
        if (list.length > 0 || !/^[ \t\r\n]*$/.test(last)) list.push(JSON.parse(last));
        list = undefined;
      }
    }
    if (start < chunk.length) earlier.push(chunk.subarray(start));
  }
  return around + decoded(earlier);
}

function decoded(parts: readonly Uint8Array[]): string {
  const [first] = parts;
  const { buffer, byteOffset, byteLength } = parts.length === 1 && first ? first : Buffer.concat(parts);
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}
