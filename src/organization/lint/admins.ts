import { onceEach } from '../../platform/core/once.ts';
import { shellQuote } from '../../platform/core/text.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { nameOf } from '../../twilio/roles.ts';
import { coversOrganization } from '../assignments.ts';
import type { Subject } from './subject.ts';

/** The holders of the admin roles. */
export interface Admins {
  /** Active users. */
  active: number;
  /** Identities that are not managed users, of which it is unknown whether they are active. */
  unmanaged: number;
  /** Managed users of whom Twilio does not say it. */
  unsaid: number;
  assignments: RoleAssignment[];
}

/** Two rules ask for them. */
const known = new WeakMap<Subject, Admins>();

export function adminsOf(subject: Subject): Admins {
  const admins = known.get(subject) ?? findAdmins(subject);
  known.set(subject, admins);
  return admins;
}

function findAdmins({ holders, adminRoleList }: Subject): Admins {
  const admins: Admins = { active: 0, unmanaged: 0, unsaid: 0, assignments: [] };
  const isAdminRole = onceEach((role) => adminRoleList.some(({ sid }) => equalsIgnoreCase(sid, role)));
  const isOfAdmin = (one: RoleAssignment) => isAdminRole(one.role_sid) && coversOrganization(one);
  for (const { user, assignments } of holders) {
    const active = user?.active ?? undefined;
    if (active === false || !assignments.some(isOfAdmin)) continue;
    admins.assignments.push(...assignments.filter(isOfAdmin));
    if (active === true) admins.active += 1;
    else if (user === undefined) admins.unmanaged += 1;
    else admins.unsaid += 1;
  }
  return admins;
}

export function adminRolesInWords({ adminRoleList }: Subject): string {
  return [...new Set(adminRoleList.map(nameOf))].join(' or ');
}

/** The first of the admin roles as a word on a command line. */
export function adminRoleWord({ adminRoleList, roles }: Subject): string {
  const name = roles.displayName(adminRoleList[0]?.sid ?? '');
  return shellQuote(name.startsWith('-') ? (adminRoleList[0]?.sid ?? '') : name);
}

export function whyNoAdmins({ adminRoleList, adminRoles }: Subject): string | undefined {
  if (adminRoleList.length > 0) return undefined;
  return `no role is named ${adminRoles.join(' or ')}. Name the role of admins in the file of rules: admin_roles`;
}

/** `, and 3 more may be active: 2 are not managed users, and of 1 Twilio does not say it` */
export function unknownInWords({ unmanaged, unsaid }: Admins): string {
  const reasons = [
    ...(unmanaged === 0
      ? []
      : [`${unmanaged} ${unmanaged === 1 ? 'is not a managed user' : 'are not managed users'}`]),
    ...(unsaid === 0 ? [] : [`of ${unsaid} Twilio does not say it`]),
  ];
  if (reasons.length === 0) return '';
  return `, and ${unmanaged + unsaid} more may be active: ${reasons.join(', and ')}`;
}
