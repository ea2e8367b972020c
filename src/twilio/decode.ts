import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';

/**
 * Checks an object of a response: `members` must be texts; members of `optional` may be null or absent.
 *
 * @throws failure that names the first invalid member
 */
export function parseStringFields<T>(
  what: string,
  value: unknown,
  members: readonly string[],
  optional: readonly string[] = [],
): T {
  if (!isObject(value)) throw notUsable(`something other than ${what}`);
  // Loops, because closures for each object of a long list take several times as long.
  for (const member of members) {
    if (typeof value[member] !== 'string') throw invalidResponse(what, member);
  }
  for (const member of optional) {
    if (typeof (value[member] ?? '') !== 'string') throw invalidResponse(what, member);
  }
  return value as T;
}

/** A SID as a path segment. An invalid one is refused, because it could lead to another resource. */
export function pathSegment(what: string, sid: string): string {
  if (!/^\w+$/.test(sid)) throw invalidResponse(what, 'SID');
  return sid;
}

/** Compares texts without case, as for SIDs and user names. */
export function equalsIgnoreCase(one: string, other: unknown): boolean {
  if (one === other) return true;
  if (typeof other !== 'string' || differAtOnce(one, other)) return false;
  return one.toLowerCase() === other.toLowerCase();
}

/** True for texts that an ASCII letter tells apart: most comparisons end here, without a copy of each text in lower case. */
function differAtOnce(one: string, other: string): boolean {
  for (let at = 0; at < one.length && at < other.length; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a >= asciiEnd || b >= asciiEnd) return false;
    if (a !== b && smallAscii(a) !== smallAscii(b)) return true;
  }
  return one.length !== other.length;
}

const asciiEnd = 128;

/** The code of an ASCII character in lower case. */
function smallAscii(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

export function invalidResponse(what: string, member: string): AppError {
  return notUsable(`${what} without a usable "${member}"`);
}

function notUsable(what: string): AppError {
  return new AppError('failure', `Twilio's response contains ${what}`, {
    hint: 'It was not used. If it persists, report it with the output of --debug',
  });
}
