import { Option } from 'commander';
import type { Context } from '../../../cli/context.ts';
import { pluralize } from '../../../platform/core/text.ts';
import { isChangeable, type User } from '../../../twilio/users.ts';

export interface StateFlags {
  active?: boolean;
  inactive?: boolean;
}

/** The flags, made anew for each command. */
export function stateFlags(): [active: Option, inactive: Option] {
  return [
    new Option('--active', 'only active users').conflicts('inactive'),
    new Option('--inactive', 'only users that are not active').conflicts('active'),
  ];
}

/** The users in the state that was asked for. Those whose state is not known are in neither list, and a note says so. */
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
