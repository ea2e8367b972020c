import { getBuiltinModule } from 'node:process';
import { isObject } from '../../platform/core/json.ts';
import { type User, versionIn } from '../../twilio/users.ts';

/** State that a plan depends on besides its changes. Plan files use these names. */
export type Precondition =
  | { user: string; version: string | null }
  /** A role assignment by SID, which is gone when somebody removes the role. */
  | { assignment: string; identity: string; scope: string }
  /** All role assignments of a user. A further role is a difference too. */
  | { holder: string; assignments: string[] };

/** Requires that the user has not changed since they were read. */
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

/** Requires that the user holds exactly these roles. */
export function holdsExactly(holder: string, held: readonly { sid: string }[]): Precondition {
  return { holder, assignments: held.map(({ sid }) => sid) };
}

/** Identifies a user's state to detect changes: the version, or without one, a digest of all known fields. */
export function versionOf(user: User): string {
  const version = versionIn(user);
  if (version !== undefined) return version;
  // Loaded on demand: it takes longer than the rest of a listing and is rarely needed.
  const { createHash } = getBuiltinModule('node:crypto');
  return `sha256:${createHash('sha256').update(canonical(user)).digest('hex')}`;
}
