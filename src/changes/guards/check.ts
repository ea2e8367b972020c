import type { Command } from 'commander';
import { repeatable, wholeNumber } from '../../cli/command.ts';
import type { Api, Context } from '../../cli/context.ts';
import { type GuardSettings, isPattern } from '../../login/config/schema.ts';
import type { Settings } from '../../login/config/settings.ts';
import { readDirectory } from '../../organization/assignments.ts';
import { checkRole, readRole } from '../../organization/references.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { counted } from '../../platform/core/text.ts';
import { listRoleAssignments, type RoleAssignment } from '../../twilio/role-assignments.ts';
import { nameOf } from '../../twilio/roles.ts';
import { isSid } from '../../twilio/sids.ts';
import { listUsers, type User } from '../../twilio/users.ts';
import type { Step } from '../plan/plan.ts';
import { matcher } from './glob.ts';

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
  return withLimitFlags(command).option('--override-guards', 'do it whatever the guards say');
}

/** Those of them that can be kept in a profile. */
export function withLimitFlags(command: Command): Command {
  return command
    .option('--max-removals <n>', 'refuse to take away more than this at once (20)', wholeNumber)
    .option('--max-removal-fraction <f>', 'refuse to take away a larger part of all, 0 to 1 (0.2)', fraction)
    .addOption(
      repeatable(
        '--protect <pattern>',
        'take nothing away from users with such an e-mail address or SID',
        pattern,
      ),
    )
    .option('--keep-admins <n>', 'leave at least this many active users with the --admin-role', wholeNumber)
    .option('--admin-role <role>', 'the role that --keep-admins is about: SID or name', checkRole);
}

export function fraction(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw usageError(`"${text}" is not a fraction`, 'Give a number from 0 to 1, such as 0.2');
}

/** One that matches nobody, such as a variable of the shell that is not set, would protect nobody. */
function pattern(text: string): string {
  if (isPattern(text)) return text;
  throw usageError(
    `"${text}" protects nobody`,
    'Give one e-mail address, which may have * and ? in it, or the SID of a user; the flag may be given several times',
  );
}

/**
 * What is not weighed unless somebody has asked for it: a slip among a handful of changes is seen before the question, and
 * a fraction of a small organization says nothing.
 */
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
  const sameRole = flags.adminRole?.toLowerCase() === kept.admin_role?.toLowerCase();
  if (flags.adminRole !== undefined && kept.admin_role !== undefined && !sameRole) {
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
  const guards = flags.overrideGuards ? undefined : guardsInForce(flags, kept);
  if (removals.length === 0) return;
  if (settings.source !== 'profile') await sayWhichDoNotHold(ctx, settings);
  if (guards === undefined) {
    ctx.messages.warn('The guards are overridden');
    // What is listed now is what later listings are compared with.
    await partsOf(ctx, await listings(ctx), removals);
    return;
  }
  if (removals.length > guards.max_removals) {
    throw refused(
      `${counted(removals.length, 'removal')} ${removals.length === 1 ? 'is' : 'are'} more than the ${guards.max_removals} that ${guards.max_removals === 1 ? 'is' : 'are'} allowed at once`,
      raised('--max-removals', removals.length, kept?.max_removals),
    );
  }
  const lists = await listings(ctx);
  const isWanted = (flags.maxRemovalFraction ?? kept?.max_removal_fraction) !== undefined;
  for (const part of await partsOf(ctx, lists, removals, isWanted)) {
    checkPart(part, guards.max_removal_fraction, kept?.max_removal_fraction);
  }
  await checkProtected(ctx, lists, removals, guards);
  if (guards.keep_admins > 0) await checkAdmins(ctx, lists, removals, guards);
}

