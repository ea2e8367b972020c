import { AppError } from '../platform/core/errors.ts';
import type { Secret } from '../platform/core/secret.ts';
import { type Config, holdConfig, type Profile, readConfig, updateConfig } from './config/profiles.ts';
import type { OpenStore, StoreKind } from './credentials/stores.ts';
import { withLoginLock } from './oauth/login-lock.ts';
import { sharedSlot } from './oauth/login-store.ts';
import {
  belongTo,
  deserializeUsable,
  isStamped,
  mayBelongTo,
  type StoredCredentials,
  serialize,
} from './oauth/stored-credentials.ts';
import { loadProfileTokens } from './tokens.ts';
import type { LoginWorkspace } from './workspace.ts';

/** Runs the work under the lock of the login, with the profile read under that lock. */
export async function withLockedProfile<T>(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile,
  work: (now: Profile | undefined) => Promise<T>,
): Promise<T> {
  return withLoginLock(workspace.configDir, name, profile, async () =>
    work((await readConfig(workspace.configDir)).profiles[name]),
  );
}

/**
 * Stores a new login, in place of the profile's old one if there is one. Both locks are taken before the first write.
 * The write of `config.json` switches from the old login to the new one in one step: a program that ends before or
 * after it leaves the active login complete.
 */
export async function saveLogin(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile,
  credentials: StoredCredentials,
): Promise<Config> {
  const store = await workspace.store(profile.store);
  for (;;) {
    const before = (await readConfig(workspace.configDir)).profiles[name];
    const held = before ?? profile;
    const config = await withLoginLock(workspace.configDir, name, held, async (loginHeld) => {
      const kept = await holdConfig(workspace.configDir, async (config, write, configHeld) => {
        const now = config.profiles[name];
        // A concurrent login was faster, and its credentials have their own lock.
        const isOther = now !== undefined && (now.client_id !== held.client_id || now.store !== held.store);
        if (isOther) return undefined;
        async function keep(text: Secret): Promise<void> {
          loginHeld();
          configHeld();
          await store.set(name, text);
        }
        return replaceLogin({ config, write, keep, name, profile, store, credentials });
      });
      const next = kept?.profiles[name];
      if (next !== undefined) await tryRemoveLeftover(workspace, name, next, before);
      return kept;
    });
    if (config !== undefined) return config;
  }
}

interface Replacement {
  config: Config;
  write: (config: Config) => Promise<Config>;
  /** Stores the text for the profile. Throws `temporary` when another process has taken over one of the locks. */
  keep: (text: Secret) => Promise<void>;
  name: string;
  profile: Profile;
  store: OpenStore;
  credentials: StoredCredentials;
}

async function replaceLogin(replacement: Replacement): Promise<Config> {
  const { config, write, keep, name, profile, store, credentials } = replacement;
  const now = config.profiles[name];
  const put = (next: Profile) => write(withProfile(config, name, next));
  await setAside(store, name, now, credentials);
  if (now === undefined) {
    // The profile first: without secrets it is merely useless, but secrets without a profile would be forgotten.
    const after = await put(profile);
    await keep(serialize(credentials)).catch(async (error: unknown) => {
      await write(config).catch(() => undefined);
      throw error;
    });
    return after;
  }
  const other = placesOf(now).find((kind) => kind !== profile.store);
  const next: Profile = { ...profile, ...(other === undefined ? {} : { left_in: other }) };
  if (now.store !== profile.store) {
    await put({ ...now, left_in: profile.store });
    await keep(serialize(credentials));
    return put(next);
  }
  const old = await oldLogins(store, name, now, credentials);
  await keep(serialize(...old, credentials));
  const after = await put(next).catch(async (error: unknown) => {
    if (old.length > 0) await keep(serialize(...old)).catch(() => undefined);
    throw error;
  });
  // After a failure here the next renewal cleans up, because it writes only the profile's credentials.
  if (old.length > 0) await keep(serialize(credentials)).catch(() => undefined);
  return after;
}

/**
 * Preserves credentials that an older version stored for another directory, in the keychain slot that all directories
 * shared.
 */
async function setAside(
  store: OpenStore,
  name: string,
  now: Profile | undefined,
  next: StoredCredentials,
): Promise<void> {
  if (store.setAside === undefined) return;
  const stored = await store.get(name).catch(() => undefined);
  if (stored === undefined) return;
  const isOwn = (each: StoredCredentials) =>
    isStamped(each) ||
    each.clientSecret?.reveal() === next.clientSecret?.reveal() ||
    (now?.store === store.kind && mayBelongTo(each, name, now));
  const all = deserializeUsable(stored);
  if (all.length > 0 && !all.some(isOwn)) await store.setAside(name, stored);
}

/** The credentials that the profile needs until it is replaced. */
async function oldLogins(
  store: OpenStore,
  name: string,
  now: Profile,
  next: StoredCredentials,
): Promise<StoredCredentials[]> {
  if (belongTo(next, now)) return [];
  try {
    const stored = await store.get(name);
    return stored === undefined ? [] : deserializeUsable(stored).filter((each) => belongTo(each, now));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Unreadable credentials need no protection.
    return [];
  }
}

