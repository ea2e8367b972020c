import { maxUncheckedRemovals } from '../../../changes/guards/shares.ts';
import type { Context } from '../../../cli/context.ts';
import { parseUserReference } from '../../../organization/references.ts';
import type { View } from '../../../platform/terminal/output.ts';
import type { User } from '../../../twilio/users.ts';
import { type DueFlags, dueOptions, selectDue, validateDueFlags, withoutStaying } from './due.ts';
import {
  type ListFlags,
  readNamedUsers,
  referencesOf,
  requireNamedUsers,
  throwIfSkipped,
} from './listed-users.ts';

interface FindOptions {
  /** True where users lose access: they may have an end, and somebody must be able to confirm. */
  removes: boolean;
  /** A further user, who must exist. */
  also?: string | undefined;
  /** True to read the roles beside the users. */
  needsRoles?: boolean;
}

export interface SelectedUsers {
  /** Each once. */
  users: User[];
  also?: User | undefined;
  /** The users whom --skip-unknown left out. */
  skipped: readonly string[];
  /** The number of users that were named, each name once. */
  named: number;
}

/**
 * The users of a command that takes people: of its arguments, of its file, or picked at a terminal. Everything local is
 * checked before the first request.
 */
export async function findUsers(
  ctx: Context,
  names: readonly string[],
  flags: ListFlags & DueFlags,
  { removes, also, needsRoles = false }: FindOptions,
): Promise<SelectedUsers> {
  validateDueFlags(flags);
  const required = also === undefined ? [] : [parseUserReference(also)];
  const given = await readNamedUsers(ctx, names, flags, removes ? dueOptions(flags) : {});
  const selection = removes ? selectDue(ctx, given, flags) : { due: given, staying: [] };
  if (removes) ctx.requireConfirmable();
  const { due } = selection;
  if (due.length === 0) return { users: [], skipped: [], named: 0 };
  const { users, roles } = await ctx.organization();
  if (needsRoles) roles.begin();
  const references = [...referencesOf([...due, ...selection.staying]), ...required];
  // The guard of shares reads all users for so many.
  const whole = removes && due.length > maxUncheckedRemovals;
  const index = await users.named(references, { sure: true, whole });
  const found = requireNamedUsers(ctx, index, due, flags, required, selection.staying);
  const [reference] = required;
  return {
    users: withoutStaying(ctx, index, found, selection, flags),
    also: reference && index.find(reference),
    skipped: found.skipped,
    named: new Set(found.skipped).size + found.users.length,
  };
}

/** Ends a command that is left without users, unless it saves a plan: prints an empty result and says why. */
export async function isEmpty(ctx: Context, found: SelectedUsers, view: View): Promise<boolean> {
  if (found.users.length > 0 || ctx.flags.planOut !== undefined) return false;
  ctx.messages.note('No user is left; nothing to change');
  await ctx.out.list(view, []);
  throwIfSkipped(found);
  return true;
}