/** Credentials from the environment ignore profiles, which somebody who has guards in one may not think of. */
async function sayWhichDoNotHold(ctx: Context, { source, apiUrl, organizationSid }: Settings): Promise<void> {
  const config = await ctx.config().catch((error: unknown) => {
    if (error instanceof AppError) return { profiles: {} };
    throw error;
  });
  for (const [name, profile] of Object.entries(config.profiles)) {
    const others = [profile.organization_sid, organizationSid].filter((sid) => sid !== undefined);
    if (profile.guards === undefined || profile.api_url !== apiUrl || new Set(others).size > 1) continue;
    ctx.messages.warn(
      `The guards of profile ${name} do not hold with credentials from ${source}`,
      'Unset that to use the profile, or give its guards as flags',
    );
  }
}

function refused(message: string, hint: string): AppError {
  return new AppError('guard', `${message}: nothing was changed`, { hint });
}

/** How to go on: a flag can't loosen what the profile says. */
function raised(flag: string, needed: number, kept: number | undefined): string {
  if (kept === undefined || needed <= kept) return `If they are meant, pass ${flag} ${needed}`;
  return "This guard is the profile's: if they are meant, pass --override-guards, or change it with `guards set`";
}

/** All that there is, each read when it is wanted first. */
interface Listings {
  users(): Promise<User[]>;
  assignments(): Promise<RoleAssignment[]>;
}

async function listings(ctx: Context): Promise<Listings> {
  const api = await ctx.api();
  let users: Promise<User[]> | undefined;
  let assignments: Promise<RoleAssignment[]> | undefined;
  return {
    users: () => {
      users ??= listUsers(api.send).then(async (all) => {
        await api.sawWhole({ users: all.length });
        return all;
      });
      return users;
    },
    assignments: () => {
      assignments ??= (async () => {
        const all: RoleAssignment[] = [];
        for await (const assignment of listRoleAssignments(api.send, api.url)) all.push(assignment);
        await api.sawWhole({ assignments: all.length });
        return all;
      })();
      return assignments;
    },
  };
}

/** Whether the login may not see it, or not without a filter (25203). */
export function isHidden(error: unknown): error is AppError {
  return error instanceof AppError && (error.kind === 'forbidden' || error.code === 25203);
}

/** How many there are of what, and how many of them go. */
interface Part {
  count: number;
  all: number;
  what: string;
}

/**
 * Of each kind of which more than a handful goes, or anything where somebody has asked for the limit. What can't be listed is
 * noted, and the number of removals still holds; more than a handful is then refused to who has asked.
 */
async function partsOf(
  ctx: Context,
  lists: Listings,
  removals: readonly Step[],
  isWanted = false,
): Promise<Part[]> {
  const users = removals.filter((step) => step.do !== 'delete-assignment').length;
  const roles = removals.length - users;
  const kinds: [count: number, what: string, list: () => Promise<unknown[]>][] = [
    [users, 'active users', async () => (await lists.users()).filter(({ active }) => active)],
    [roles, 'role assignments', lists.assignments],
  ];
  const parts: Part[] = [];
  for (const [count, what, list] of kinds) {
    if (count <= (isWanted ? 0 : handful)) continue;
    try {
      parts.push({ count, all: (await list()).length, what });
    } catch (error) {
      if (!isHidden(error)) throw error;
      if (isWanted && count > handful) {
        throw refused(
          `How large a part of all ${what} this is can't be told (${error.message}), and a guard limits it`,
          error.kind === 'forbidden' && error.hint !== undefined
            ? error.hint
            : 'If it is meant, pass --override-guards',
        );
      }
      ctx.messages.note(`How large a part of all ${what} this is could not be looked up: ${error.message}`);
    }
  }
  return parts;
}

function checkPart({ count, all, what }: Part, limit: number, kept: number | undefined): void {
  if (count > all) {
    throw refused(
      `The list of ${what} holds ${all}, and ${count} of them are to go`,
      'Something answers wrongly: look with --debug. If the list is true, pass --override-guards',
    );
  }
  // Not by a product, which can be a hair below: 100 * 0.29.
  if (count / all <= limit) return;
  const part = Math.ceil((count / all) * 100) / 100;
  throw refused(
    `${count} of ${all} ${what} ${count === 1 ? 'is' : 'are'} a larger part than the ${limit} that is allowed`,
    raised('--max-removal-fraction', part, kept),
  );
}

