import type { ApiReader, Mutation } from '../../twilio/mutation.ts';
import type { Change, ChangeOf, ChangeStatus, Sent } from './change.ts';
import type { ChangeKind } from './kinds/change-kind.ts';
import { createAssignment } from './kinds/create-assignment.ts';
import { createUser } from './kinds/create-user.ts';
import { deleteAssignment } from './kinds/delete-assignment.ts';
import { deleteUser } from './kinds/delete-user.ts';
import { sendRequest } from './kinds/send-request.ts';
import { updateUser } from './kinds/update-user.ts';

/** The only list of the kinds of change. A new kind is a member of {@link Change}, a file in `kinds/` and a line here. */
const kinds: { [K in Change['do']]: ChangeKind<ChangeOf<K>> } = {
  'create-user': createUser,
  'update-user': updateUser,
  'delete-user': deleteUser,
  'create-assignment': createAssignment,
  'delete-assignment': deleteAssignment,
  'send-request': sendRequest,
};

export const changeKinds = Object.keys(kinds) as Change['do'][];

export function isChangeKind(name: unknown): name is Change['do'] {
  return typeof name === 'string' && Object.hasOwn(kinds, name);
}

/** The functions for a change of this kind. */
export function kindOf(change: Pick<Change, 'do'>): ChangeKind {
  return kinds[change.do] as ChangeKind<never> as ChangeKind;
}

/** The mutation that makes a change. @param createdUser SID of the user that an earlier change of the item created */
export function toMutation(change: Change, createdUser: string | undefined): Mutation<Sent> {
  return kindOf(change).toMutation(change, createdUser);
}

/** Reads the current status of a change that may have been sent before, or was planned some time ago. */
export function checkStatus(
  change: Change,
  createdUser: string | undefined,
  api: ApiReader,
): Promise<ChangeStatus> {
  return kindOf(change).checkStatus(change, createdUser, api);
}
