import type { Command } from 'commander';
import { listRoleAssignments, type RoleAssignment } from '../api/role-assignments.ts';
import { isSid } from '../api/sids.ts';
import { getUser, listUsers, type User } from '../api/users.ts';
import { repeated, wholeNumber } from '../command.ts';
import { readRole } from '../commands/resolve.ts';
import type { GuardSettings } from '../config/check.ts';
import type { Api, Context } from '../context.ts';
import { AppError, usageError } from '../errors.ts';
import type { Step } from './plan.ts';

/** The flags of every command that may take access away. */
export interface GuardFlags {
  maxRemovals?: number;
  maxRemovalFraction?: number;
  protect?: string[];
  keepAdmins?: number;
  adminRole?: string;
  overrideGuards?: boolean;
}

export function withGuardFlags(command: Command): Command {
  return command
    .option('--max-removals <n>', 'refuse to take away more than this at once (20)', wholeNumber)
    .option('--max-removal-fraction <f>', 'refuse to take away a larger part of all, 0 to 1 (0.2)', fraction)
    .option(
      '--protect <pattern>',
      'take nothing away from users with such an e-mail address or SID',
      repeated,
    )
    .option('--keep-admins <n>', 'leave at least this many active users with the --admin-role', wholeNumber)
    .option('--admin-role <role>', 'the role that --keep-admins is about: SID or name')
    .option('--override-guards', 'do it whatever the guards say');
}

export function fraction(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw usageError(`"${text}" is not a fraction`, 'Give a number from 0 to 1, such as 0.2');
}

/** A slip among a handful of changes is seen before the question; a fraction of a small organization says nothing. */
const handful = 5;

export interface Guards extends GuardSettings {
  max_removals: number;
  max_removal_fraction: number;
  protect: string[];
  keep_admins: number;
}

const usual: Guards = { max_removals: 20, max_removal_fraction: 0.2, protect: [], keep_admins: 0 };

/**
 * The guards that hold: what flags say, or else the profile, or else what is usual. Throws `usage` when a flag would
 * loosen what the profile says.
 */
export function guardsInForce(flags: GuardFlags, kept: GuardSettings = {}): Guards {
  const given: [flag: string, wanted: number | undefined, limit: number | undefined, least: boolean][] = [
    ['--max-removals', flags.maxRemovals, kept.max_removals, false],
    ['--max-removal-fraction', flags.maxRemovalFraction, kept.max_removal_fraction, false],
    ['--keep-admins', flags.keepAdmins, kept.keep_admins, true],
  ];
  for (const [flag, wanted, limit, least] of given) {
    if (wanted === undefined || limit === undefined) continue;
    if (least ? wanted < limit : wanted > limit) throw looser(`${flag} ${wanted}`, `${limit}`);
  }
  if (flags.adminRole !== undefined && kept.admin_role !== undefined && flags.adminRole !== kept.admin_role) {
    throw looser(`--admin-role ${flags.adminRole}`, kept.admin_role);
  }
  const admin_role = flags.adminRole ?? kept.admin_role;
  const guards: Guards = {
    max_removals: flags.maxRemovals ?? kept.max_removals ?? usual.max_removals,
    max_removal_fraction: flags.maxRemovalFraction ?? kept.max_removal_fraction ?? usual.max_removal_fraction,
    protect: [...(kept.protect ?? []), ...(flags.protect ?? [])],
    keep_admins: flags.keepAdmins ?? kept.keep_admins ?? 0,
    ...(admin_role === undefined ? {} : { admin_role }),
  };
  // It would protect nobody, and say nothing of it.
  if (guards.protect.some((pattern) => pattern.trim() === '') || guards.admin_role?.trim() === '') {
    throw usageError('--protect and --admin-role can not be empty', 'Is a variable of your script unset?');
  }
  if (guards.keep_admins > 0 && guards.admin_role === undefined) {
    throw usageError(
      '--keep-admins needs --admin-role',
      'Name the role that makes somebody an admin, such as Admin',
    );
  }
  return guards;
}

function looser(flag: string, limit: string): AppError {
  return usageError(
    `${flag} is looser than the guard of the profile, which is ${limit}`,
    'A flag can only tighten it; --override-guards does without all guards',
  );
}

/** Refuses, before anything is sent that changes something, what takes away more than the guards allow. */
export async function checkGuards(ctx: Context, removals: readonly Step[], flags: GuardFlags): Promise<void> {
  const settings = await ctx.settings();
  const kept = settings.source === 'profile' ? settings.profile?.guards : undefined;
  if (flags.overrideGuards) {
    if (removals.length > 0) ctx.messages.warn('The guards are overridden');
    return;
  }
  const guards = guardsInForce(flags, kept);
  if (removals.length === 0) return;
  if (removals.length > guards.max_removals) {
    throw refused(
      `${removals.length} removals are more than the ${guards.max_removals} that are allowed at once`,
      `If they are meant, pass --max-removals ${removals.length}`,
    );
  }
  const api = await ctx.api();
  if (removals.length > handful) await checkFractions(ctx, api, removals, guards);
  const known = await identified(ctx, api, removals, guards);
  await checkProtected(api, known, guards);
  if (guards.keep_admins > 0) await checkAdmins(ctx, api, known, guards);
}

