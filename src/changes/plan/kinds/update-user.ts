import { fieldLabels, fieldNames, fieldValue } from '../../../twilio/user-fields.ts';
import { rereadUser, updateUserMutation } from '../../../twilio/user-mutations.ts';
import {
  applyFields,
  isChangeable,
  type User,
  type UserFields,
  unknownState,
} from '../../../twilio/users.ts';
import type { ChangeOf } from '../change.ts';
import { checkUser, checkUserFields } from '../record-checks.ts';
import type { ChangeKind } from './change-kind.ts';
import {
  differingFields,
  fieldsAsNames,
  fieldValueInWords,
  journaled,
  leftAlone,
  movedKeys,
  statusDetail,
  userConflicts,
  userNames,
  userResult,
} from './shared.ts';

export const updateUser: ChangeKind<ChangeOf<'update-user'>> = {
  toMutation: ({ user, fields }) =>
    journaled(updateUserMutation(user, applyFields(user, fields)), userResult),
  async checkStatus(change, _, api) {
    const { user, fields } = change;
    const now = await rereadUser(api.send, user, applyFields(user, fields));
    if (differingFields(now, fields, user).length === 0)
      return { is: 'done', made: userResult(now), object: now };
    if (!isChangeable(now)) return { is: 'superseded', why: unknownState(now) };
    const others = fieldNames(fields).filter((name) => fieldValue(now, name) !== fieldValue(user, name));
    if (others.length === 0) return { is: 'to do', step: { ...change, user: now } };
    return {
      is: 'superseded',
      why: `somebody else changed ${others.join(', ')} of ${now.userName} meanwhile`,
    };
  },
  isVerifiable: () => true,
  describe({ user, fields }) {
    const names = fieldNames(fields);
    if (names.join() === 'active') return `${fields.active ? 'activate' : 'deactivate'} ${user.userName}`;
    const values = names.map((name) => `${name} ${JSON.stringify(fields[name])}, was ${was(user, name)}`);
    return `change ${user.userName}: ${values.join('; ')}`;
  },
  details: ({ user, fields }) =>
    fieldNames(fields).map((name) => {
      const before = fieldValue(user, name);
      if (name === 'active') return statusDetail(before as boolean | undefined, fields.active === true);
      return {
        sign: '~',
        what: fieldLabels[name],
        from: fieldValueInWords(name, before),
        to: fieldValueInWords(name, fields[name]),
      };
    }),
  user: ({ user }) => ({ id: user.id }),
  assignment: () => undefined,
  keys: ({ user, fields }) => movedKeys(user, fields),
  names: ({ user, fields }) => [...userNames(user), ...fieldsAsNames(fields)],
  conflicts: ({ user }, { directory }) => userConflicts(user, directory),
  removesAccess: ({ user, fields }) => user.active !== false && fields.active === false,
  givesAccessTo: ({ user, fields }) => (fields.active === true && !user.active ? user.id : undefined),
  inverse({ user: before, fields }, _made, _createdUser, { directory }) {
    const user = directory.find({ id: before.id });
    if (user === undefined) return { note: `${before.userName} can no longer be found` };
    const old: UserFields = Object.fromEntries(
      fieldNames(fields).map((name) => [name, fieldValue(before, name) ?? null]),
    );
    if (differingFields(user, old, { ...user, userName: fields.email ?? user.userName }).length === 0)
      return { note: `${user.userName} already has its earlier values` };
    const others = differingFields(user, fields, before);
    if (others.length > 0) return leftAlone(user, others);
    return { step: { do: 'update-user', user, fields: old } };
  },
  check({ user, fields }) {
    checkUser(user);
    checkUserFields(fields, 'a user to change');
  },
};

function was(user: User, name: keyof UserFields): string {
  const value = fieldValue(user, name);
  return value === undefined ? 'empty' : JSON.stringify(value);
}
