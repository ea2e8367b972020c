import { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import type { HttpOptions } from '../../platform/http/types.ts';
import { type Profile, readConfig } from '../config/profiles.ts';
import type { OpenStore, StoreKind } from '../credentials/stores.ts';
import {
  credentialsOf,
  deserializeUsable,
  isStamped,
  mayBelongTo,
  type StoredCredentials,
  serialize,
} from './stored-credentials.ts';

/** A login as a profile names it, and the store that holds its credentials. */
export interface LoginPlace {
  name: string;
  profile: Profile;
  store: OpenStore;
}

export interface StoredLogin extends LoginPlace {
  /**
   * Runs the work while no other process renews or replaces the same credentials. `stillHeld` throws once the lock is
   * lost. `abandoned` means that a process took the lock and did not release it. Throws `temporary` when another
   * process keeps the lock, `failure` when no lock can be taken.
   */
  locked: <T>(work: (stillHeld: () => void, abandoned?: boolean) => Promise<T>) => Promise<T>;
  warn: (...lines: string[]) => void;
  http: HttpOptions;
}

export interface Found {
  credentials: StoredCredentials;
  /**
   * The full content of a shared slot, if the credentials were found in one: another configuration directory may use it
   * too.
   */
  inShared?: Secret;
}

/** The credentials of a login; undefined when none are stored. Throws `auth` when they belong to another login. */
export async function findCredentials({ name, profile, store }: LoginPlace): Promise<Found | undefined> {
  const own = await store.get(name);
  if (own !== undefined) return { credentials: credentialsOf(own, name, profile) };
  const inShared = await sharedSlot({ name, profile, store });
  return inShared && { credentials: credentialsOf(inShared, name, profile), inShared };
}

/** Stores the credentials as the only ones of the login, and moves them out of a shared slot. */
export async function storeCredentials(
  { name, store }: LoginPlace,
  credentials: StoredCredentials,
  { inShared }: Pick<Found, 'inShared'>,
): Promise<void> {
  await store.set(name, serialize(credentials));
  if (inShared !== undefined) await store.shared?.delete(name, inShared);
}

/**
 * Finds a login that an older version stored in a slot that all directories shared, if it may be this one. Newer
 * versions write such a slot for its owner only, and credentials that may be the owner's are left to the owner.
 */
export async function sharedSlot({ name, profile, store }: LoginPlace): Promise<Secret | undefined> {
  if (store.shared === undefined) return undefined;
  const isOlder = (all: StoredCredentials[]) => all.length > 0 && !all.some(isStamped);
  const older = (await store.shared.get(name)).filter((stored) => isOlder(deserializeUsable(stored)));
  if (older.length === 0 || (await mayBeLoginOf(store.shared.owner, store.kind, name, profile)))
    return undefined;
  const own = older.find((stored) =>
    deserializeUsable(stored).some((each) => mayBelongTo(each, name, profile)),
  );
  return own ?? older[0];
}

/** True when the profile of that name in another directory may be the same login. */
async function mayBeLoginOf(
  directory: string,
  kind: StoreKind,
  name: string,
  profile: Profile,
): Promise<boolean> {
  try {
    const theirs = (await readConfig(directory)).profiles[name];
    const isInStore = theirs?.store === kind || theirs?.left_in === kind;
    return isInStore && theirs.client_id === profile.client_id && theirs.oauth_url === profile.oauth_url;
  } catch {
    return true;
  }
}

/** The stored credentials of a profile. Throws `auth` where it has none. */
export async function requireCredentials(login: LoginPlace): Promise<Found> {
  const found = await findCredentials(login);
  if (found !== undefined) return found;
  throw new AppError('auth', `Profile ${login.name} has no credentials in ${login.store.displayName}`, {
    hint: `Log in again: twilio-org auth login --profile ${login.name}`,
  });
}
