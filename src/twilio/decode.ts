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
  const wrong =
    members.find((member) => typeof value[member] !== 'string') ??
    optional.find((member) => typeof (value[member] ?? '') !== 'string');
  if (wrong !== undefined) throw invalidResponse(what, wrong);
  return value as T;
}

/** A SID as a path segment. An invalid one is refused, because it could lead to another resource. */
export function pathSegment(what: string, sid: string): string {
  if (!/^\w+$/.test(sid)) throw invalidResponse(what, 'SID');
  return sid;
}

/** Compares texts without case, as for SIDs and user names. */
export function equalsIgnoreCase(one: string, other: unknown): boolean {
  return typeof other === 'string' && one.toLowerCase() === other.toLowerCase();
}

export function invalidResponse(what: string, member: string): AppError {
  return notUsable(`${what} without a usable "${member}"`);
}

function notUsable(what: string): AppError {
  return new AppError('failure', `Twilio's response contains ${what}`, {
    hint: 'It was not used. If it persists, report it with the output of --debug',
  });
}
