import { createAssignmentMutation } from '../../../twilio/role-assignment-mutations.ts';
import type { NewRoleAssignment } from '../../../twilio/role-assignments.ts';
import { isSid } from '../../../twilio/sids.ts';
import type { ChangeOf } from '../change.ts';
import { checkMembers, checkSid, PlanFormatError, resourceMembers } from '../record-checks.ts';
import type { ChangeKind } from './change-kind.ts';
import { holderOf, journaled, resourceOf, statusByVerifying } from './shared.ts';

type CreateAssignment = ChangeOf<'create-assignment'>;

export const createAssignment: ChangeKind<CreateAssignment> = {
  toMutation: (change, createdUser) =>
    journaled(createAssignmentMutation(grantOf(change, createdUser)), ({ sid }) => ({ sid })),
  checkStatus: (change, createdUser, api) =>
    statusByVerifying(change, createAssignment.toMutation(change, createdUser), api),
  isVerifiable: () => true,
  describe({ grant, whose }, label) {
    const to = whose === undefined ? '' : `${whose} `;
    return `give ${to}role ${label(grant.role_sid)} in ${label(grant.scope)}${resourceOf(grant)}`;
  },
  details: ({ grant }, label) => [
    { sign: '+', what: 'Role', to: `${label(grant.role_sid)} in ${label(grant.scope)}${resourceOf(grant)}` },
  ],
  user: ({ grant: { identity } }) => (identity === null ? undefined : { id: identity }),
  assignment: ({ grant }) => grant,
  names: ({ grant }, sid) => [
    ['sid', sid],
    ['id', grant.identity],
  ],
  conflicts({ grant: { identity, ...grant } }, { holdings }) {
    if (identity === null) return [];
    const held = holdings.find({ ...grant, identity });
    return held === undefined ? [] : [`${identity} already has role ${held.role_sid} (${held.sid})`];
  },
  removesAccess: () => false,
  givesAccessTo: ({ grant }) => grant.identity ?? undefined,
  inverse(change, made, createdUser, { holdings, restoredSids }) {
    const identity = change.grant.identity ?? createdUser ?? '';
    const own = made.sid === undefined ? undefined : currentSid(made.sid, restoredSids);
    const held = holdings.of(identity).find(({ sid }) => sid === own);
    if (held !== undefined) {
      return { step: { do: 'delete-assignment', assignment: held, ...holderOf(change) } };
    }
    const other = holdings.find({ ...change.grant, identity });
    const later =
      other === undefined ? '' : `. The same role was given again later, as ${other.sid}, and is left alone`;
    return { note: `${made.sid} was already taken away${later}` };
  },
  check({ grant }, createsUser) {
    checkMembers(grant, 'a role to give', resourceMembers);
    checkSid('IX', grant.role_sid);
    if (grant.identity !== null || !createsUser) checkSid('US', grant.identity);
    if (typeof grant.scope !== 'string' || !(isSid('OR', grant.scope) || isSid('AC', grant.scope))) {
      throw new PlanFormatError('a scope is neither an organization (OR…) nor an account (AC…)');
    }
  },
};

function grantOf({ grant }: CreateAssignment, createdUser: string | undefined): NewRoleAssignment {
  const identity = grant.identity ?? createdUser;
  if (identity === undefined) throw new Error('The role of a new user is planned before the user');
  return { ...grant, identity };
}

/** The last known SID of a role assignment that undos may have restored. */
function currentSid(sid: string, restoredSids: ReadonlyMap<string, string>): string {
  let current = sid;
  // The limit ends a circle, which an edited journal may contain.
  for (let left = restoredSids.size; left > 0; left -= 1) {
    const next = restoredSids.get(current);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}
