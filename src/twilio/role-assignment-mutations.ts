import { sameInAnyCase } from './decode.ts';
import { notAsAsked, nothing, type Reader, type Write } from './mutation.ts';
import {
  asRoleAssignment,
  createRoleAssignment,
  deleteRoleAssignment,
  listRoleAssignments,
  type NewRoleAssignment,
  type RoleAssignment,
  sameGrant,
} from './role-assignments.ts';

/** What is to be taken away; more than its SID makes looking cheaper, and surer. */
export type DoomedAssignment = Pick<RoleAssignment, 'sid'> & Partial<RoleAssignment>;

export function assignmentsWhere(
  { send, url }: Reader,
  where: { identity?: string | undefined; scope?: string | undefined },
): AsyncIterable<RoleAssignment> {
  const { identity, scope } = where;
  return listRoleAssignments(send, url, { identity, scope });
}

/** Scopes: role-assignments/create; to look, role-assignments/list. */
export function creatingAssignment(grant: NewRoleAssignment): Write<RoleAssignment> {
  return {
    request: createRoleAssignment(grant),
    read: asRoleAssignment,
    refuted(answer) {
      const got = asRoleAssignment(answer);
      if (sameGrant(got, grant)) return undefined;
      const { sid, role_sid, identity, scope, resource_type, resource_id } = got;
      const where = resource_type ? `${scope}, ${resource_type} ${resource_id}` : scope;
      const what = `${sid} gives the role ${role_sid} to ${identity} in ${where}, which was not asked for`;
      return notAsAsked(what, `twilio-org role-assignments list --user ${identity}`);
    },
    async look(api) {
      for await (const assignment of assignmentsWhere(api, grant)) {
        if (sameGrant(assignment, grant)) return { outcome: 'done', result: assignment };
      }
      return { outcome: 'not done' };
    },
    shownBy: `twilio-org role-assignments list --user ${grant.identity} --scope ${grant.scope}`,
  };
}

/** Scopes: role-assignments/delete; to look, role-assignments/list. */
export function deletingAssignment(assignment: DoomedAssignment): Write<void> {
  const { sid, identity, scope } = assignment;
  const known = identity !== undefined && scope !== undefined;
  return {
    request: deleteRoleAssignment(sid),
    read: nothing,
    async look(api) {
      for await (const found of assignmentsWhere(api, { identity, scope })) {
        if (sameInAnyCase(sid, found.sid)) return { outcome: 'not done' };
      }
      if (known) return { outcome: 'done', result: undefined };
      return { outcome: 'unclear', why: `there is no ${sid} now, but perhaps there never was` };
    },
    shownBy: known
      ? `twilio-org role-assignments list --user ${identity} --scope ${scope}`
      : `twilio-org role-assignments list --names, where ${sid} is missing if it happened`,
  };
}
