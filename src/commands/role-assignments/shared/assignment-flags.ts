import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { askRole, askScope, askUser } from '../../../cli/questions/asks.ts';
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
import { together } from '../../../platform/core/side-by-side.ts';
import { isNotListable } from '../../../twilio/errors.ts';
import type { NewRoleAssignment, RoleAssignment } from '../../../twilio/role-assignments.ts';
import type { Role } from '../../../twilio/roles.ts';
import { isSid } from '../../../twilio/sids.ts';

/** The flags that name role assignments: every combination of users, roles and scopes. */
export const assignmentFlags = defineFlags({
  user: { value: 'user', summary: 'SID, e-mail address or external:ID', repeats: true },
  role: { value: 'role', summary: 'SID or name', repeats: true },
  scope: { value: 'scope', summary: 'SID or name of an account, or org', repeats: true },
  resourceType: {
    value: 'type',
    summary: 'type of the resource to limit the role to, such as billing_group',
  },
  resourceId: { value: 'id', summary: 'id of that resource' },
});

/** The same flags for a command that needs a user, a role and a scope. */
export const neededAssignmentFlags = defineFlags({
  ...assignmentFlags,
  user: { ...assignmentFlags.user, required: true, ask: askUser() },
  role: { ...assignmentFlags.role, required: true, ask: askRole() },
  scope: { ...assignmentFlags.scope, required: true, ask: askScope },
});

export type AssignmentFlags = FlagsOf<typeof assignmentFlags>;

/** True when the flags name more than one combination. */
export function nameSeveral({ user, role, scope }: AssignmentFlags): boolean {
  return [user, role, scope].some((values) => new Set(values).size > 1);
}

/** Checks the flags before a question is asked or a request is sent. */
export async function validateAssignmentFlags(ctx: Context, flags: AssignmentFlags): Promise<void> {
  const { user = [], role = [], scope = [] } = flags;
  const known = scope.length > 0 ? await ctx.scopes() : undefined;
  checkAll([
    ...user.map((text) => () => parseUserReference(text)),
    ...role.map((text) => () => parseRoleReference(text)),
    ...scope.map((text) => () => known && resolveScope(text, known)),
  ]);
  if ((flags.resourceType === undefined) !== (flags.resourceId === undefined)) {
    throw usageError(
      '--resource-type and --resource-id go together',
      'Give both for one resource, or neither for the whole scope',
    );
  }
}

/** A role assignment, with the names that the command line gives its parts. */
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

/**
 * Every combination of the flags, each once.
 *
 * @throws not-found or conflict, as one error for all names
 */
export async function resolveAssignments(ctx: Context, flags: AssignmentFlags): Promise<NamedAssignment[]> {
  await validateAssignmentFlags(ctx, flags);
  const users = (flags.user ?? []).map(parseUserReference);
  const roles = (flags.role ?? []).map(parseRoleReference);
  const scopes = await resolveScopes(ctx, flags);
  const [roleSids, userSids] = sidsIn(
    ctx,
    await together(resolveRoles(ctx, roles), resolveUsers(ctx, users)),
  );
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
  const { scope = [] } = flags;
  const known = await ctx.scopes();
  return uniqueBySid(scope.map((name) => ({ sid: resolveScope(name, known), name })));
}

/** Names that were looked up beside others. */
export interface Resolved {
  named: Named[];
  /** The errors of unknown and ambiguous names, so that one message holds them all. */
  errors?: AppError[];
  /** A note about look-ups that were not possible. */
  note?: string;
}

/**
 * The SIDs of names that were looked up side by side.
 *
 * @throws not-found or conflict, as one error for all names
 */
export function sidsIn<T extends readonly Resolved[]>(
  ctx: Context,
  resolved: T,
): { [K in keyof T]: Named[] } {
  for (const { note } of resolved) if (note !== undefined) ctx.messages.note(note);
  throwAll(resolved.flatMap(({ errors = [] }) => errors));
  return resolved.map(({ named }) => named) as { [K in keyof T]: Named[] };
}

interface ResolveOptions {
  /** True to use SIDs without a look-up, which would need another scope. By default this applies to a single one. */
  trusted?: boolean;
}

interface UserResolveOptions extends ResolveOptions {
  /** True where the command reads a list of all users in any case, so that a look-up is a request more. */
  listed?: boolean;
}

