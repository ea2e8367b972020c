import { fieldLabels, fieldNames } from '../../../twilio/user-fields.ts';
import { createUserMutation } from '../../../twilio/user-mutations.ts';
import { fullName, type UserFields } from '../../../twilio/users.ts';
import type { ChangeOf } from '../change.ts';
import { checkMembers, checkUserFields, isText } from '../record-checks.ts';
import type { ChangeKind } from './change-kind.ts';
import {
  differingFields,
  fieldsAsNames,
  fieldValueInWords,
  journaled,
  keysIn,
  leftAlone,
  statusByVerifying,
  userResult,
} from './shared.ts';

export const createUser: ChangeKind<ChangeOf<'create-user'>> = {
  toMutation: ({ fields }) => journaled(createUserMutation(fields), userResult),
  checkStatus: (change, createdUser, api) =>
    statusByVerifying(change, createUser.toMutation(change, createdUser), api),
  isVerifiable: () => true,
  describe: ({ fields }) => `create ${fields.email}`,
  details: ({ fields }) => [{ sign: '+', what: 'New user', to: newUserInWords(fields) }],
  user: ({ fields }) => ({ userName: fields.email }),
  assignment: () => undefined,
  keys: ({ fields }) => ({ claims: keysIn(fields), releases: [] }),
  names: ({ fields }, sid) => [['sid', sid], ...fieldsAsNames(fields)],
  conflicts({ fields: { email } }, { directory }) {
    return directory.find({ userName: email }) === undefined ? [] : [`${email} already exists`];
  },
  removesAccess: () => false,
  givesAccessTo: () => undefined,
  inverse({ fields: { email, ...fields } }, made, _, { directory }) {
    const user = directory.find({ id: made.sid ?? '' });
    if (user === undefined) return { note: `${email} can no longer be found` };
    if (!user.active) return { note: `${email} is no longer active` };
    const others = differingFields(user, { active: true, ...fields });
    if (others.length > 0) return leftAlone(user, others);
    return { step: { do: 'update-user', user, fields: { active: false } } };
  },
  check({ fields }) {
    checkUserFields(fields, 'a user to create');
    checkMembers(fields, 'a user to create', { email: isText });
  },
};

/** The values of a new user in one line, the name and the status first. */
function newUserInWords({ email: _, givenName, familyName, active = true, ...others }: UserFields): string {
  const name = fullName({ name: { givenName: givenName ?? null, familyName: familyName ?? null } });
  const fields = fieldNames(others).map(
    (field) =>
      `${fieldLabels[field].toLowerCase()} ${fieldValueInWords(field, others[field as keyof typeof others])}`,
  );
  const status = fieldValueInWords('active', active);
  return [name ?? 'without a name', status, ...fields, 'Twilio sends a welcome e-mail'].join(', ');
}
