import type { Context } from '../../../cli/context.ts';
import { defineFlags } from '../../../cli/flag-spec.ts';
import { maxConcurrentReads } from '../../../organization/listing-sizes.ts';
import { parseRoleReference } from '../../../organization/references.ts';
import { type RoleIndex, requireRole } from '../../../organization/roles.ts';
import { mapConcurrently } from '../../../platform/core/side-by-side.ts';
import { equalsIgnoreCase } from '../../../twilio/decode.ts';
import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import { canonicalSid, isSid } from '../../../twilio/sids.ts';
import type { User } from '../../../twilio/users.ts';
import { type Assumption, questionFlags } from './question.ts';

/** The flags of questions about many people. */
export const peopleFlags = defineFlags({
  role: { value: 'role', summary: 'only this role: SID or name', repeats: true },
  ...questionFlags,
  active: { summary: 'leave out users who are inactive' },
});

export const exitWhenUndecided = { summary: 'exit with 12 when an answer is undecided' } as const;

interface AskedPeople extends Assumption {
  role?: readonly string[] | undefined;
  active?: boolean | undefined;
}

export interface PeopleReading {
  roles: RoleIndex;
  /** Managed users by canonical SID. */
  people: ReadonlyMap<string, User>;
  /** Without those of inactive users, where the question leaves them out. */
  assignments: readonly RoleAssignment[];
  /** SIDs of the roles that the question names; undefined for any. */
  wantedRoles: ReadonlySet<string> | undefined;
}

/**
 * Reads what a question about many people needs, side by side and each thing once.
 *
 * @param scopes SIDs; undefined for all
 */
export async function readPeople(
  ctx: Context,
  scopes: readonly string[] | undefined,
  { role = [], active, ...assumption }: AskedPeople,
): Promise<PeopleReading> {
  const named = role.map(parseRoleReference);
  const organization = await ctx.organization();
  // Answers show who people are: keeping the rest of 50,000 users takes a tenth of the time of a question.
  organization.users.keepOnlyNames();
  const [roles, users, all] = await Promise.all([
    organization.roles.expanded(),
    organization.users.list(),
    assignmentsIn(ctx, scopes, assumption),
  ]);
  const people = new Map(users.map((user) => [canonicalSid(user.id), user]));
  const isCounted = ({ identity }: RoleAssignment) => people.get(canonicalSid(identity))?.active !== false;
  const assignments = active ? all.filter(isCounted) : all;
  const wantedRoles =
    named.length === 0 ? undefined : new Set(named.map((text) => canonicalSid(askedRole(text, roles, all))));
  return { roles, people, assignments, wantedRoles };
}

/**
 * The role assignments that questions about these scopes need. Roles of the organization may apply in an account, so they are
 * read as well unless that is excluded.
 *
 * @param scopes undefined for all
 */
async function assignmentsIn(
  ctx: Context,
  scopes: readonly string[] | undefined,
  { assumeInheritance }: Assumption,
): Promise<RoleAssignment[]> {
  const { assignments } = await ctx.organization();
  if (scopes === undefined) return assignments.list();
  const wanted = new Set(scopes.map(canonicalSid));
  if (assumeInheritance !== 'no' && scopes.some((scope) => isSid('AC', scope))) {
    const { organizationSid } = await ctx.settings();
    if (organizationSid === undefined) return assignments.list();
    wanted.add(canonicalSid(organizationSid));
  }
  const lists = await mapConcurrently([...wanted], maxConcurrentReads, (scope) =>
    assignments.where({ scope }),
  );
  return lists.flat();
}

/**
 * The SID of a role that a question names. A role that is assigned can be asked about where no list has it.
 *
 * @throws not-found, conflict
 */
function askedRole(text: string, { roles, find }: RoleIndex, assignments: readonly RoleAssignment[]): string {
  const isKnown = find(text) !== undefined;
  const isHeld = !isKnown && assignments.some(({ role_sid }) => equalsIgnoreCase(role_sid, text));
  return isHeld ? text : requireRole(roles, text).sid;
}
