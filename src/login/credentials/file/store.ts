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
  EnvelopeError,
  type KdfParams,
  type Key,
  meetsCurrentCost,
  newKey,
  parseEnvelope,
  sameKdfParams,
  seal,
  unseal,
} from './envelope.ts';

/** Keeps secrets in `credentials.enc` in the configuration directory, encrypted with a passphrase. */
export function fileStore({
  configDir,
  passphrase,
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

  async function keyFor(recipe: KdfParams): Promise<Key> {
    // Kept, so that a command that reads and writes derives the key once.
    if (key && sameKdfParams(key.recipe, recipe)) return key;
    key = await deriveKey(await ask(), recipe);
    if (!key && olderPassphrase) key = await deriveKey(olderPassphrase, recipe);
    if (!key) throw wrongPassphrase(file);
    return key;
  }

  async function readAll(): Promise<Map<string, string>> {
    const text = await readPrivateFile(configDir, file, warn);
    if (text === undefined) return new Map();
    try {
      const envelope = parseEnvelope(text);
      return unseal(envelope, await keyFor(envelope));
    } catch (error) {
      throw error instanceof EnvelopeError ? unusable(file, error) : error;
    }
  }

  async function change(edit: (accounts: Map<string, string>) => void): Promise<void> {
    // Before the lock, so that no other process waits while the user types or the key is derived.
    const answer = await ask();
    await ensurePrivateDir(configDir, warn);
    await readAll();
    await withLock(file, async (stillHeld) => {
      const accounts = await readAll();
      edit(accounts);
      if (!key || !meetsCurrentCost(key.recipe, keyCost)) key = await newKey(answer, keyCost);
      if (accounts.size === 0) await removeFile(file, stillHeld);
      else await replacePrivateFile(file, seal(accounts, key), stillHeld);
    });
  }

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

  return { displayName: file, probe, get, set, delete: remove };
}

function emptyPassphrase(): AppError {
  return new AppError('usage', 'The passphrase of the credential file is empty', {
    hint: 'Set TWILIO_ORG_STORE_PASSPHRASE, or type one when asked',
  });
}

function wrongPassphrase(file: string): AppError {
  return new AppError('auth', `Wrong passphrase for ${file}`, {
    hint: "Try again, or check TWILIO_ORG_STORE_PASSPHRASE. A lost passphrase can't be recovered: delete the file, then log in again",
  });
}

function unusable(file: string, error: EnvelopeError): AppError {
  return new AppError('failure', `${file} ${error.message}`, {
    hint: 'Restore a backup of it, or delete it and log in again',
  });
}
