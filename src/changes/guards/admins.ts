import { defaultAdminRoles } from '../../organization/admin-roles.ts';
import { coversOrganization } from '../../organization/assignments.ts';
import type { Organization } from '../../organization/organization.ts';
import type { Log } from '../../platform/core/log.ts';
import { pushTo } from '../../platform/core/push-to.ts';
import { together } from '../../platform/core/side-by-side.ts';
import { pluralize } from '../../platform/core/text.ts';
import { isNotListable, wantsFilter } from '../../twilio/errors.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { isNamed, nameOf, type Role } from '../../twilio/roles.ts';
import type { Change } from '../plan/change.ts';
import { type Guards, guardError } from './policy.ts';

interface AdminGuard extends Pick<Guards, 'admin_role' | 'keep_admins'> {
  /** Advice where too few would be left; the usual one when absent. */
  advice?: string | undefined;
}

/**
 * Checks the minimum of admins that a flag or the profile asks for.
 *
 * @param scope SID of the organization, where it is known
 * @throws guard where removals leave fewer active admins than the guard keeps, or their number is unknown
 */
export async function checkAdmins(
  organization: Organization,
  scope: string | undefined,
  removals: readonly Change[],
  guard: AdminGuard,
): Promise<void> {
  const roles = await adminRoles(organization, guard.admin_role);
  if (roles.length === 0) {
    throw guardError(
      `--keep-admins counts the roles ${defaultAdminRoles.join(' and ')}, and no role has such a name`,
      'Name the role that makes a user an admin with --admin-role',
    );
  }
  const named = `the role ${rolesInWords(roles)}`;
  let admins: Map<string, string[]>;
  try {
    admins = await activeAdmins(organization, roles, scope);
  } catch (error) {
    if (!isNotListable(error)) throw error;
    throw guardError(
      `The users with ${named} are unknown (${error.message})`,
      wantsFilter(error)
        ? 'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…'
        : (error.hint ?? 'Use a login that may list users and role assignments'),
    );
  }
  if (admins.size === 0) {
    throw guardError(
      `No active user has ${named} in the organization; the minimum is ${guard.keep_admins}`,
      'Check with `twilio-org role-assignments list --scope org`. If that is correct, add --override-guards',
    );
  }
  refuseTooFew(admins, removals, guard, roles);
}

/**
 * Keeps the last active admin, where neither a flag nor the profile says anything. It reads only what the removals call for:
 * nothing for roles in accounts, and the list of admins only where one of them is affected. What the login may not read, and
 * an organization without such a role, skip the check with a warning.
 *
 * @throws guard where no active admin would be left
 */
export async function checkLastAdmin(
  organization: Organization,
  scope: string | undefined,
  removals: readonly Change[],
  guard: AdminGuard,
  log: Log,
): Promise<void> {
  try {
    const affected = await organizationRolesLostBy(organization, scope, removals);
    if (affected.length === 0) return;
    const roles = await adminRoles(organization, undefined);
    if (roles.length === 0) {
      log.warn(
        `No role is named ${defaultAdminRoles.join(' or ')}, so it was not checked that an admin remains`,
        'Name the role that makes a user an admin with --admin-role',
      );
      return;
    }
    if (!affected.some(({ role_sid }) => isOneOf(roles, role_sid))) return;
    refuseTooFew(await activeAdmins(organization, roles, scope), removals, guard, roles, '--keep-admins 0');
  } catch (error) {
    if (!isNotListable(error)) throw error;
    const needed = wantsFilter(error)
      ? 'Set TWILIO_ORG_ORGANIZATION_SID'
      : 'The check needs the scopes role-assignments/list, roles/list and managed-users/list';
    log.warn(
      `It was not checked that an active admin remains: ${error.message}`,
      `${needed}. To do without it, add --keep-admins 0`,
    );
  }
}

async function adminRoles({ roles }: Organization, named: string | undefined): Promise<Role[]> {
  if (named !== undefined) return [await roles.get(named)];
  return (await roles.index()).roles.filter((role) => defaultAdminRoles.some((name) => isNamed(role, name)));
}

/** The names of roles, such as `Admin or Organization Admin`. */
function rolesInWords(roles: readonly Role[]): string {
  return [...new Set(roles.map(nameOf))].join(' or ');
}

function isOneOf(roles: readonly Role[], sid: string): boolean {
  return roles.some((role) => role.sid === sid);
}

function refuseTooFew(
  admins: ReadonlyMap<string, string[]>,
  removals: readonly Change[],
  { keep_admins, advice = 'Give the role to another user first' }: AdminGuard,
  roles: readonly Role[],
  flag?: string,
): void {
  const [removedUsers, removedAssignments] = [usersIn(removals), assignmentsIn(removals)];
  const remaining = [...admins].filter(
    ([id, sids]) => !removedUsers.has(id) && sids.some((sid) => !removedAssignments.has(sid.toLowerCase())),
  ).length;
  // An organization below its minimum may still remove other things.
  if (remaining === admins.size || remaining >= keep_admins) return;
  const left = remaining === 0 ? 'no active user' : pluralize(remaining, 'active user');
  throw guardError(
    `This leaves ${left} with the role ${rolesInWords(roles)}; the minimum is ${keep_admins}`,
    { hint: advice, ...(flag === undefined ? {} : { flag }) },
  );
}

/** The role assignments on the whole organization that the removals end, or make useless by deactivating their user. */
async function organizationRolesLostBy(
  { assignments, roles }: Organization,
  scope: string | undefined,
  removals: readonly Change[],
): Promise<Pick<RoleAssignment, 'role_sid'>[]> {
  const users = usersIn(removals);
  const lost: RoleAssignment[] = [];
  const unknown = new Set<string>();
  for (const step of removals) {
    if (step.do !== 'delete-assignment') continue;
    const { sid, role_sid, scope, identity } = step.assignment;
    if (role_sid === undefined || scope === undefined || identity === undefined)
      unknown.add(sid.toLowerCase());
    else lost.push({ ...step.assignment, role_sid, scope, identity });
  }
  if (unknown.size > 0) {
    for (const assignment of await assignments.where({ scope })) {
      if (users.has(assignment.identity) || unknown.has(assignment.sid.toLowerCase())) lost.push(assignment);
    }
  } else if (users.size > 0) {
    const held = assignments.inScope(users, scope);
    // Of several users, one probably has a role in the organization, and then the roles are needed as well.
    if (users.size > 1) roles.begin();
    lost.push(...(await held));
  }
  return lost.filter(coversOrganization);
}

function usersIn(removals: readonly Change[]): Set<string> {
  return new Set(removals.flatMap((step) => ('user' in step ? step.user.id : [])));
}

/** The SIDs in lower case: a person may write them in either. */
function assignmentsIn(removals: readonly Change[]): Set<string> {
  return new Set(
    removals.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment.sid.toLowerCase() : [])),
  );
}

/** The active users with one of the roles in the whole organization, each with the SIDs of the assignments that give it. */
async function activeAdmins(
  { users, assignments }: Organization,
  roles: readonly Role[],
  scope: string | undefined,
): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>();
  const [held, all] = await together(assignments.where({ scope }), users.all());
  for (const assignment of held) {
    const { identity, sid, role_sid } = assignment;
    if (!isOneOf(roles, role_sid) || !coversOrganization(assignment)) continue;
    pushTo(holders, identity, sid);
  }
  const active = new Set(all.filter((user) => user.active).map(({ id }) => id));
  return new Map([...holders].filter(([identity]) => active.has(identity)));
}
