import { promptForRole, promptForScope, promptForUser } from '../../../cli/ask.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { checkAll, throwAll } from '../../../organization/combined-errors.ts';
import type { Organization } from '../../../organization/organization.ts';
import {
  formatUserReference,
  parseRoleReference,
  parseUserReference,
  resolveScope,
  type UserReference,
  userNotFound,
} from '../../../organization/references.ts';
import { requireRole } from '../../../organization/roles.ts';
import { type AppError, usageError } from '../../../platform/core/errors.ts';
import { isNotListable } from '../../../twilio/errors.ts';
import type { NewRoleAssignment, RoleAssignment } from '../../../twilio/role-assignments.ts';
import type { Role } from '../../../twilio/roles.ts';
import { isSid } from '../../../twilio/sids.ts';

/** The flags that name role assignments: every combination of users, roles and scopes. */
export const assignmentFlags = defineFlags({
  user: { value: 'user', summary: 'SID, e-mail address or external:ID', repeats: true },
  role: { value: 'role', summary: 'SID or name', repeats: true },
  scope: { value: 'scope', summary: 'SID of the organization or an account, or org', repeats: true },
  resourceType: {
    value: 'type',
    summary: 'type of the resource to limit the role to, such as billing_group',
  },
  resourceId: { value: 'id', summary: 'id of that resource' },
});

export type AssignmentFlags = FlagsOf<typeof assignmentFlags>;

/** True when the flags name more than one combination. */
export function nameSeveral({ user, role, scope }: AssignmentFlags): boolean {
  return [user, role, scope].some((values) => new Set(values).size > 1);
}

/** Checks what can be checked before anything is asked or sent. */
export async function validateAssignmentFlags(ctx: Context, flags: AssignmentFlags): Promise<void> {
  const { user = [], role = [], scope = [] } = flags;
  const settings = scope.length > 0 ? await ctx.settings() : undefined;
  checkAll([
    ...user.map((text) => () => parseUserReference(text)),
    ...role.map((text) => () => parseRoleReference(text)),
    ...scope.map((text) => () => settings && resolveScope(text, settings)),
  ]);
  if ((flags.resourceType === undefined) !== (flags.resourceId === undefined)) {
    throw usageError(
      '--resource-type and --resource-id go together',
      'Pass both, or neither for the whole scope',
    );
  }
}

/** One role of one user in one place, and what it is called on the command line. */
export interface NamedAssignment {
  assignment: NewRoleAssignment;
  user: string;
  role: string;
  scope: string;
}

interface Named {
  sid: string;
  name: string;
}

/** Every combination that the flags name, each once, asking for what is missing. All that can't be found is one error. */
export async function resolveAssignments(ctx: Context, flags: AssignmentFlags): Promise<NamedAssignment[]> {
  await validateAssignmentFlags(ctx, flags);
  const users = flags.user?.map(parseUserReference) ?? [await promptForUser(ctx, undefined, '--user')];
  const roles = flags.role ?? [await promptForRole(ctx, undefined, '--role')];
  const scopes = await resolveScopes(ctx, flags);
  const faults: AppError[] = [];
  const roleSids = await resolveRoles(ctx, roles, { errors: faults });
  const userSids = await resolveUsers(ctx, users, { errors: faults });
  throwAll(faults);
  const { resourceType: resource_type, resourceId: resource_id } = flags;
  const resource = resource_type === undefined ? {} : { resource_type, resource_id: resource_id ?? null };
  return userSids.flatMap((user) =>
    roleSids.flatMap((role) =>
      scopes.map((scope) => ({
        assignment: { role_sid: role.sid, scope: scope.sid, identity: user.sid, ...resource },
        user: user.name,
        role: role.name,
        scope: scope.name,
      })),
    ),
  );
}

export async function resolveScopes(ctx: Context, flags: Pick<AssignmentFlags, 'scope'>): Promise<Named[]> {
  if (flags.scope === undefined) {
    const sid = await promptForScope(ctx, undefined);
    return [{ sid, name: sid }];
  }
  const settings = await ctx.settings();
  return uniqueBySid(flags.scope.map((name) => ({ sid: resolveScope(name, settings), name })));
}