export async function resolveRoles(
  ctx: Context,
  texts: readonly string[],
  { trusted = texts.length <= 1 }: ResolveOptions = {},
): Promise<Resolved> {
  const areSids = texts.every((text) => isSid('IX', text));
  const fromSids = uniqueBySid(texts.map((text) => ({ sid: text, name: text })));
  if (areSids && trusted) return { named: fromSids };
  let all: readonly Role[];
  try {
    all = (await (await ctx.organization()).roles.index()).roles;
  } catch (error) {
    if (!areSids || !isNotListable(error)) throw error;
    const note = `Continuing without looking up the roles: ${error.hint ?? error.message}`;
    return { named: fromSids, note };
  }
  const errors: AppError[] = [];
  const named = texts.flatMap((name) =>
    orCollectError(errors, () => ({ sid: requireRole(all, name).sid, name })),
  );
  return { named: uniqueBySid(named), errors };
}

/** Looks up several SIDs in one list of all users, so that SIDs and e-mail addresses need the same scope. */
export async function resolveUsers(
  ctx: Context,
  references: readonly UserReference[],
  { trusted = references.length <= 1, listed = false }: UserResolveOptions = {},
): Promise<Resolved> {
  const [first] = references;
  const fromSids = references.flatMap((one) => ('id' in one ? { sid: one.id, name: one.id } : []));
  const areSids = fromSids.length === references.length;
  if (first === undefined || (areSids && trusted)) return { named: uniqueBySid(fromSids) };
  const { users } = await ctx.organization();
  const errors: AppError[] = [];
  const asWritten = (one: UserReference): Named[] =>
    trusted && 'id' in one ? [{ sid: one.id, name: one.id }] : [];
  const unknown = references.filter((one) => asWritten(one).length === 0);
  const [only] = unknown;
  if (only !== undefined && unknown.length === 1) {
    const found = listed ? users.sidAmongAll(only) : users.sidOf(only);
    const sid = await found.catch((error) => collectError(errors, error));
    const looked = sid === undefined ? [] : [{ sid, name: formatUserReference(only) }];
    return {
      named: uniqueBySid(references.flatMap((one) => (one === only ? looked : asWritten(one)))),
      errors,
    };
  }
  try {
    const whole = !trusted && fromSids.length > 0;
    const index = await users.named(unknown, { whole, sure: true });
    const named = references.flatMap((one): Named[] => {
      if (trusted && 'id' in one) return asWritten(one);
      const user = index.find(one);
      if (user === undefined) errors.push(userNotFound(one, index.similar?.(one)));
      return user === undefined ? [] : [{ sid: user.id, name: user.userName }];
    });
    return { named: uniqueBySid(named), errors };
  } catch (error) {
    if (!areSids || !isNotListable(error)) throw error;
    const note = `Continuing without looking up the users: ${error.hint ?? error.message}`;
    return { named: uniqueBySid(fromSids), note };
  }
}

function orCollectError<T>(errors: AppError[], find: () => T): T | [] {
  try {
    return find();
  } catch (error) {
    collectError(errors, error);
    return [];
  }
}

/** Collects the error of an unknown or ambiguous name; any other error ends the command. */
function collectError(errors: AppError[], error: unknown): undefined {
  const { kind } = error as AppError;
  if (kind !== 'not-found' && kind !== 'conflict') throw error;
  errors.push(error as AppError);
}

/** Compares SIDs, because the flags may name the same user in several ways. */
function uniqueBySid(named: readonly Named[]): Named[] {
  const key = ({ sid }: Named) => sid.toLowerCase();
  return named.filter((each, index) => named.findIndex((other) => key(other) === key(each)) === index);
}

/** The present assignments of the named users: in its scope for a single one, with as few requests as possible for several. */
export async function existingAssignments(
  { assignments }: Organization,
  named: readonly NamedAssignment[],
): Promise<RoleAssignment[]> {
  const [first, ...others] = named;
  if (first === undefined) return [];
  if (others.length === 0) {
    const { identity, scope } = first.assignment;
    return assignments.where({ identity, scope });
  }
  const identities = new Set(named.map(({ assignment }) => assignment.identity));
  const scopes = new Set(named.map(({ assignment }) => assignment.scope));
  const existing = await assignments.of([...identities], [...scopes]);
  return [...identities].flatMap((identity) => existing.of(identity));
}
