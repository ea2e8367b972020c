import { equalsIgnoreCase } from './decode.ts';
import { type ApiReader, contradictionError, type Mutation, parseNothing } from './mutation.ts';
import { resourceInWords } from './resources.ts';
import {
  createRoleAssignment,
  deleteRoleAssignment,
  grantsEqual,
  listRoleAssignments,
  type NewRoleAssignment,
  parseRoleAssignment,
  type RoleAssignment,
} from './role-assignments.ts';

/** A role assignment to delete. More than its SID makes the verification cheaper and more certain. */
export type AssignmentRef = Pick<RoleAssignment, 'sid'> & Partial<RoleAssignment>;

export function assignmentsWhere(
  { send, url }: ApiReader,
  where: { identity?: string | undefined; scope?: string | undefined },
): AsyncIterable<RoleAssignment> {
  const { identity, scope } = where;
  return listRoleAssignments(send, url, { identity, scope });
}

/** Scopes: role-assignments/create; to verify, role-assignments/list. */
export function createAssignmentMutation(grant: NewRoleAssignment): Mutation<RoleAssignment> {
  return {
    request: createRoleAssignment(grant),
    parse: parseRoleAssignment,
    contradiction(response) {
      const got = parseRoleAssignment(response);
      if (grantsEqual(got, grant)) return undefined;
      const { sid, role_sid, identity, scope } = got;
      const where = [scope, resourceInWords(got)].filter(Boolean).join(', ');
      const what = `${sid} gives the role ${role_sid} to ${identity} in ${where}, which was not asked for`;
      return contradictionError(what, `twilio-org role-assignments list --user ${identity}`);
    },
    async verify(api) {
      for await (const assignment of assignmentsWhere(api, grant)) {
        if (grantsEqual(assignment, grant)) return { outcome: 'done', result: assignment };
      }
      return { outcome: 'not done' };
    },
    inspectCommand: `twilio-org role-assignments list --user ${grant.identity} --scope ${grant.scope}`,
  };
}

/** Scopes: role-assignments/delete; to verify, role-assignments/list. */
export function deleteAssignmentMutation(assignment: AssignmentRef): Mutation<void> {
  const { sid, identity, scope } = assignment;
  const known = identity !== undefined && scope !== undefined;
  return {
    request: deleteRoleAssignment(sid),
    parse: parseNothing,
    async verify(api) {
      for await (const found of assignmentsWhere(api, { identity, scope })) {
        if (equalsIgnoreCase(sid, found.sid)) return { outcome: 'not done' };
      }
      if (known) return { outcome: 'done', result: undefined };
      return { outcome: 'ambiguous', why: `${sid} does not exist now, but it may never have existed` };
    },
    inspectCommand: known
      ? `twilio-org role-assignments list --user ${identity} --scope ${scope}`
      : `twilio-org role-assignments list --names, where ${sid} is missing if it happened`,
  };
}