async function checkProtected(
  ctx: Context,
  lists: Listings,
  removals: readonly Step[],
  { protect }: Guards,
): Promise<void> {
  if (protect.length === 0) return;
  const losers = await whoLoses(lists, removals);
  const patterns = protect.map((text) => ({ text, matches: matcher(text) }));
  const bySidAlone = protect.every((text) => isSid('US', text.toUpperCase()));
  const names = bySidAlone ? new Map<string, string>() : await namesOf(await ctx.api(), losers);
  for (const [id, given] of losers) {
    const name = given ?? names.get(id);
    const found = patterns.find(({ matches }) => matches(id) || (name !== undefined && matches(name)));
    if (found !== undefined) {
      throw refused(`${name ?? 'The user'} (${id}) is protected (${found.text})`, 'Leave them out of it');
    }
    if (name === undefined && !bySidAlone) {
      throw refused(
        `Who ${id} is can't be told, and a guard protects some users`,
        'Log in with the scope managed-users/read, or protect users by SID',
      );
    }
  }
}

/** The SIDs of those who lose something, with their names where these are known. */
async function whoLoses(
  lists: Listings,
  removals: readonly Step[],
): Promise<Map<string, string | undefined>> {
  const losers = new Map<string, string | undefined>();
  const unknown = new Set<string>();
  for (const step of removals) {
    if ('user' in step) losers.set(step.user.id, step.user.userName);
    else if (step.do === 'delete-assignment') {
      const { sid, identity } = step.assignment;
      if (identity === undefined) unknown.add(sid);
      else if (!losers.has(identity)) losers.set(identity, undefined);
    }
  }
  if (unknown.size === 0) return losers;
  try {
    for (const { sid, identity } of await lists.assignments()) {
      if (unknown.delete(sid) && !losers.has(identity)) losers.set(identity, undefined);
    }
  } catch (error) {
    if (!isHidden(error)) throw error;
  }
  const [sid] = unknown;
  if (sid === undefined) return losers;
  throw refused(
    `Whose role ${sid} is can't be told, and a guard protects some users`,
    'Name it by --user, --role and --scope',
  );
}

/** By whichever of the two scopes for reading users the login has; who can't be seen is not in it. */
async function namesOf(api: Api, losers: Map<string, string | undefined>): Promise<Map<string, string>> {
  const ids = [...losers].flatMap(([id, name]) => (name === undefined ? id : []));
  const names = new Map<string, string>();
  try {
    const directory = await readDirectory(
      api,
      ids.map((id) => ({ id })),
    );
    for (const id of ids) {
      const user = directory.find({ id });
      if (user !== undefined) names.set(id, user.userName);
    }
  } catch (error) {
    if (!isHidden(error)) throw error;
    const all = await listUsers(api.send).catch((failure) => {
      if (isHidden(failure)) return [];
      throw failure;
    });
    for (const { id, userName } of all) names.set(id, userName);
  }
  return names;
}

async function checkAdmins(
  ctx: Context,
  lists: Listings,
  removals: readonly Step[],
  guards: Guards,
): Promise<void> {
  const api = await ctx.api();
  const { admin_role = '', keep_admins } = guards;
  const found = await readRole(api, admin_role);
  const [role, friendly_name] = [found.sid, nameOf(found)];
  const { organizationSid: scope } = await ctx.settings();
  const active = new Set((await lists.users()).filter((user) => user.active).map(({ id }) => id));
  const held = new Map<string, string[]>();
  try {
    for await (const { identity, sid, ...found } of listRoleAssignments(api.send, api.url, { scope })) {
      const isAdmin = found.role_sid === role && isSid('OR', found.scope) && !found.resource_type;
      if (isAdmin && active.has(identity)) held.set(identity, [...(held.get(identity) ?? []), sid]);
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 25203) throw error;
    throw refused(
      `Who would be left with the role ${friendly_name} can't be told (${error.message})`,
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (held.size === 0) {
    throw refused(
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
  throw refused(
    `${left.length} active users would be left with the role ${friendly_name}, and ${keep_admins} have to be`,
    'Give the role to somebody else first',
  );
}
