import { createHash } from 'node:crypto';
import { type User, versionIn } from '../../twilio/users.ts';
import type { MovedUsers } from './manifest.ts';

/** Users and their versions as first read, compared with a second reading. */
export interface UserVersions {
  /** An empty page begins the first reading anew. */
  remember(users: readonly User[]): void;
  ids(): Iterable<string>;
  /** Begins the second reading. */
  startAgain(): void;
  compare(users: readonly User[]): void;
  moved(): { moved: MovedUsers; names: string[] };
}

export function userVersions(): UserVersions {
  const versions = new Map<string, string>();
  let missing = new Set<string>();
  let moved: MovedUsers = { added: [], removed: [], changed: [] };
  let names: string[] = [];
  return {
    remember(users) {
      if (users.length === 0) versions.clear();
      for (const user of users) versions.set(user.id, versionOf(user));
    },
    ids: () => versions.keys(),
    startAgain() {
      missing = new Set(versions.keys());
      moved = { added: [], removed: [], changed: [] };
      names = [];
    },
    compare(users) {
      for (const user of users) {
        missing.delete(user.id);
        const before = versions.get(user.id);
        if (before === versionOf(user)) continue;
        moved[before === undefined ? 'added' : 'changed'].push(user.id);
        names.push(user.userName);
      }
    },
    moved: () => ({ moved: { ...moved, removed: [...missing] }, names: [...names, ...missing] }),
  };
}

/** The version; a hash of the user where Twilio sends none. */
function versionOf(user: User): string {
  return versionIn(user) ?? createHash('sha256').update(JSON.stringify(user)).digest('base64');
}
