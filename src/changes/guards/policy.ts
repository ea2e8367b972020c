import type { GuardSettings } from '../../login/config/schema.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';

/** The flags of every command that may take access away. */
export interface GuardFlags {
  maxRemovals?: number;
  maxRemovalFraction?: number;
  protect?: string[];
  keepAdmins?: number;
  adminRole?: string;
  overrideGuards?: boolean;
}

export interface Guards extends GuardSettings {
  max_removals: number;
  max_removal_fraction: number;
  protect: string[];
  keep_admins: number;
}

export const defaultGuards: Guards = {
  max_removals: 20,
  max_removal_fraction: 0.2,
  protect: [],
  keep_admins: 0,
};

export function looserThanProfile(flag: string, limit: string): AppError {
  return usageError(
    `${flag} is looser than the guard of the profile, which is ${limit}`,
    'A flag can only tighten it; --override-guards does without all guards',
  );
}

export function guardError(message: string, hint: string): AppError {
  return new AppError('guard', `${message}: nothing was changed`, { hint });
}

/** How to go on: a flag can't loosen what the profile says. */
export function loosenHint(flag: string, needed: number, kept: number | undefined): string {
  if (kept === undefined || needed <= kept) return `If they are meant, pass ${flag} ${needed}`;
  return "This guard is the profile's: if they are meant, pass --override-guards, or change it with `guards set`";
}

/**
 * The guards that hold: what flags say, or else the profile, or else what is usual. Throws `usage` when a flag would
 * loosen what the profile says.
 */
export function effectiveGuards(flags: GuardFlags, kept: GuardSettings = {}): Guards {
  const given: [flag: string, wanted: number | undefined, limit: number | undefined, least: boolean][] = [
    ['--max-removals', flags.maxRemovals, kept.max_removals, false],
    ['--max-removal-fraction', flags.maxRemovalFraction, kept.max_removal_fraction, false],
    ['--keep-admins', flags.keepAdmins, kept.keep_admins, true],
  ];
  for (const [flag, wanted, limit, least] of given) {
    if (wanted === undefined || limit === undefined) continue;
    if (least ? wanted < limit : wanted > limit) throw looserThanProfile(`${flag} ${wanted}`, `${limit}`);
  }
  const sameRole = flags.adminRole?.toLowerCase() === kept.admin_role?.toLowerCase();
  if (flags.adminRole !== undefined && kept.admin_role !== undefined && !sameRole) {
    throw looserThanProfile(`--admin-role ${flags.adminRole}`, kept.admin_role);
  }
  const admin_role = flags.adminRole ?? kept.admin_role;
  const guards: Guards = {
    max_removals: flags.maxRemovals ?? kept.max_removals ?? defaultGuards.max_removals,
    max_removal_fraction:
      flags.maxRemovalFraction ?? kept.max_removal_fraction ?? defaultGuards.max_removal_fraction,
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
