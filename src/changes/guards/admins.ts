import type { Organization } from '../../organization/organization.ts';
import { AppError } from '../../platform/core/errors.ts';
import { nameOf } from '../../twilio/roles.ts';
import { isSid } from '../../twilio/sids.ts';
import type { Change } from '../plan/change.ts';
import { type Guards, guardError } from './policy.ts';

/** @param scope SID of the organization, where it is known */
export async function checkAdmins(
  organization: Organization,
  scope: string | undefined,
  removals: readonly Change[],
  { admin_role = '', keep_admins }: Guards,
): Promise<void> {
  const role = await organization.roles.get(admin_role);
  const friendly_name = nameOf(role);
  const active = new Set((await organization.users.all()).filter((user) => user.active).map(({ id }) => id));
  const held = new Map<string, string[]>();
  try {
    for (const { identity, sid, ...found } of await organization.assignments.where({ scope })) {
      const isAdmin = found.role_sid === role.sid && isSid('OR', found.scope) && !found.resource_type;
      if (isAdmin && active.has(identity)) held.set(identity, [...(held.get(identity) ?? []), sid]);
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 25203) throw error;
    throw guardError(
      `Who would be left with the role ${friendly_name} can't be told (${error.message})`,
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (held.size === 0) {
    throw guardError(
      `No active user was found with the role ${friendly_name} in the organization, and ${keep_admins} have to be left`,
      'Look with `twilio-org role-assignments list --scope org`; if that is as it should be, pass --override-guards',
    );
  }
  const gone = new Set(
    removals.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment.sid.toLowerCase() : [])),
  );
  const out = new Set(removals.flatMap((step) => ('user' in step ? step.user.id : [])));
  const left = [...held].filter(
    ([id, sids]) => !out.has(id) && sids.some((sid) => !gone.has(sid.toLowerCase())),
  );
  if (left.length === held.size || left.length >= keep_admins) return;
  throw guardError(
    `${left.length} active users would be left with the role ${friendly_name}, and ${keep_admins} have to be`,
    'Give the role to somebody else first',
  );
}
