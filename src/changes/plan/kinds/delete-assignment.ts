import { deleteAssignmentMutation } from '../../../twilio/role-assignment-mutations.ts';
import { grantsEqual } from '../../../twilio/role-assignments.ts';
import type { ChangeOf } from '../change.ts';
import { checkMembers, checkSid, isText, optional, resourceMembers } from '../record-checks.ts';
import type { ChangeKind } from './change-kind.ts';
import { holderOf, journaled, resourceOf, statusByVerifying } from './shared.ts';

export const deleteAssignment: ChangeKind<ChangeOf<'delete-assignment'>> = {
  toMutation: ({ assignment }) =>
    journaled(deleteAssignmentMutation(assignment), () => ({ sid: assignment.sid })),
  checkStatus: (change, createdUser, api) =>
    statusByVerifying(change, deleteAssignment.toMutation(change, createdUser), api),
  // With the SID alone, at most a list of all assignments could show it.
  isVerifiable: ({ assignment }) => assignment.identity !== undefined,
  describe({ assignment, whose }, label) {
    const { sid, role_sid, scope = '' } = assignment;
    if (role_sid === undefined) return `take away ${sid}`;
    const from = whose === undefined ? 'take away' : `take from ${whose}`;
    return `${from} role ${label(role_sid)} in ${label(scope)}${resourceOf(assignment)} (${sid})`;
  },
  details({ assignment }, label) {
    const { sid, role_sid, scope = '' } = assignment;
    const from =
      role_sid === undefined ? sid : `${label(role_sid)} in ${label(scope)}${resourceOf(assignment)}`;
    return [{ sign: '-', what: 'Role', from }];
  },
  user: ({ assignment: { identity } }) => (identity == null ? undefined : { id: identity }),
  assignment: ({ assignment }) => assignment,
  names: ({ assignment }) => [
    ['sid', assignment.sid],
    ['id', assignment.identity],
  ],
  conflicts({ assignment }, { holdings }) {
    const { sid, identity } = assignment;
    if (identity === undefined) return [];
    const held = holdings.of(identity).find((candidate) => candidate.sid === sid);
    if (held === undefined) return [`${sid} can no longer be found`];
    // The plan shows these facts, and an undo would restore them.
    const planned = { role_sid: '', scope: '', ...assignment, identity };
    return grantsEqual(held, planned) ? [] : [`${sid} differs from the plan`];
  },
  removesAccess: () => true,
  givesAccessTo: () => undefined,
  inverse(change, _made, _createdUser, { holdings }) {
    const { sid, identity, role_sid, scope, resource_type, resource_id } = change.assignment;
    if (identity === undefined || role_sid === undefined || scope === undefined) {
      return { note: `The user, role or scope of ${sid} is unknown, so it can't be given back` };
    }
    const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
    const grant = { role_sid, scope, identity, ...resource };
    const held = holdings.find(grant);
    if (held !== undefined) return { note: `The role of ${sid} was already given again (${held.sid})` };
    return { step: { do: 'create-assignment', grant, ...holderOf(change) } };
  },
  check({ assignment }) {
    const shown = { role_sid: optional(isText), scope: optional(isText), ...resourceMembers };
    checkMembers(assignment, 'a role to take away', shown);
    checkSid('IY', assignment.sid);
    // Its other members can be compared with the current state only through its user.
    if (Object.keys(assignment).length > 1) checkSid('US', assignment.identity);
  },
};
