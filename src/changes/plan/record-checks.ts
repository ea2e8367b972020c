import { isObject } from '../../platform/core/json.ts';
import { isSid, type SidPrefix } from '../../twilio/sids.ts';
import { changeable, parseUser, type UserFields } from '../../twilio/users.ts';

/** A run or a saved plan has an invalid form. The message is worded to follow the name of the file. */
export class PlanFormatError extends Error {}

/** An object of a file, before its members are checked. */
export type Members = Record<string, unknown>;

export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === 'string';

export const isTextOrNull: Check = (value) => value === null || isText(value);

export const isFlag: Check = (value) => typeof value === 'boolean';

export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

export const isTexts: Check = (value) => isObject(value) && Object.values(value).every(isText);

export function isOneOf(...words: string[]): Check {
  return (value) => words.includes(value as string);
}

export function isList(isEach: Check): Check {
  return (value) => Array.isArray(value) && value.every(isEach);
}

export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** @throws PlanFormatError that names the first invalid member */
export function checkMembers(
  value: unknown,
  what: string,
  form: Record<string, Check>,
): asserts value is Members {
  const wrong = isObject(value)
    ? Object.entries(form).find(([name, check]) => !check(value[name]))
    : (['everything'] as const);
  if (wrong !== undefined) throw new PlanFormatError(`"${wrong[0]}" of ${what} is missing or invalid`);
}

const fields: Record<keyof UserFields, Check> = {
  email: optional((email) => isText(email) && /^[^\s@]+@[^\s@]+$/.test(email as string)),
  givenName: optional(isTextOrNull),
  familyName: optional(isTextOrNull),
  displayName: optional(isTextOrNull),
  externalId: optional(isTextOrNull),
  locale: optional(isTextOrNull),
  timezone: optional(isTextOrNull),
  active: optional(isFlag),
};

/** Refuses unknown fields: guards see only the known ones when they judge what a change removes. */
export function checkUserFields(value: unknown, what: string): void {
  checkMembers(value, what, fields);
  const other = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (other !== undefined) throw new PlanFormatError(`"${other}" is not a field of ${what}`);
}

export function checkUser(value: unknown): void {
  try {
    checkSid('US', changeable(parseUser(value)).id);
  } catch {
    throw new PlanFormatError('a user has an invalid form');
  }
}

export function checkSid(prefix: SidPrefix, value: unknown): void {
  if (typeof value !== 'string' || !isSid(prefix, value))
    throw new PlanFormatError(`a SID (${prefix}…) is missing or invalid`);
}

export const resourceMembers = { resource_type: optional(isTextOrNull), resource_id: optional(isTextOrNull) };
