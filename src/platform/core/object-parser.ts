import { isObject } from './json.ts';

/** Parses a JSON object while its bytes arrive. */
export interface ObjectParser {
  /** @throws SyntaxError */
  push(bytes: Uint8Array): void;
  /**
   * The object, after its last byte; undefined for another value.
   *
   * @throws SyntaxError
   */
  end(): unknown;
}

/** The elements of one list. */
type Elements = {
  /** The name of the list among the members. */
  member: string;
} & (
  | {
      /** Takes each element, so that the object has none. */
      take(element: unknown): void;
    }
  | {
      /** Replaces each element. */
      map(element: unknown): unknown;
    }
);

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Lists that are members are parsed element by element: the whole as one text would take two to four times the memory of its bytes.
 * The rest is parsed as a whole, with the number of each list as its only element.
 */
export function objectParser(elements?: Elements): ObjectParser {
  const lists: unknown[][] = [];
  let around = '';
  /** Takes an element of the list that is being read. */
  let add: ((element: unknown) => void) | undefined;
  let hasElements = false;
  /** The state after the last byte. */
  let place = { depth: 0, isInString: false, isEscaped: false };
  /** Bytes of earlier chunks that were not taken yet. */
  let earlier: Uint8Array[] = [];
  let isWanted = elements && opening(elements.member);

  /** @param text the text before the elements, with the name of the list */
  function beginList(text: string): void {
    around += `${text}${lists.length}`;
    const list: unknown[] = [];
    lists.push(list);
    hasElements = false;
    add = (element) => list.push(element);
    if (elements === undefined || !isWanted?.test(text)) return;
    if ('map' in elements) {
      add = (element) => list.push(elements.map(element));
      return;
    }
    add = elements.take;
    isWanted = undefined;
  }

  function push(chunk: Uint8Array): void {
    let start = 0;
    const textTo = (end: number): string => {
      const text = decoded([...earlier, chunk.subarray(start, end)]);
      earlier = [];
      start = end;
      return text;
    };
    // Variables of this function alone, because the loop runs for each byte.
    let { depth, isInString, isEscaped } = place;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) isInString = true;
      else if (byte === comma) {
        if (add === undefined || depth !== 2) continue;
        add(JSON.parse(textTo(at)));
        hasElements = true;
        start = at + 1;
      } else if (byte === openBrace || byte === openBracket) {
        depth += 1;
        if (depth === 2 && byte === openBracket) beginList(textTo(at + 1));
      } else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (add === undefined || depth !== 1) continue;
        const last = textTo(at);
        if (hasElements || !/^[ \t\r\n]*$/.test(last)) add(JSON.parse(last));
        add = undefined;
      }
    }
    place = { depth, isInString, isEscaped };
    if (start < chunk.length) earlier.push(chunk.subarray(start));
  }

  function end(): unknown {
    const whole: unknown = JSON.parse(around + decoded(earlier));
    if (!isObject(whole)) return undefined;
    for (const member of Object.values(whole)) {
      if (!Array.isArray(member)) continue;
      const list = lists[member.pop()] ?? [];
      for (const element of list) member.push(element);
    }
    return whole;
  }

  return { push, end };
}

/** The end of a text that a list with this name follows. */
function opening(member: string): RegExp {
  return new RegExp(`[{,]\\s*${JSON.stringify(member)}\\s*:\\s*\\[$`);
}

function decoded(parts: readonly Uint8Array[]): string {
  const [first] = parts;
  const { buffer, byteOffset, byteLength } = parts.length === 1 && first ? first : Buffer.concat(parts);
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}
