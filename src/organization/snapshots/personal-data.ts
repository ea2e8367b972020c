import type { User } from '../../twilio/users.ts';

/** The members of a user that say nothing about the person. */
const kept = ['id', 'active', 'schemas', 'meta'] as const;

/** The user with SID, state and times alone. Everything else, unknown members too, may tell who it is. */
export function withoutPersonalData(user: User): Partial<User> {
  return Object.fromEntries(
    Object.entries(user).filter(([name]) => (kept as readonly string[]).includes(name)),
  );
}

/** The user as the API would give it. The SID takes the place of the user name, which each user has. */
export function namedBySid(user: Partial<User> & { id: string }): User {
  return { ...user, userName: user.id };
}
