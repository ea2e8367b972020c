import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { AppError } from '../../../platform/core/errors.ts';
import { Secret } from '../../../platform/core/secret.ts';
import { withLock } from '../../../platform/fs/lock.ts';
import { ensurePrivateDir, exists } from '../../../platform/fs/private-files.ts';
import { realPath } from '../../config/paths.ts';
import type { CredentialStore, SharedSlots, StoreOptions } from '../types.ts';
import {
  type ChunkIndex,
  chunkNames,
  fitsInline,
  formatIndex,
  type Generation,
  parseIndex,
  sha256,
  splitIntoChunks,
} from './chunking.ts';
import { createKeychainClient, fallbackHint, type KeychainClient } from './client.ts';

/** Keeps secrets in the system's keychain, service `twilio-org`. `chunking.ts` describes their layout. */
export async function keychainStore(options: StoreOptions): Promise<CredentialStore> {
  const entries = createKeychainClient(options);
  const { configDir, usualConfigDir: usual = configDir } = options;
  const [own, plain] = await Promise.all([realPath(configDir), realPath(usual)]);
  // All directories of a user share one keychain. Profile names contain no `@`.
  const suffix = own === plain ? '' : `@${sha256(own).slice(0, 16)}`;
  // Two processes that change the same account concurrently would each lose the list of the other's parts.
  const locked: Locked = async (work, directory = configDir) => {
    await ensurePrivateDir(directory, options.warn);
    return withLock(path.join(directory, 'keychain'), (stillHeld) => work(changedWhile(entries, stillHeld)));
  };
  return {
    displayName: 'the system keychain',
    probe: () => probe(entries),
    get: (name) => read(entries, name + suffix),
    set: (name, secret) => locked((held) => write(held, name + suffix, secret.reveal())),
    delete: (name) => locked((held) => remove(held, name + suffix)),
    ...(suffix === ''
      ? { setAside: (name, secret) => locked((held) => write(held, name + aside, secret.reveal())) }
      : { shared: sharedSlots(entries, locked, usual) }),
  };
}

/** Suffix of an entry that an older version stored for another directory. */
const aside = '@older';

function orNone<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** Runs the work under the lock of a directory, with a client that checks the lock before each change. */
type Locked = <T>(work: (entries: KeychainClient) => Promise<T>, directory?: string) => Promise<T>;

/** Calls `stillHeld` before each change. */
function changedWhile(entries: KeychainClient, stillHeld: () => void): KeychainClient {
  return {
    get: entries.get,
    async set(account, text) {
      stillHeld();
      await entries.set(account, text);
    },
    async delete(account) {
      stillHeld();
      return entries.delete(account);
    },
  };
}

/**
 * Older versions used the lock of their own directory, so both locks are taken: the directory's and that of the slots'
 * owner.
 */
function sharedSlots(entries: KeychainClient, locked: Locked, owner: string): SharedSlots {
  const slots = (name: string) => [name, name + aside];
  return {
    owner,
    async get(name) {
      const found: Secret[] = [];
      for (const slot of slots(name)) found.push(...orNone(await read(entries, slot)));
      return found;
    },
    async delete(name, seen) {
      const removeSeen = async (held: KeychainClient) => {
        for (const slot of slots(name)) {
          const there = await read(held, slot);
          if (there?.reveal() === seen.reveal()) return remove(held, slot);
        }
        return false;
      };
      return locked(async (held) => ((await exists(owner)) ? locked(removeSeen, owner) : removeSeen(held)));
    },
  };
}

async function probe(entries: KeychainClient): Promise<void> {
  // Profile names contain no slash.
  const account = `probe/${randomBytes(8).toString('hex')}`;
  const value = randomBytes(16).toString('hex');
  await entries.set(account, value);
  const found = await entries.get(account).finally(() => entries.delete(account));
  if (found === value) return;
  throw new AppError('failure', "The system keychain can't be used: it does not return what was written", {
    hint: fallbackHint,
  });
}

async function read(entries: KeychainClient, account: string): Promise<Secret | undefined> {
  let seen: string | undefined;
  for (;;) {
    const text = await entries.get(account);
    if (text === undefined) return undefined;
    // Parts can vanish during the read when another process writes. The index has changed then.
    if (text === seen) throw damaged(account);
    seen = text;
    const head = parseIndex(text);
    if (!head) throw damaged(account);
    if (head.account !== account) return undefined;
    if (head.secret !== undefined) return new Secret(head.secret);
    if (!head.parts) return undefined;
    const parts: string[] = [];
    for (const name of chunkNames(account, head.parts)) parts.push((await entries.get(name)) ?? '');
    const secret = parts.join('');
    if (sha256(secret) === head.parts.sha256) return new Secret(secret);
  }
}

