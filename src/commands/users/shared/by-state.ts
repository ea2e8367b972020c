import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { pluralize } from '../../../platform/core/text.ts';
import { isChangeable, type User } from '../../../twilio/users.ts';

export const stateFlags = defineFlags({
  active: { summary: 'only active users', conflicts: ['inactive'] },
  inactive: { summary: 'only users that are not active', conflicts: ['active'] },
});

export type StateFlags = FlagsOf<typeof stateFlags>;

/** The users in the wanted state. A warning counts users of unknown state, who are in neither list. */
export function byState(
  ctx: Context,
  users: readonly User[],
  { active, inactive }: StateFlags,
): readonly User[] {
  if (!active && !inactive) return users;
  const unknown = users.filter((user) => !isChangeable(user)).length;
  if (unknown > 0) {
    const who = unknown === 1 ? '1 user is' : `${pluralize(unknown, 'user')} are`;
    ctx.messages.warn(`${who} left out: Twilio does not say whether they are active`);
  }
  return users.filter((user) => user.active === (active === true));
}
