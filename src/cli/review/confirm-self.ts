import type { Change } from '../../changes/plan/change.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { Context } from '../context.ts';
import { defineFlags, type FlagsOf } from '../flag-spec.ts';

export const selfFlag = defineFlags({
  includingMyself: {
    summary: 'also deactivate yourself, the user that the access token names, without a separate question',
  },
});

export type SelfFlags = FlagsOf<typeof selfFlag>;

/**
 * Asks separately before it deactivates the user of the access token, because that may end the login. Without a terminal this
 * needs a flag: --yes is often part of a script that was written for other users.
 */
export async function confirmSelf(
  ctx: Context,
  removals: readonly Change[],
  { includingMyself }: SelfFlags,
): Promise<void> {
  const users = removals.flatMap((step) =>
    step.do === 'update-user' || step.do === 'delete-user' ? step.user : [],
  );
  if (users.length === 0 || includingMyself) return;
  const { subject } = await ctx.identity();
  const self = users.find(({ id }) => subject !== undefined && equalsIgnoreCase(id, subject));
  if (self === undefined) return;
  const what = `${self.userName} is the user of your access token. Deactivating them may end this login`;
  if (!ctx.prompts.interactive) {
    throw usageError(what, 'Nothing was sent. Leave that user out, or add --including-myself');
  }
  ctx.messages.say(`${what}.`);
  if (await ctx.prompts.confirm({ message: 'Deactivate yourself?' })) return;
  throw new AppError('cancelled', 'Nothing was changed');
}
