import { isObject } from '../../platform/core/json.ts';
import { ApiError, type ErrorCode } from '../http/errors.ts';
import type { Email, UserAttributes } from './user-store.ts';

/** RFC 7643, section 4.1. */
export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';

/**
 * The attributes in the body of a POST or PUT, or in the result of a PATCH. Unknown members are dropped; `active` defaults to true; an
 * empty name counts as absent. Where Twilio's pages differ on a length, the narrower limit applies.
 * Throws the code of the first invalid attribute.
 */
export function readAttributes(body: Record<string, unknown>): UserAttributes {
  const { active = true, schemas } = body;
  if (schemas !== undefined && !(Array.isArray(schemas) && schemas.includes(userSchema))) {
    throw new ApiError(25006, `schemas must name ${userSchema}`);
  }
  if (typeof active !== 'boolean') throw new ApiError(25006, 'active must be true or false');
  const userName = readText(body.userName, 2, 255, 25005);
  if (userName === undefined) throw new ApiError(25005);
  const externalId = readText(body.externalId, 2, 255, 25004);
  const displayName = readText(body.displayName, 0, 255, 25006, 'displayName');
  const locale = readText(body.locale, 0, 35, 25006, 'locale');
  const timezone = readText(body.timezone, 0, 64, 25006, 'timezone');
  const name = readName(body.name);
  return {
    ...(externalId === undefined ? {} : { externalId }),
    userName,
    ...(displayName === undefined ? {} : { displayName }),
    ...(name === undefined ? {} : { name }),
    emails: readEmails(body.emails),
    active,
    ...(locale === undefined ? {} : { locale }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}

/** The address that the user signs in with. */
export function primaryEmail(emails: readonly Email[]): string | undefined {
  return emails.find(({ primary }) => primary)?.value;
}

function readName(value: unknown): UserAttributes['name'] {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new ApiError(25006, 'name must be an object');
  const givenName = value.givenName === '' ? undefined : readText(value.givenName, 2, 255, 25002);
  const familyName = value.familyName === '' ? undefined : readText(value.familyName, 2, 255, 25003);
  return {
    ...(givenName === undefined ? {} : { givenName }),
    ...(familyName === undefined ? {} : { familyName }),
  };
}

function readEmails(value: unknown): Email[] {
  if (value === undefined || value === null) throw new ApiError(25010);
  if (!Array.isArray(value)) throw new ApiError(25006, 'emails must be an array');
  const emails = value.map(readEmail);
  const [only] = emails;
  // A single address is primary without being marked.
  if (emails.length === 1 && only !== undefined && only.primary === undefined)
    return [{ ...only, primary: true }];
  const primaries = emails.filter(({ primary }) => primary);
  if (primaries.length > 1) throw new ApiError(25011, 'There is more than one primary e-mail');
  if (primaries.length === 0) throw new ApiError(25010);
  return emails;
}

function readEmail(entry: unknown): Email {
  if (!isObject(entry)) throw new ApiError(25006, 'emails must hold objects');
  const { value, primary, type } = entry;
  const valid = typeof value === 'string' && value.length >= 2 && value.length <= 160;
  if (!valid || !/^[^\s@]+@[^\s@]+$/.test(value))
    throw new ApiError(25011, 'An e-mail is missing or invalid');
  if (primary !== undefined && typeof primary !== 'boolean')
    throw new ApiError(25006, 'primary must be true or false');
  const kind = readText(type, 0, 255, 25006, 'type');
  return {
    value,
    ...(primary === undefined ? {} : { primary }),
    ...(kind === undefined ? {} : { type: kind }),
  };
}

function readText(
  value: unknown,
  min: number,
  max: number,
  code: ErrorCode,
  name?: string,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length >= min && value.length <= max) return value;
  throw new ApiError(
    code,
    name === undefined ? undefined : `${name} must be a string of ${min} to ${max} characters`,
  );
}
