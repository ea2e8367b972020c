import { getBuiltinModule } from 'node:process';
import { isObject } from '../../platform/core/json.ts';
import { type User, versionIn } from '../../twilio/users.ts';

/** What a plan rests on beside its steps: what was read to make it, and is not in them. */
export type Precondition =
  | { user: string; version: string | null }
  /** By its SID, which is gone when somebody takes the role away. */
  | { assignment: string; identity: string; scope: string }
  /** All that a user held: another role is a change as well. */
  | { holder: string; assignments: string[] };
/** The user, as they were read. */
export function userUnchanged(user: User): Precondition {
  return { user: user.id, version: versionOf(user) };
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** That the user holds these roles and no others. */
export function holdsExactly(holder: string, held: readonly { sid: string }[]): Precondition {
  return { holder, assignments: held.map(({ sid }) => sid) };
}

/** Identifies a user's state to detect changes: the version, or without one, a digest of all known fields. */
export function versionOf(user: User): string {
  const version = versionIn(user);
  if (version !== undefined) return version;
  // Loading it takes longer than all the rest of a listing, and hardly anybody needs it.
  const { createHash } = getBuiltinModule('node:crypto');
  return `sha256:${createHash('sha256').update(canonical(user)).digest('hex')}`;
}
