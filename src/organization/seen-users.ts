import type { User } from '../twilio/users.ts';

/** Users as they were last read, by one key. Indexed when somebody is first looked up, which most commands never do. */
export class SeenUsers {
  readonly #keyOf: (user: User) => string;
  readonly #users = new Map<string, User>();
  #unindexed: User[][] = [];

  constructor(keyOf: (user: User) => string) {
    this.#keyOf = keyOf;
  }

  add(users: User[]): void {
    this.#unindexed.push(users);
  }

  get(key: string): User | undefined {
    for (const users of this.#unindexed.splice(0)) {
      for (const user of users) this.#users.set(this.#keyOf(user), user);
    }
    return this.#users.get(key);
  }
}
