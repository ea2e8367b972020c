import type { Change } from '../../changes/plan/change.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { Context } from '../context.ts';
import type { FlagsOf } from '../flag-spec.ts';
import type { guardFlags } from '../guard-flags.ts';

type SelfFlags = Pick<FlagsOf<typeof guardFlags>, 'includingMyself'>;

/**
 * Asks separately, by name, before a change deactivates the user of the access token or removes their roles, because that may
 * end the login. Without a terminal this needs a flag: --yes is often part of a script that was written for other users.
 */
export async function confirmSelf(
  ctx: Context,
  removals: readonly Change[],
  flags: SelfFlags,
): Promise<void> {
  const self = await lossOfSelf(ctx, removals, flags);
  if (self === undefined) return;
  if (!ctx.prompts.interactive)
    throw usageError(self.what, 'Nothing was sent. Leave that user out, or add --including-myself');
  ctx.messages.say(`${self.what}.`);
  if (await ctx.prompts.confirm({ message: self.question })) return;
  throw new AppError('cancelled', 'Nothing was changed');
}

/** Says of a plan that is not executed now that {@link confirmSelf} will ask, or need its flag. */
export async function warnOfSelf(ctx: Context, removals: readonly Change[], flags: SelfFlags): Promise<void> {
  const self = await lossOfSelf(ctx, removals, flags);
  if (self !== undefined)
    ctx.messages.warn(self.what, 'The change asks about it. Without a terminal it needs --including-myself');
}

/** The user of the access token among those who lose access, in words; undefined where that is agreed to or not the case. */
async function lossOfSelf(
  ctx: Context,
  removals: readonly Change[],
  { includingMyself }: SelfFlags,
): Promise<{ what: string; question: string } | undefined> {
  if (removals.length === 0 || includingMyself) return undefined;
  const { subject } = await ctx.identity();
  if (subject === undefined) return undefined;
  const self = removals.find((step) => 'user' in step && equalsIgnoreCase(subject, step.user.id));
  const roles = self === undefined ? await countOwnRoles(ctx, removals, subject) : 0;
  if (self === undefined && roles === 0) return undefined;
  const name = self !== undefined && 'user' in self ? self.user.userName : await nameOfUser(ctx, subject);
  const [consequence, question] =
    roles === 0
      ? ['Deactivating them', 'Deactivate yourself']
      : [`Removing ${pluralize(roles, 'role')} from them`, 'Remove roles from yourself'];
  return {
    what: `${name} is the user of your access token. ${consequence} may end this login`,
    question: `${question} (${name})?`,
  };
}

/**
 * The number of roles that the removals take from the user. Role assignments that are named by SID alone are looked up among
 * the user's own, where the login may list them.
 */
async function countOwnRoles(ctx: Context, removals: readonly Change[], subject: string): Promise<number> {
  const removed = removals.flatMap((step) => (step.do === 'delete-assignment' ? step.assignment : []));
  const own = removed.filter(({ identity }) => equalsIgnoreCase(subject, identity)).length;
  const unknown = new Set(removed.flatMap(({ identity, sid }) => (identity ? [] : sid.toLowerCase())));
  if (unknown.size === 0) return own;
  const { assignments } = await ctx.organization();
  const held = await assignments.where({ identity: subject }).catch((error: unknown) => {
    if (isNotListable(error)) return [];
    throw error;
  });
  return own + held.filter(({ sid }) => unknown.has(sid.toLowerCase())).length;
}

/** The user name, or the SID where the login may not read it. */
async function nameOfUser(ctx: Context, id: string): Promise<string> {
  try {
    const { users } = await ctx.organization();
    return (await users.named([{ id }])).find({ id })?.userName ?? id;
  } catch (error) {
    if (isNotListable(error)) return id;
    throw error;
  }
}
