/** Splits the elements of one array off a JSON object while the object arrives. */
export interface JsonSplitter {
  /** Takes the next bytes, and returns the texts of the elements that they complete. */
  push(bytes: Uint8Array): string[];
  /** The text of the object with an empty array in place of the elements. */
  rest(): string;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Finds the array under `member` of the outermost object. It only looks for the ends of the elements: a mistake in the JSON shows
 * when the elements and the rest are parsed.
 */
export function splitArray(member: string): JsonSplitter {
  const outside: Buffer[] = [];
  /** Bytes of the element, or of the member's name, that has not ended yet. */
  let pending: Buffer[] = [];
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let isInArray = false;
  let hadArray = false;
  let name = '';
  let isNamed = false;

  function push(bytes: Uint8Array): string[] {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const elements: string[] = [];
    let start = 0;
    const textTo = (end: number): string => {
      const text = Buffer.concat([...pending, chunk.subarray(start, end)]).toString();
      pending = [];
      return text;
    };
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) {
          isInString = false;
          if (depth === 1 && !isInArray) {
            name = textTo(at + 1);
            outside.push(Buffer.from(name));
            start = at + 1;
          }
        }
        continue;
      }
      if (byte === quote) {
        isInString = true;
        if (depth === 1) {
          keep(chunk.subarray(start, at));
          start = at;
        }
      } else if (byte === openArray || byte === openObject) {
        depth += 1;
        if (byte !== openArray || depth !== 2 || !isNamed || hadArray) continue;
        isInArray = true;
        hadArray = true;
        keep(chunk.subarray(start, at + 1));
        start = at + 1;
      } else if (byte === closeArray || byte === closeObject) {
        depth -= 1;
        if (!isInArray || depth !== 1) continue;
        isInArray = false;
        const last = textTo(at);
        // An empty array has no element; after a comma, an empty text is a mistake that parsing finds.
        if (last.trim() !== '' || hadElements) elements.push(last);
        start = at;
      } else if (byte === comma) {
        if (isInArray && depth === 2) {
          hadElements = true;
          elements.push(textTo(at));
          start = at + 1;
        } else if (depth === 1) isNamed = false;
      } else if (byte === colon && depth === 1) isNamed = name === JSON.stringify(member);
    }
    if (isInArray || (isInString && depth === 1)) pending.push(Buffer.from(chunk.subarray(start)));
    else keep(chunk.subarray(start));
    return elements;
  }

  let hadElements = false;
  function keep(bytes: Buffer): void {
    // A copy, because a chunk can be a part of a large buffer.
    if (bytes.length > 0) outside.push(Buffer.from(bytes));
  }

  return { push, rest: () => Buffer.concat([...outside, ...pending]).toString() };
}