async function write(entries: KeychainClient, account: string, secret: string): Promise<void> {
  const old = await readHead(entries, account);
  const obsolete = [...old.leftover, ...(old.parts ? [old.parts] : [])];
  const next = await writeParts(entries, account, old, secret);
  // A failed write may have taken effect, so no parts are removed after it: both indexes find all of theirs.
  await entries.set(account, formatIndex({ ...next, leftover: obsolete }));
  if (obsolete.length === 0) return;
  // The secret is stored. Parts that can't be removed now stay on the list for the next write.
  const leftover = await sweep(entries, account, obsolete);
  await entries.set(account, formatIndex({ ...next, leftover })).catch(() => undefined);
}

async function writeParts(
  entries: KeychainClient,
  account: string,
  old: ChunkIndex,
  secret: string,
): Promise<Omit<ChunkIndex, 'leftover'>> {
  if (fitsInline(account, secret)) return { account, secret };
  const texts = splitIntoChunks(secret);
  const parts = { generation: randomBytes(8).toString('hex'), count: texts.length, sha256: sha256(secret) };
  // Listed before they exist, so that after an interruption the next change finds them.
  await entries.set(account, formatIndex({ ...old, leftover: [...old.leftover, parts] }));
  try {
    for (const [index, name] of chunkNames(account, parts).entries()) {
      await entries.set(name, texts[index] ?? '');
    }
  } catch (error) {
    // Parts that can't be removed are on the list.
    await sweep(entries, account, [parts]);
    throw error;
  }
  return { account, parts };
}

async function remove(entries: KeychainClient, account: string): Promise<boolean> {
  // Each step is retried once, so that a single failure does not leave a secret behind.
  const text = await again(() => entries.get(account));
  if (text === undefined) return false;
  const head = parseIndex(text) ?? { account, leftover: [] };
  if (head.account !== account) return false;
  const generations = [...head.leftover, ...(head.parts ? [head.parts] : [])];
  if (generations.length > 0) {
    // Removes the secret for readers first, even if its parts remain.
    await again(() => entries.set(account, formatIndex({ account, leftover: generations }))).catch(
      () => undefined,
    );
  }
  const leftover = await sweep(entries, account, generations);
  if (leftover.length === 0) {
    await again(() => entries.delete(account));
    return true;
  }
  throw new AppError(
    'failure',
    `Parts of the secret of "${nameIn(account)}" could not be removed from the system keychain`,
    {
      hint: 'Run the same command again; or delete the entries of "twilio-org" with the system\'s own keychain program',
    },
  );
}

/** Deletes the parts of the generations, continues after a failure, and returns the generations that may remain. */
async function sweep(
  entries: KeychainClient,
  account: string,
  generations: Generation[],
): Promise<Generation[]> {
  const failed: Generation[] = [];
  for (const generation of generations) {
    let clean = true;
    for (const name of chunkNames(account, generation)) {
      await again(() => entries.delete(name)).catch(() => {
        clean = false;
      });
    }
    if (!clean) failed.push(generation);
  }
  return failed;
}

async function readHead(entries: KeychainClient, account: string): Promise<ChunkIndex> {
  const text = await entries.get(account);
  const head = (text !== undefined && parseIndex(text)) || { account, leftover: [] };
  if (head.account === account) return head;
  const [name, other] = [nameIn(account), nameIn(head.account)];
  throw new AppError('usage', `The system keychain can't tell "${name}" from "${other}"`, {
    hint: 'Choose a profile name that differs in more than upper and lower case',
  });
}

/** The profile's name, without the suffix of the directory. */
function nameIn(account: string): string {
  return account.replace(/@.*/, '');
}

function again<T>(step: () => Promise<T>): Promise<T> {
  return step().catch(step);
}

function damaged(account: string): AppError {
  const name = nameIn(account);
  return new AppError(
    'auth',
    `The entry of profile "${name}" in the system keychain is incomplete or was changed`,
    {
      hint: `Log in again: twilio-org auth login --profile ${name}`,
    },
  );
}
