import { deleteUserMutation } from '../../../twilio/user-mutations.ts';
import type { ChangeOf } from '../change.ts';
import { checkUser } from '../record-checks.ts';
import type { ChangeKind } from './change-kind.ts';
import { journaled, statusByVerifying, statusDetail, userConflicts, userNames } from './shared.ts';

/** SCIM's DELETE, which deactivates the user. */
export const deleteUser: ChangeKind<ChangeOf<'delete-user'>> = {
  toMutation: ({ user }) => journaled(deleteUserMutation(user), () => ({ sid: user.id })),
  checkStatus: (change, createdUser, api) =>
    statusByVerifying(change, deleteUser.toMutation(change, createdUser), api),
  isVerifiable: () => true,
  describe: ({ user }) => `deactivate ${user.userName}`,
  details: ({ user }) => [statusDetail(user.active ?? undefined, false)],
  user: ({ user }) => ({ id: user.id }),
  assignment: () => undefined,
  names: ({ user }) => userNames(user),
  conflicts: ({ user }, { directory }) => userConflicts(user, directory),
  removesAccess: ({ user }) => user.active !== false,
  givesAccessTo: () => undefined,
  inverse({ user: before }, _made, _createdUser, { directory }) {
    const user = directory.find({ id: before.id });
    if (user === undefined) return { note: `${before.userName} can no longer be found` };
    if (user.active) return { note: `${user.userName} is already active again` };
    return { step: { do: 'update-user', user, fields: { active: true } } };
  },
  check: ({ user }) => checkUser(user),
};
