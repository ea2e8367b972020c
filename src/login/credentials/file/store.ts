import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { AppError } from '../../../platform/core/errors.ts';
import { Secret } from '../../../platform/core/secret.ts';
import { replacePrivateFile } from '../../../platform/fs/atomic-write.ts';
import { withLock } from '../../../platform/fs/lock.ts';
import { ensurePrivateDir, exists, readPrivateFile, removeFile } from '../../../platform/fs/private-files.ts';
import type { CredentialStore, StoreOptions } from '../types.ts';
import {
  deriveKey,
  deriveKeyFrom,
  type Envelope,
  EnvelopeError,
  type KdfParams,
  type Key,
  meetsCurrentCost,
  newKey,
  newKeyFrom,
  parseEnvelope,
  sameKdfParams,
  seal,
  unseal,
} from './envelope.ts';
import { decodeStoreKey } from './store-key.ts';

/**
 * Keeps secrets in `credentials.enc` in the configuration directory. A file is opened and written with what it was first
 * encrypted with, a passphrase or a random key, until `encryption.renew`. A new file takes the random key where there is
 * one.
 */
export function fileStore({
  configDir,
  passphrase,
  randomKey,
  olderPassphrase,
  keyCost,
  warn,
}: StoreOptions): CredentialStore {
  const file = path.join(configDir, 'credentials.enc');
  let asked: Promise<Secret> | undefined;
  let key: Key | undefined;

  async function ask(): Promise<Secret> {
    asked ??= exists(file).then((there) => passphrase(there ? 'known' : 'new'));
    const answer = await asked;
    if (answer.reveal() === '') throw emptyPassphrase();
    return answer;
  }

  /** The random key, checked at its first use: a login in another store does not need it. */
  function random(): Buffer | undefined {
    return randomKey && decodeStoreKey(randomKey);
  }

  async function keyFor(recipe: KdfParams): Promise<Key> {
    // Kept, so that a command that reads and writes derives the key once.
    if (key && sameKdfParams(key.recipe, recipe)) return key;
    key = recipe.kdf === 'scrypt' ? await deriveKey(await ask(), recipe) : randomKeyFor(recipe);
    if (!key && olderPassphrase && recipe.kdf === 'scrypt') key = await deriveKey(olderPassphrase, recipe);
    if (!key) throw recipe.kdf === 'scrypt' ? wrongPassphrase(file) : wrongKey(file);
    return key;
  }

  function randomKeyFor(recipe: Extract<KdfParams, { kdf: 'hkdf-sha256' }>): Key | undefined {
    const bytes = random();
    if (bytes === undefined) throw missingKey(file);
    return deriveKeyFrom(bytes, recipe);
  }

  async function keyForNewFile(): Promise<Key> {
    const bytes = random();
    return bytes === undefined ? newKey(await ask(), keyCost) : newKeyFrom(bytes);
  }

  /** Reads the file, where there is one. */
  async function readFile<T>(none: T, read: (envelope: Envelope) => T | Promise<T>): Promise<T> {
    const text = await readPrivateFile(configDir, file, warn);
    if (text === undefined) return none;
    random();
    try {
      return await read(parseEnvelope(text));
    } catch (error) {
      throw error instanceof EnvelopeError ? unusable(file, error) : error;
    }
  }

  function readAll(): Promise<Map<string, string>> {
    return readFile(new Map(), async (envelope) => unseal(envelope, await keyFor(envelope.recipe)));
  }

  async function change(edit: (accounts: Map<string, string>) => void, renews = false): Promise<void> {
    // Before the lock, so that no other process waits while the user types or the key is derived.
    if (random() === undefined && !(await exists(file))) await ask();
    await ensurePrivateDir(configDir, warn);
    await readAll();
    await withLock(file, async (stillHeld) => {
      const accounts = await readAll();
      edit(accounts);
      if (!key || renews) key = await keyForNewFile();
      else if (!meetsCurrentCost(key.recipe, keyCost)) key = await newKey(await ask(), keyCost);
      if (accounts.size === 0) await removeFile(file, stillHeld);
      else await replacePrivateFile(file, seal(accounts, key), stillHeld);
    });
  }

  const encryption = {
    isOutdated: () => readFile(false, ({ recipe }) => recipe.kdf === 'scrypt' && random() !== undefined),
    renew: () => change(() => undefined, true),
  };

  async function get(account: string): Promise<Secret | undefined> {
    const secret = (await readAll()).get(account);
    return secret === undefined ? undefined : new Secret(secret);
  }

  async function set(account: string, secret: Secret): Promise<void> {
    await change((accounts) => accounts.set(account, secret.reveal()));
  }

  async function remove(account: string): Promise<boolean> {
    // Without the secret nothing changes; without the file no passphrase is needed.
    if ((await get(account)) === undefined) return false;
    await change((accounts) => accounts.delete(account));
    return true;
  }

  async function probe(): Promise<void> {
    // Profile names contain no slash.
    const account = `probe/${randomBytes(8).toString('hex')}`;
    const value = randomBytes(16).toString('hex');
    await set(account, new Secret(value));
    const found = await get(account);
    await remove(account);
    if (found?.reveal() !== value)
      throw unusable(file, new EnvelopeError('does not return what was written'));
  }

  return { displayName: file, probe, get, set, delete: remove, encryption };
}

function emptyPassphrase(): AppError {
  return new AppError('usage', 'The passphrase of the credential file is empty', {
    hint: 'Set TWILIO_ORG_STORE_PASSPHRASE, or type one when asked',
  });
}

function wrongPassphrase(file: string): AppError {
  return new AppError('auth', `Wrong passphrase for ${file}`, {
    hint: "Try again, or check TWILIO_ORG_STORE_PASSPHRASE or TWILIO_ORG_STORE_PASSPHRASE_COMMAND. A lost passphrase can't be recovered: delete the file, then log in again",
  });
}

function missingKey(file: string): AppError {
  return new AppError('auth', `${file} is encrypted with a random key, and TWILIO_ORG_STORE_KEY is not set`, {
    hint: "Set TWILIO_ORG_STORE_KEY to that key. A lost key can't be recovered: delete the file, then log in again",
  });
}

function wrongKey(file: string): AppError {
  return new AppError('auth', `TWILIO_ORG_STORE_KEY is not the key of ${file}`, {
    hint: "Set it to the key that was set at the login. A lost key can't be recovered: delete the file, then log in again",
  });
}

function unusable(file: string, error: EnvelopeError): AppError {
  return new AppError('failure', `${file} ${error.message}`, {
    hint: 'Restore a backup of it, or delete it and log in again',
  });
}
