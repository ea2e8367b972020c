import { usageError } from '../../platform/core/errors.ts';
import type { Method } from '../../twilio/client.ts';
import type { AssignmentRef } from '../../twilio/role-assignment-mutations.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';
import type { User, UserFields } from '../../twilio/users.ts';

/**
 * One change to one thing, with everything needed to send it, to verify it and to undo it. This is also its form in plans
 * and journals, so the names stay. Each kind has its file in `kinds/`.
 */
export type Change =
  | { do: 'create-user'; fields: UserFields & { email: string } }
  /** The change is sent on condition that `user`, as read for the plan, is still the current version. */
  | { do: 'update-user'; user: User; fields: UserFields }
  /** SCIM's DELETE, which deactivates. */
  | { do: 'delete-user'; user: User }
  /** `whose` is the user name of the role's holder, where the item is about another user. */
  | { do: 'create-assignment'; grant: PlannedGrant; whose?: string }
  | { do: 'delete-assignment'; assignment: AssignmentRef; whose?: string }
  /** A write of `api`. Its body and query may hold secrets and are not kept, so it can neither be sent again nor undone. */
  | { do: 'send-request'; method: Exclude<Method, 'GET'>; path: string };

export type ChangeOf<K extends Change['do']> = Extract<Change, { do: K }>;

/** A role to give; `identity` is null for the user that an earlier change of the same item creates. */
export type PlannedGrant = Omit<NewRoleAssignment, 'identity'> & { identity: string | null };

/** Facts about a completed change that later changes, reports and undo need. A journal keeps them under these names. */
export interface ChangeResult {
  /** Of the user or the role assignment. */
  sid?: string;
  /** The user's version after the change. */
  version?: string;
  /** The change was made by others before anything was sent. */
  found?: true;
  /** The status of the response, and Twilio's id of the request; of `api` alone. */
  http_status?: number;
  request_id?: string;
}

/** A completed change: its result for the journal, and the user or role assignment that the API returned, if any. */
export interface Sent {
  made: ChangeResult;
  object?: unknown;
}

/** The current status of a change that was planned, or perhaps sent, some time ago. */
export type ChangeStatus =
  | ({ is: 'done' } & Sent)
  /** With the change to send, based on the current state. */
  | { is: 'to do'; step: Change }
  /** The same thing was changed by others since; their change stays. */
  | { is: 'superseded'; why: string };

export function notKept({ method, path }: { method: string; path: string }) {
  return usageError(
    `${method} ${path} can't be sent again from here: its body and its query are not kept`,
    'Nothing was sent. Look whether it took effect; if not, give the command again: twilio-org api',
  );
}
