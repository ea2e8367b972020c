import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';

/**
 * The value as T, when it is an object whose named members are all texts, and those of `optional` texts, null or not
 * there; else the answer is not what it should be.
 */
export function parseStringFields<T>(
  what: string,
  value: unknown,
  members: readonly string[],
  optional: readonly string[] = [],
): T {
  if (!isObject(value)) throw notUsable(`something else than ${what}`);
  const wrong =
    members.find((member) => typeof value[member] !== 'string') ??
    optional.find((member) => typeof (value[member] ?? '') !== 'string');
  if (wrong !== undefined) throw invalidResponse(what, wrong);
  return value as T;
}

/** A SID as part of a path. One that is none, wherever it came from, must not lead to another resource. */
export function pathSegment(what: string, sid: string): string {
  if (!/^\w+$/.test(sid)) throw invalidResponse(what, 'SID');
  return sid;
}

/** The same text in any case; SIDs and user names are written in either. */
export function equalsIgnoreCase(one: string, other: unknown): boolean {
  return typeof other === 'string' && one.toLowerCase() === other.toLowerCase();
}

export function invalidResponse(what: string, member: string): AppError {
  return notUsable(`${what} without a usable "${member}"`);
}

function notUsable(what: string): AppError {
  return new AppError('failure', `Twilio's answer holds ${what}`, {
    hint: 'Nothing was done with it. If it persists, report it with the output of --debug',
  });
}
