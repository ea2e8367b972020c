import type { Organization } from '../../organization/organization.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { nameOf } from '../../twilio/roles.ts';
import { isSid } from '../../twilio/sids.ts';
import type { Change } from '../plan/change.ts';
import { type Guards, guardError } from './policy.ts';

/**
 * @param scope SID of the organization, where it is known
 * @throws guard where removals leave fewer active admins than the guard keeps, or their number is unknown
 */
export async function checkAdmins(
  organization: Organization,
  scope: string | undefined,
  removals: readonly Change[],
  { admin_role = '', keep_admins }: Pick<Guards, 'admin_role' | 'keep_admins'>,
): Promise<void> {
  const role = await organization.roles.get(admin_role);
  const admins = await activeAdmins(organization, role, scope);
  if (admins.size === 0) {
    throw guardError(
      `No active user has the role ${nameOf(role)} in the organization; the minimum is ${keep_admins}`,
      'Check with `twilio-org role-assignments list --scope org`. If that is correct, add --override-guards',
    );
  }
  const removedAssignments = new Set(
    removals.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment.sid.toLowerCase() : [])),
  );
  const removedUsers = new Set(removals.flatMap((step) => ('user' in step ? step.user.id : [])));
  const remaining = [...admins].filter(
    ([id, sids]) => !removedUsers.has(id) && sids.some((sid) => !removedAssignments.has(sid.toLowerCase())),
  ).length;
  // An organization below its minimum may still remove other things.
  if (remaining === admins.size || remaining >= keep_admins) return;
  throw guardError(
    `This leaves ${pluralize(remaining, 'active user')} with the role ${nameOf(role)}; the minimum is ${keep_admins}`,
    'Give the role to another user first',
  );
}

/** The active users with the role in the whole organization, each with the SIDs of the assignments that give it. */
async function activeAdmins(
  { users, assignments }: Organization,
  role: Parameters<typeof nameOf>[0],
  scope: string | undefined,
): Promise<Map<string, string[]>> {
  const active = new Set((await users.all()).filter((user) => user.active).map(({ id }) => id));
  const admins = new Map<string, string[]>();
  try {
    for (const assignment of await assignments.where({ scope })) {
      const { identity, sid, role_sid, resource_type } = assignment;
      const isAdmin = role_sid === role.sid && isSid('OR', assignment.scope) && !resource_type;
      if (isAdmin && active.has(identity)) admins.set(identity, [...(admins.get(identity) ?? []), sid]);
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 25203) throw error;
    throw guardError(
      `The users with the role ${nameOf(role)} are unknown (${error.message})`,
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  return admins;
}