function refused(message: string, hint: string): AppError {
  return new AppError('guard', `${message}: nothing was changed`, { hint });
}

async function checkFractions(
  ctx: Context,
  api: Api,
  removals: readonly Step[],
  guards: Guards,
): Promise<void> {
  const users = removals.filter((step) => step.do !== 'delete-assignment').length;
  const roles = removals.length - users;
  const limit = guards.max_removal_fraction;
  const check = (count: number, all: number, what: string) => {
    if (count <= handful || count <= all * limit) return;
    const part = Math.ceil((count / Math.max(all, 1)) * 100) / 100;
    throw refused(
      `${count} of ${all} ${what} are a larger part than the ${limit} that is allowed`,
      `If they are meant, pass --max-removal-fraction ${Math.min(part, 1)}`,
    );
  };
  if (users > handful) {
    const all = await listed(ctx, 'users', () => allUsers(api));
    if (all !== undefined) check(users, all.filter(({ active }) => active).length, 'active users');
  }
  if (roles > handful) {
    const all = await allAssignments(ctx, api);
    if (all !== undefined) check(roles, all.length, 'role assignments');
  }
}

async function allUsers(api: Api): Promise<User[]> {
  const users = await listUsers(api.send);
  await api.sawWhole({ users: users.length });
  return users;
}

/** Undefined, with a note, where the login may not list them all. */
async function listed<T>(ctx: Context, what: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AppError) || (error.kind !== 'forbidden' && error.code !== 25203)) throw error;
    ctx.messages.note(`How large a part of all ${what} this is could not be looked up: ${error.message}`);
    return undefined;
  }
}

function allAssignments(ctx: Context, api: Api): Promise<RoleAssignment[] | undefined> {
  return listed(ctx, 'role assignments', async () => {
    const all: RoleAssignment[] = [];
    for await (const assignment of listRoleAssignments(api.send, api.url)) all.push(assignment);
    await api.sawWhole({ assignments: all.length });
    return all;
  });
}

/** Assignments that are named by their SID alone, with whose they are, where a guard wants to know. */
async function identified(
  ctx: Context,
  api: Api,
  removals: readonly Step[],
  guards: Guards,
): Promise<readonly Step[]> {
  const unknown = removals.some(
    (step) => step.do === 'delete-assignment' && step.assignment.identity === undefined,
  );
  if (!unknown || (guards.protect.length === 0 && guards.keep_admins === 0)) return removals;
  const all = new Map((await allAssignments(ctx, api))?.map((assignment) => [assignment.sid, assignment]));
  return removals.map((step) => {
    if (step.do !== 'delete-assignment' || step.assignment.identity !== undefined) return step;
    const assignment = all.get(step.assignment.sid);
    if (assignment !== undefined) return { ...step, assignment };
    throw refused(
      `Whose role ${step.assignment.sid} is can't be told, and a guard protects some users`,
      'Name it by --user, --role and --scope',
    );
  });
}

async function checkProtected(api: Api, removals: readonly Step[], { protect }: Guards): Promise<void> {
  if (protect.length === 0) return;
  const patterns = protect.map((text) => ({ text, matches: matcher(text) }));
  const users = new Map<string, User>();
  for (const step of removals) {
    const user = await whoLoses(api, step, users);
    const pattern = patterns.find(({ matches }) => matches(user.id) || matches(user.userName));
    if (pattern === undefined) continue;
    throw refused(`${user.userName} (${user.id}) is protected (${pattern.text})`, 'Leave them out of it');
  }
}

/** A pattern with `*` and `?`, in any case, for the whole of an e-mail address or a SID. */
function matcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 'i');
  return (text) => expression.test(text);
}

async function whoLoses(api: Api, step: Step, seen: Map<string, User>): Promise<User> {
  if (step.do === 'update-user' || step.do === 'delete-user') return step.user;
  const id = step.do === 'delete-assignment' ? step.assignment.identity : undefined;
  if (id === undefined || !isSid('US', id)) throw new Error('Nobody loses anything by this step');
  const user = seen.get(id) ?? (await getUser(api.send, id));
  seen.set(id, user);
  return user;
}

async function checkAdmins(ctx: Context, api: Api, removals: readonly Step[], guards: Guards): Promise<void> {
  const { admin_role = '', keep_admins } = guards;
  const { sid: role, friendly_name } = await readRole(api, admin_role);
  const { organizationSid: scope } = await ctx.settings();
  const active = new Set((await allUsers(api)).filter((user) => user.active).map(({ id }) => id));
  const held = new Map<string, string[]>();
  for await (const { identity, sid, ...found } of listRoleAssignments(api.send, api.url, { scope })) {
    const isAdmin = found.role_sid === role && isSid('OR', found.scope) && !found.resource_type;
    if (isAdmin && active.has(identity)) held.set(identity, [...(held.get(identity) ?? []), sid]);
  }
  const gone = new Set(
    removals.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment.sid : [])),
  );
  const out = new Set(removals.flatMap((step) => ('user' in step ? step.user.id : [])));
  const left = [...held].filter(([id, sids]) => !out.has(id) && sids.some((sid) => !gone.has(sid)));
  if (left.length === held.size || left.length >= keep_admins) return;
  throw refused(
    `${left.length} active users would be left with the role ${friendly_name}, and ${keep_admins} have to be`,
    'Give the role to somebody else first',
  );
}
