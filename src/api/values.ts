import { AppError } from '../errors.ts';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as T, when it is an object whose named members are all texts; else the answer is not what it should be. */
export function withTexts<T>(what: string, value: unknown, members: readonly string[]): T {
  const missing = isObject(value)
    ? members.find((member) => typeof value[member] !== 'string')
    : 'everything';
  if (missing !== undefined) throw unexpected(what, missing);
  return value as T;
}

/** A SID as part of a path. One that is none, wherever it came from, must not lead to another resource. */
export function inPath(what: string, sid: string): string {
  if (!/^\w+$/.test(sid)) throw unexpected(what, 'SID');
  return sid;
}

/** The same text in any case; SIDs and user names are written in either. */
export function sameInAnyCase(one: string, other: unknown): boolean {
  return typeof other === 'string' && one.toLowerCase() === other.toLowerCase();
}

export function unexpected(what: string, member: string): AppError {
  return new AppError('failure', `Twilio's answer holds ${what} without a usable "${member}"`, {
    hint: 'Nothing was done with it. If it persists, report it with the output of --debug',
  });
}
