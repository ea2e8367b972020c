import { addressKey } from '../../twilio/address.ts';
import { emailProblem } from '../../twilio/email.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { Role } from '../../twilio/roles.ts';
import { canonicalSid, isSid } from '../../twilio/sids.ts';
import type { User } from '../../twilio/users.ts';
import { byIdentity } from '../assignments.ts';
import type { HeldRole } from '../permissions/decide.ts';
import type { RoleIndex } from '../roles.ts';
import type { Separation } from './policy.ts';

/** Facts about an organization, as rules take them. */
export interface LintFacts {
  users: readonly User[];
  assignments: readonly RoleAssignment[];
  roles: RoleIndex;
  /** The name of a scope; undefined where none is known. */
  scopeName(sid: string): string | undefined;
  /** Names or SIDs of the roles that make a user an admin where they cover the whole organization. */
  adminRoles: readonly string[];
  /** The organization's own domains; none where they are not known. */
  domains: readonly string[];
  /** Roles and permissions that no person may have together. */
  separations: readonly Separation[];
  assumeInheritance: boolean | undefined;
  /** The active profile, and whether it has guards; undefined without an active profile. */
  profile: { name: string; hasGuards: boolean } | undefined;
  /** True where assignments were read by user, because the organization lists them only with a filter. */
  readByUser: boolean;
}

/** A person who has roles. */
export interface Holder {
  identity: string;
  /** Undefined for an identity that is no managed user. */
  user: User | undefined;
  assignments: readonly RoleAssignment[];
  /** The assignments with their roles. */
  readonly held: readonly HeldRole[];
}

/** An organization that rules look at. */
export interface Subject extends LintFacts {
  /** The assignments of each identity, by SID. */
  held: ReadonlyMap<string, readonly RoleAssignment[]>;
  user(sid: string): User | undefined;
  /** The person's address, or the SID. */
  personName(sid: string): string;
  /** The name of a role for people. */
  roleName(sid: string): string;
  /** A word that stands for the user on a command line: the address where that is plain and no other's, or else the SID. */
  userWord(user: User): string;
  /** The place in a sentence, such as `in EU production`. */
  inScope(sid: string): string;
  /** The roles that make a user an admin. */
  adminRoleList: readonly Role[];
  /** Everybody in `held`. */
  holders: readonly Holder[];
}

export function lintSubject(facts: LintFacts, adminRoleList: readonly Role[]): Subject {
  const people = new Map<string, User>();
  for (const user of facts.users) people.set(canonicalSid(user.id), user);
  let latest: { sid: string; user: User | undefined } | undefined;
  /** A finding asks several times about the same person. */
  function user(sid: string): User | undefined {
    if (latest?.sid !== sid) latest = { sid, user: people.get(canonicalSid(sid)) };
    return latest.user;
  }
  const held = byIdentity(facts.assignments);
  /** The number of users of each address; made where a command needs it. */
  let namesakes: Map<string, number> | undefined;
  function isOnlyOne(userName: string): boolean {
    if (namesakes === undefined) {
      namesakes = new Map();
      for (const each of facts.users) {
        const key = addressKey(each.userName);
        namesakes.set(key, (namesakes.get(key) ?? 0) + 1);
      }
    }
    return namesakes.get(addressKey(userName)) === 1;
  }
  return {
    ...facts,
    adminRoleList,
    held,
    holders: Array.from(
      held,
      ([identity, assignments]) => new HolderOf(identity, people.get(identity), assignments, facts.roles),
    ),
    user,
    personName: (sid) => user(sid)?.userName ?? sid,
    roleName: (sid) => facts.roles.label(sid),
    userWord: ({ id, userName }) => (isPlainAddress(userName) && isOnlyOne(userName) ? userName : id),
    inScope: (sid) => (isSid('OR', sid) ? 'in the organization' : `in ${facts.scopeName(sid) ?? sid}`),
  };
}

/** Its roles are found when a rule asks for them: most rules do not. */
class HolderOf implements Holder {
  readonly identity: string;
  readonly user: User | undefined;
  readonly assignments: readonly RoleAssignment[];
  readonly #roles: RoleIndex;
  #held: readonly HeldRole[] | undefined;

  constructor(
    identity: string,
    user: User | undefined,
    assignments: readonly RoleAssignment[],
    roles: RoleIndex,
  ) {
    this.identity = identity;
    this.user = user;
    this.assignments = assignments;
    this.#roles = roles;
  }

  get held(): readonly HeldRole[] {
    this.#held ??= this.assignments.map((assignment) => {
      return { assignment, role: this.#roles.find(assignment.role_sid) };
    });
    return this.#held;
  }
}

/** A plain address, which needs no quotes on a command line. */
function isPlainAddress(userName: string): boolean {
  return /^[\w.+%][\w.+%-]*@[\w.-]+$/.test(userName) && emailProblem(userName) === undefined;
}

/** The command that removes these assignments. */
export function removalOf(assignments: readonly Pick<RoleAssignment, 'sid'>[]): string {
  return ['twilio-org role-assignments delete', ...assignments.map(({ sid }) => sid)].join(' ');
}
