import { isDeepStrictEqual } from 'node:util';
import { referenceKey, type UserReference } from '../../../organization/references.ts';
import type { UserIndex } from '../../../organization/users.ts';
import { equalsIgnoreCase } from '../../../twilio/decode.ts';
import type { ApiReader, Mutation } from '../../../twilio/mutation.ts';
import { resourceInWords } from '../../../twilio/resources.ts';
import type { NewRoleAssignment } from '../../../twilio/role-assignments.ts';
import { fieldLabels, fieldNames, fieldValue, statusInWords } from '../../../twilio/user-fields.ts';
import { type User, type UserFields, versionIn } from '../../../twilio/users.ts';
import type { Change, ChangeResult, ChangeStatus, Sent } from '../change.ts';
import type { ChangeDetail, Inverse, KeyChanges } from './change-kind.ts';

/** Adds the result that a journal keeps to a mutation. */
export function journaled<T>(mutation: Mutation<T>, resultOf: (object: T) => ChangeResult): Mutation<Sent> {
  const sent = (object: T): Sent => ({ made: resultOf(object), object });
  return {
    ...mutation,
    asFound: ({ made, object }) => ({ made: { ...made, found: true }, object }),
    parse: (response) => sent(mutation.parse(response)),
    async verify(api) {
      const seen = await mutation.verify(api);
      return seen.outcome === 'done' ? { outcome: 'done', result: sent(seen.result) } : seen;
    },
  };
}

export function userResult(user: User): ChangeResult {
  const version = versionIn(user);
  return { sid: user.id, ...(version === undefined ? {} : { version }) };
}

/** Reads the status of a change through the verification of its mutation. */
export async function statusByVerifying(
  change: Change,
  mutation: Mutation<Sent>,
  api: ApiReader,
): Promise<ChangeStatus> {
  const seen = await mutation.verify(api);
  if (seen.outcome === 'done') return { is: 'done', ...seen.result };
  return seen.outcome === 'not done' ? { is: 'to do', step: change } : { is: 'superseded', why: seen.why };
}

export function resourceOf(of: Pick<Partial<NewRoleAssignment>, 'resource_type' | 'resource_id'>): string {
  const resource = resourceInWords(of);
  return resource && `, ${resource}`;
}

/** A value of a user's field as people read it. */
export function fieldValueInWords(name: keyof UserFields, value: unknown): string {
  if (value === undefined || value === null || value === '') return 'empty';
  if (name === 'active') return value === true ? 'active' : 'inactive';
  return String(value);
}

/** That a user can sign in from now on, or no longer. */
export function statusDetail(before: boolean | undefined, after: boolean): ChangeDetail {
  const sign = after ? '+' : '-';
  return { sign, what: fieldLabels.active, from: statusInWords(before), to: statusInWords(after) };
}

export function userNames({ id, userName, externalId }: User): [string, unknown][] {
  return [
    ['id', id],
    ['userName', userName],
    ['externalId', externalId],
  ];
}

export function fieldsAsNames({ email, externalId }: UserFields): [string, unknown][] {
  return [
    ['email', email],
    ['externalId', externalId],
  ];
}

/** The address and the external id among fields, which only one user can have. */
export function keysIn({ email, externalId }: UserFields): UserReference[] {
  return [
    ...(email === undefined ? [] : [{ userName: email }]),
    ...(externalId == null || externalId === '' ? [] : [{ externalId }]),
  ];
}

/** The addresses and external ids that an update gives to the user and takes from them. */
export function movedKeys(user: User, fields: UserFields): KeyChanges {
  const { userName: email, externalId } = user;
  const before = keysIn({
    ...(fields.email === undefined ? {} : { email }),
    ...(fields.externalId === undefined ? {} : { externalId: externalId ?? null }),
  });
  const after = keysIn(fields);
  const without = (keys: UserReference[], others: UserReference[]) =>
    keys.filter((key) => others.every((other) => referenceKey(other) !== referenceKey(key)));
  return { claims: without(after, before), releases: without(before, after) };
}

/** Compares the whole user: an update writes the whole user, and an edited file may pair other values with the right version. */
export function userConflicts(user: User, directory: UserIndex): string[] {
  return isDeepStrictEqual(directory.find({ id: user.id }), user) ? [] : [`${user.userName} has changed`];
}

/**
 * The fields whose current value differs from the given one.
 *
 * @param earlier the user before the change. Addresses are compared in any case, unless the change is in the case alone.
 */
export function differingFields(user: User, fields: UserFields, earlier?: User): string[] {
  const isCaseAlone = equalsIgnoreCase(earlier?.userName ?? '', fields.email);
  return fieldNames(fields).filter((name) => {
    if (name === 'email' && !isCaseAlone) return !equalsIgnoreCase(user.userName, fields.email);
    return orUndefined(fieldValue(user, name)) !== orUndefined(fields[name]);
  });
}

/** An empty text equals an absent one. */
function orUndefined(value: string | boolean | null | undefined): string | boolean | undefined {
  return value === '' || value === null ? undefined : value;
}

export function leftAlone(user: User, others: readonly string[]): Inverse {
  return {
    note: `${user.userName} is left alone: ${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} changed since`,
  };
}

export function holderOf({ whose }: { whose?: string }): { whose?: string } {
  return whose === undefined ? {} : { whose };
}
