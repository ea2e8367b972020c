import type { GuardSettings } from '../../login/config/schema.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';

/** The flags of every command that may remove access. */
export interface GuardFlags {
  maxRemovals?: number;
  maxRemovalFraction?: number;
  protect?: string[];
  keepAdmins?: number;
  adminRole?: string;
  overrideGuards?: boolean;
  /** From declared files, not from flags. */
  allowances?: readonly RemovalAllowance[] | undefined;
  /** Advice in place of the usual one, which suits a command that names users. */
  advice?: Partial<Record<'protected' | 'admins', string>> | undefined;
}

/** Removals that a file plans, for a time and with a reason. */
export interface RemovalAllowance {
  /** The most removals that it allows. */
  count: number;
  /** The removals of the command that it is about. */
  removals: number;
}

export interface Guards extends GuardSettings {
  max_removals: number;
  max_removal_fraction: number;
  protect: string[];
  keep_admins: number;
  /** Removals that allowances cover. They come on top of the limit on the number, and no limit on a fraction counts them. */
  allowed_removals?: number;
}

export const defaultGuards: Guards = {
  max_removals: 20,
  max_removal_fraction: 0.2,
  protect: [],
  keep_admins: 1,
};

/** The refusal of a guard. */
export class GuardError extends AppError {
  /** The message of each guard that refuses; a single guard has one line. */
  readonly lines: readonly string[];
  /** The flags that together allow the change; absent where only `--override-guards` does. */
  readonly flags: readonly string[] | undefined;
  /** True where the removals exceed a limit on their number or fraction. */
  readonly isOfLimit: boolean;

  constructor(lines: readonly string[], hint: string, flags?: readonly string[], isOfLimit = false) {
    const summary = `Refused for ${lines.length} reasons, so nothing was changed`;
    const listed = lines.length === 1 ? undefined : { summary, lines };
    super('guard', `${lines.join('. ')}. Nothing was changed`, { hint, listed });
    this.lines = lines;
    this.flags = flags;
    this.isOfLimit = isOfLimit;
  }
}

/** @param way advice, or the advice and the flag of {@link loosen} */
export function guardError(message: string, way: string | ReturnType<typeof loosen>): GuardError {
  if (typeof way === 'string') return new GuardError([message], way);
  return new GuardError([message], way.hint, way.flag === undefined ? undefined : [way.flag], way.isOfLimit);
}

/** One refusal that says what all of them say. */
export function combinedRefusal(refusals: readonly GuardError[]): GuardError | undefined {
  const [only, ...others] = refusals;
  if (only === undefined || others.length === 0) return only;
  const flags = refusals.every(({ flags }) => flags !== undefined)
    ? refusals.flatMap(({ flags = [] }) => flags)
    : undefined;
  return new GuardError(
    refusals.flatMap(({ lines }) => lines),
    `To allow all of it, add ${(flags ?? ['--override-guards']).join(' ')}`,
    flags,
    refusals.some(({ isOfLimit }) => isOfLimit),
  );
}

/**
 * The way past a limit: a flag, or a change of the profile, whose limits a flag cannot loosen.
 *
 * @param profileLimit the limit in the profile, if it has one
 */
export function loosen(
  flag: string,
  needed: number,
  profileLimit: number | undefined,
): { hint: string; flag?: string; isOfLimit?: boolean } {
  if (profileLimit === undefined || needed <= profileLimit) {
    return { hint: `To allow it, add ${flag} ${needed}`, flag: `${flag} ${needed}`, isOfLimit: true };
  }
  const hint =
    'The limit is set in the profile. Change it with `twilio-org guards set`, or add --override-guards';
  return { hint, isOfLimit: true };
}

/**
 * Combines flags, profile and defaults into the guards of one command. Protected users of the flags and of the profile add up;
 * otherwise a flag wins over the profile, and the profile over the default.
 *
 * @throws usage where a flag is looser than the profile
 */
export function effectiveGuards(flags: GuardFlags, profile: GuardSettings = {}): Guards {
  const { maxRemovals, maxRemovalFraction, keepAdmins, adminRole } = flags;
  refuseAbove('--max-removals', maxRemovals, profile.max_removals);
  refuseAbove('--max-removal-fraction', maxRemovalFraction, profile.max_removal_fraction);
  if (keepAdmins !== undefined && keepAdmins < (profile.keep_admins ?? 0))
    throw looserThanProfile(`--keep-admins ${keepAdmins}`, `${profile.keep_admins}`);
  const isSameRole = adminRole?.toLowerCase() === profile.admin_role?.toLowerCase();
  if (adminRole !== undefined && profile.admin_role !== undefined && !isSameRole)
    throw looserThanProfile(`--admin-role ${adminRole}`, profile.admin_role);
  const admin_role = adminRole ?? profile.admin_role;
  const max_removals = maxRemovals ?? profile.max_removals ?? defaultGuards.max_removals;
  return {
    max_removals,
    ...(flags.allowances && withAllowances(flags.allowances, max_removals)),
    max_removal_fraction:
      maxRemovalFraction ?? profile.max_removal_fraction ?? defaultGuards.max_removal_fraction,
    protect: [...(profile.protect ?? []), ...(flags.protect ?? [])],
    keep_admins: keepAdmins ?? profile.keep_admins ?? defaultGuards.keep_admins,
    ...(admin_role === undefined ? {} : { admin_role }),
  };
}

/**
 * An allowance covers its own removals alone. One that is too small raises the limit to its count, and covers nothing: a limit
 * that takes all removals of its file needs no allowance.
 */
function withAllowances(
  allowances: readonly RemovalAllowance[],
  limit: number,
): Pick<Guards, 'max_removals' | 'allowed_removals'> {
  const isEnough = ({ count, removals }: RemovalAllowance) => removals <= count;
  const small = allowances.filter((allowance) => !isEnough(allowance));
  return {
    max_removals: Math.max(limit, ...small.map(({ count }) => count)),
    allowed_removals: allowances.filter(isEnough).reduce((sum, { removals }) => sum + removals, 0),
  };
}

/** True where a flag or the profile asks for a minimum of admins. The default guard is forgiving: it skips what it can't read. */
export function asksForAdmins(flags: GuardFlags, profile: GuardSettings = {}): boolean {
  return [flags.keepAdmins, flags.adminRole, profile.keep_admins, profile.admin_role].some(
    (value) => value !== undefined,
  );
}

function refuseAbove(flag: string, value: number | undefined, limit: number | undefined): void {
  if (value !== undefined && limit !== undefined && value > limit)
    throw looserThanProfile(`${flag} ${value}`, `${limit}`);
}

function looserThanProfile(flag: string, limit: string): AppError {
  return usageError(
    `${flag} is looser than the guard of the profile, which is ${limit}`,
    'A flag can only tighten a guard. To ignore all guards, use --override-guards',
  );
}