interface ResolveOptions {
  /** Collects what can't be found, so that all of it is named at once. */
  errors: AppError[];
  /** True when several SIDs are trusted without a lookup, as a single one is: the lookup would need another scope. */
  trusted?: boolean;
}

export async function resolveRoles(
  ctx: Context,
  texts: readonly string[],
  { errors: faults, trusted = texts.length <= 1 }: ResolveOptions,
): Promise<Named[]> {
  const areSids = texts.every((text) => isSid('IX', text));
  const atTheirWord = uniqueBySid(texts.map((text) => ({ sid: text, name: text })));
  if (areSids && trusted) return atTheirWord;
  let all: readonly Role[];
  try {
    all = (await (await ctx.organization()).roles.index()).roles;
  } catch (error) {
    if (!areSids || !isNotListable(error)) throw error;
    ctx.messages.note(`The roles could not be looked up: ${error.hint ?? error.message}`);
    return atTheirWord;
  }
  return uniqueBySid(
    texts.flatMap((name) => orCollectError(faults, () => ({ sid: requireRole(all, name).sid, name }))),
  );
}

/** Several SIDs are looked up in one list of all users, which needs no scope of its own. */
export async function resolveUsers(
  ctx: Context,
  references: readonly UserReference[],
  { errors: faults, trusted = references.length <= 1 }: ResolveOptions,
): Promise<Named[]> {
  const [first] = references;
  const atTheirWord = references.flatMap((one) => ('id' in one ? { sid: one.id, name: one.id } : []));
  const areSids = atTheirWord.length === references.length;
  if (first === undefined || (areSids && trusted)) return uniqueBySid(atTheirWord);
  const organization = await ctx.organization();
  if (references.length === 1) {
    const sid = await organization.users.sidOf(first).catch((error) => collectError(faults, error));
    return sid === undefined ? [] : [{ sid, name: formatUserReference(first) }];
  }
  const unknown = references.filter((one) => !(trusted && 'id' in one));
  try {
    const directory = await organization.users.named(unknown, { whole: !trusted && atTheirWord.length > 0 });
    return uniqueBySid(
      references.flatMap((one): Named[] => {
        if (trusted && 'id' in one) return [{ sid: one.id, name: one.id }];
        const user = directory.find(one);
        if (user === undefined) faults.push(userNotFound(one));
        return user === undefined ? [] : [{ sid: user.id, name: user.userName }];
      }),
    );
  } catch (error) {
    if (!areSids || !isNotListable(error)) throw error;
    ctx.messages.note(`The users could not be looked up: ${error.hint ?? error.message}`);
    return uniqueBySid(atTheirWord);
  }
}

function orCollectError<T>(faults: AppError[], find: () => T): T | [] {
  try {
    return find();
  } catch (error) {
    collectError(faults, error);
    return [];
  }
}

/** Keeps what is wrong with a name; anything else that goes wrong ends the command. */
function collectError(faults: AppError[], error: unknown): undefined {
  const { kind } = error as AppError;
  if (kind !== 'not-found' && kind !== 'conflict') throw error;
  faults.push(error as AppError);
}

/** By SID: the same may be named in several ways. */
function uniqueBySid(named: readonly Named[]): Named[] {
  const key = ({ sid }: Named) => sid.toLowerCase();
  return named.filter((each, index) => named.findIndex((other) => key(other) === key(each)) === index);
}

/** Assignments of the grants' users: for one grant within its scope, for several with as few requests as possible. */
export async function existingAssignments(
  { assignments }: Organization,
  grants: readonly NamedAssignment[],
): Promise<RoleAssignment[]> {
  const [first, ...others] = grants;
  if (first === undefined) return [];
  if (others.length === 0) {
    const { identity, scope } = first.assignment;
    return assignments.where({ identity, scope });
  }
  const identities = new Set(grants.map(({ assignment: grant }) => grant.identity));
  const scopes = new Set(grants.map(({ assignment: grant }) => grant.scope));
  const holdings = await assignments.of([...identities], [...scopes]);
  return [...identities].flatMap((identity) => holdings.of(identity));
}
