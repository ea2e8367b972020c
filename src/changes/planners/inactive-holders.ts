import type { User } from '../../twilio/users.ts';
import type { Item } from '../plan/plan.ts';

/**
 * Warns where a user who is deactivated, and stays so, has or gets the roles of an item: the roles have no effect then, and
 * "created" alone would look as if somebody could begin to work.
 *
 * @param otherWay a flag of the command that reactivates as well
 */
export function inactiveHolderWarning(
  user: Pick<User, 'userName' | 'active'> | undefined,
  otherWay?: string,
): Pick<Item, 'warning'> {
  if (user?.active !== false) return {};
  const also = otherWay === undefined ? '' : `, or add ${otherWay}`;
  return {
    warning: `${user.userName} is not active and can't use these roles. To activate: twilio-org users activate ${user.userName}${also}`,
  };
}
