import { usageError } from '../../platform/core/errors.ts';
import type { Method } from '../../twilio/client.ts';
import type { ApiReader, Mutation } from '../../twilio/mutation.ts';
import {
  type AssignmentRef,
  createAssignmentMutation,
  deleteAssignmentMutation,
} from '../../twilio/role-assignment-mutations.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';
import { fieldNames, fieldValue } from '../../twilio/user-fields.ts';
import {
  createUserMutation,
  deleteUserMutation,
  rereadUser,
  updateUserMutation,
} from '../../twilio/user-mutations.ts';
import {
  applyFields,
  isChangeable,
  type User,
  type UserFields,
  unknownState,
  versionIn,
} from '../../twilio/users.ts';

/** One change to one thing, with all that is needed to send it, to look whether it holds, and to take it back. */
export type Change =
  | { do: 'create-user'; fields: UserFields & { email: string } }
  /** `user` is the user as they were read: the change is sent on condition that this is still their version. */
  | { do: 'update-user'; user: User; fields: UserFields }
  /** SCIM's DELETE, which deactivates. */
  | { do: 'delete-user'; user: User }
  | { do: 'create-assignment'; grant: PlannedGrant; whose?: string }
  /** `whose` is the user name of who has the role, where that is not who the item is about. */
  | { do: 'delete-assignment'; assignment: AssignmentRef; whose?: string }
  /**
   * A write of `api`, of which neither body nor query is kept: they may hold anything. It can't be sent again from a journal
   * nor undone.
   */
  | { do: 'send-request'; method: Exclude<Method, 'GET'>; path: string };
/** A role to be given; `identity` is null for the user that an earlier step of the same item creates. */
export type PlannedGrant = Omit<NewRoleAssignment, 'identity'> & { identity: string | null };

/** What a step left behind: what a later step, a report or an undo needs to know of it. */
export interface ChangeResult {
  /** Of the user or the role assignment. */
  sid?: string;
  /** The user's version after the step. */
  version?: string;
  /** It was there before anything was sent: others have done it. */
  found?: true;
  /** The status of the response, and Twilio's id of the request; of `api` alone. */
  http_status?: number;
  request_id?: string;
}

/** The result of a step: the part that the journal keeps, and the user or role assignment that the API gave back, if any. */
export interface Sent {
  made: ChangeResult;
  object?: unknown;
}

/** How to send a step. @param madeUser the user that an earlier step of the item created */
export function toMutation(step: Change, madeUser: string | undefined): Mutation<Sent> {
  switch (step.do) {
    case 'create-user':
      return sending(createUserMutation(step.fields), madeOfUser);
    case 'update-user':
      return sending(updateUserMutation(step.user, applyFields(step.user, step.fields)), madeOfUser);
    case 'delete-user':
      return sending(deleteUserMutation(step.user), () => ({ sid: step.user.id }));
    case 'create-assignment':
      return sending(createAssignmentMutation(grantOf(step, madeUser)), ({ sid }) => ({ sid }));
    case 'delete-assignment':
      return sending(deleteAssignmentMutation(step.assignment), () => ({ sid: step.assignment.sid }));
    case 'send-request':
      throw notKept(step);
  }
}

export function notKept({ method, path }: { method: string; path: string }) {
  return usageError(
    `${method} ${path} can't be sent again from here: its body and its query are not kept`,
    'Nothing was sent. Look whether it took effect; if not, give the command again: twilio-org api',
  );
}

function grantOf(
  step: Extract<Change, { do: 'create-assignment' }>,
  madeUser: string | undefined,
): NewRoleAssignment {
  const identity = step.grant.identity ?? madeUser;
  if (identity === undefined) throw new Error('A role for a new user comes before the user');
  return { ...step.grant, identity };
}

function madeOfUser(user: User): ChangeResult {
  const version = versionIn(user);
  return { sid: user.id, ...(version === undefined ? {} : { version }) };
}

function sending<T>(write: Mutation<T>, of: (result: T) => ChangeResult): Mutation<Sent> {
  const sent = (object: T): Sent => ({ made: of(object), object });
  return {
    ...write,
    asFound: ({ made, object }) => ({ made: { ...made, found: true }, object }),
    parse: (answer) => sent(write.parse(answer)),
    async verify(api) {
      const seen = await write.verify(api);
      return seen.outcome === 'done' ? { outcome: 'done', result: sent(seen.result) } : seen;
    },
  };
}

/** A step as it stands now, some time after it was planned. */
export type ChangeStatus =
  | ({ is: 'done' } & Sent)
  /** With the step to send, which rests on what is there now. */
  | { is: 'to do'; step: Change }
  /** Others have changed the same thing meanwhile: it is theirs now. */
  | { is: 'overtaken'; why: string };

/** A role that is known by its SID alone: it can be looked for in a list of all, if anywhere, and can't be taken away twice. */
export function isUnverifiable(step: Change): boolean {
  return step.do === 'delete-assignment' && step.assignment.identity === undefined;
}

/** Looks how a step stands that may have been sent before, or was planned a while ago. */
export async function checkStatus(
  step: Change,
  madeUser: string | undefined,
  api: ApiReader,
): Promise<ChangeStatus> {
  if (step.do === 'update-user') {
    const now = await rereadUser(api.send, step.user, applyFields(step.user, step.fields));
    const holds = fieldNames(step.fields).every(
      (name) => fieldValue(now, name) === (step.fields[name] ?? undefined),
    );
    if (holds) return { is: 'done', made: madeOfUser(now), object: now };
    if (!isChangeable(now)) return { is: 'overtaken', why: unknownState(now) };
    const others = fieldNames(step.fields).filter(
      (name) => fieldValue(now, name) !== fieldValue(step.user, name),
    );
    if (others.length === 0) return { is: 'to do', step: { ...step, user: now } };
    return {
      is: 'overtaken',
      why: `somebody else changed ${others.join(', ')} of ${now.userName} meanwhile`,
    };
  }
  const seen = await toMutation(step, madeUser).verify(api);
  if (seen.outcome === 'done') return { is: 'done', ...seen.result };
  return seen.outcome === 'not done' ? { is: 'to do', step } : { is: 'overtaken', why: seen.why };
}