async function tryRemoveLeftover(
  workspace: LoginWorkspace,
  name: string,
  next: Profile,
  old: Profile | undefined,
): Promise<void> {
  const { left_in } = next;
  await deleteOldSecret(workspace, name, next, old).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    workspace.log.warn(
      `The old credentials are still in the ${left_in}: ${error.message}`,
      `Run this when it works again: twilio-org auth migrate --profile ${name} --to ${next.store}`,
    );
  });
}

/**
 * Removes all stored secrets of a login, and then the profile: a profile without secrets is merely useless, but secrets
 * without a profile would be forgotten. Each store is emptied even when the other one fails. The lock of `config.json`
 * is taken first: without it nothing is changed.
 */
export async function deleteLogin(workspace: LoginWorkspace, name: string, profile: Profile): Promise<void> {
  await withLoginLock(workspace.configDir, name, profile, () =>
    holdConfig(workspace.configDir, async (config, write) => {
      const now = config.profiles[name];
      const failures: unknown[] = [];
      for (const kind of placesOf(now)) {
        await emptyStore(workspace, name, now ?? profile, kind).catch((error: unknown) =>
          failures.push(error),
        );
      }
      if (failures.length > 0) throw failures[0];
      await write(withProfile(config, name, undefined)).catch((error: unknown) => {
        throw error instanceof AppError ? new ProfileLeft(error) : error;
      });
    }),
  );
}

/** The secrets of a login were removed, but its profile could not be. */
export class ProfileLeft extends AppError {
  constructor(cause: AppError) {
    super(cause.kind, cause.message, { hint: cause.hint, cause });
  }
}

/**
 * Empties the store that a login was moved out of, unless that is already done.
 *
 * @param owner the profile whose login was moved, if another one has replaced it since
 */
export async function deleteOldSecret(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile,
  owner = profile,
): Promise<void> {
  const { left_in, ...clean } = profile;
  if (left_in === undefined) return;
  await emptyStore(workspace, name, owner, left_in);
  await writeProfile(workspace, name, clean);
}

/** Removes the login's credentials from a store, but keeps those that an older version stored for another directory. */
async function emptyStore(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile,
  kind: StoreKind,
): Promise<void> {
  const store = await workspace.store(kind);
  if (await isOfAnotherDirectory(store, name, profile)) return left(workspace, name);
  if ((await store.delete(name)) || store.shared === undefined) return;
  const inShared = await sharedSlot({ name, profile, store });
  if (inShared === undefined) return;
  const [credentials] = deserializeUsable(inShared);
  const isOwn =
    credentials !== undefined &&
    mayBelongTo(credentials, name, profile) &&
    (await (await loadProfileTokens(workspace, name, profile)).accepts(credentials));
  if (isOwn) await store.shared.delete(name, inShared);
  else left(workspace, name);
}

/** True when the plain keychain slot, which all directories once shared, certainly holds another login. */
async function isOfAnotherDirectory(store: OpenStore, name: string, profile: Profile): Promise<boolean> {
  if (store.setAside === undefined) return false;
  try {
    const stored = await store.get(name);
    const all = stored === undefined ? [] : deserializeUsable(stored);
    return all.length > 0 && all.every((each) => !isStamped(each) && !mayBelongTo(each, name, profile));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Broken credentials are deleted as well.
    return false;
  }
}

function left(workspace: LoginWorkspace, name: string): void {
  workspace.log.warn(
    `The system keychain has an entry ${name} of twilio-org that an older version stored for another login: it is left there`,
    "If no other configuration directory uses it, delete it with the system's own keychain program",
  );
}

/** Writes the profile under that name and keeps the existing guards. Without a profile, removes the existing one. */
export function writeProfile(
  workspace: LoginWorkspace,
  name: string,
  profile: Profile | undefined,
): Promise<Config> {
  return updateConfig(workspace.configDir, (before) => withProfile(before, name, profile));
}

function withProfile(config: Config, name: string, profile: Profile | undefined): Config {
  const profiles: Record<string, Profile> = Object.assign(Object.create(null), config.profiles);
  const guards = profiles[name]?.guards;
  if (profile === undefined) delete profiles[name];
  else profiles[name] = guards === undefined ? profile : { ...profile, guards };
  // The first login becomes the default, under any name.
  const isFirst = profile !== undefined && Object.keys(config.profiles).length === 0;
  return { ...config, ...(isFirst ? { default_profile: name } : {}), profiles };
}

function placesOf(profile: Profile | undefined): StoreKind[] {
  if (profile === undefined) return [];
  return profile.left_in === undefined ? [profile.store] : [profile.store, profile.left_in];
}

export type Identity = Pick<Profile, 'client_id' | 'api_url' | 'oauth_url' | 'organization_sid'>;

export function isSameApp(one: Identity, other: Identity): boolean {
  return (
    one.client_id === other.client_id && one.api_url === other.api_url && one.oauth_url === other.oauth_url
  );
}
