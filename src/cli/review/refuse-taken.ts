import { kindOf } from '../../changes/plan/change-kinds.ts';
import type { Item } from '../../changes/plan/plan.ts';
import { throwAll } from '../../organization/combined-errors.ts';
import { formatUserReference, type UserReference } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { User } from '../../twilio/users.ts';
import type { Context } from '../context.ts';

/**
 * Refuses addresses and external ids that another user has, as Twilio would, so that a dry run promises only what the run does.
 * A run leaves this to Twilio, which saves a request.
 *
 * @throws conflict
 */
export async function refuseTaken(ctx: Context, { steps }: Pick<Item, 'steps'>): Promise<void> {
  const claims = steps.flatMap((step) => {
    const user = kindOf(step).user(step);
    const own = user !== undefined && 'id' in user ? user.id : undefined;
    return (kindOf(step).keys?.(step).claims ?? []).map((key) => ({ key, own }));
  });
  if (claims.length === 0) return;
  const { users } = await ctx.organization();
  try {
    const index = await users.named(claims.map(({ key }) => key));
    throwAll(
      claims.flatMap(({ key, own }) => {
        const holder = index.find(key);
        return holder === undefined || holder.id === own ? [] : [takenError(key, holder)];
      }),
    );
  } catch (error) {
    if (!isNotListable(error)) throw error;
    const names = claims.map(({ key }) => formatUserReference(key)).join(' and ');
    ctx.messages.warn(
      `Whether another user has ${names} was not checked: this needs the scope managed-users/list`,
    );
  }
}

function takenError(key: UserReference, { id }: User): AppError {
  const what =
    'externalId' in key ? `External id ${key.externalId}` : `User name ${formatUserReference(key)}`;
  return new AppError('conflict', `${what} exists`, {
    hint: `Another user has it: \`twilio-org users get ${id}\` shows who`,
  });
}
