import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { errorCode, fsErrorHandler } from './errors.ts';
import { type Lease, lease } from './lease.ts';

export interface LockOptions extends Partial<Lease> {
  /** Called once when the lock is not free within half a second. */
  onWait?: () => void;
  /** Ends the wait; its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Renews the lock; throws `temporary` when another process has taken it over. Call it right before each step that must
 * not happen without the lock.
 */
export type StillHeld = () => void;

/** @param abandoned true when the previous holder never released the lock: it crashed or is suspended */
export type LockedWork<T> = (stillHeld: StillHeld, abandoned: boolean) => Promise<T>;

const minPauseMs = 5;
const maxPauseMs = 50;
const onWaitAfterMs = 500;

/**
 * Runs `work` while this process alone holds the lock, the directory `FILE.lock`; the directory of FILE must exist.
 *
 * The lock directory holds one entry, whose name is unique to the holder and the renewal. Renewing a lock and taking over
 * an abandoned one both rename that entry, and the system lets only one of them succeed. So the disk, not a clock, tells
 * whether the lock is still held. The clock only tells when others may take it over: some time after its last change.
 *
 * @throws temporary when another process keeps the lock and makes no progress
 */
export async function withLock<T>(file: string, work: LockedWork<T>, options: LockOptions = {}): Promise<T> {
  const { onWait, renewEveryMs = lease.renewEveryMs } = options;
  const waiting = setTimeout(() => onWait?.(), onWaitAfterMs);
  const { entry, abandoned } = await acquire(file, options).finally(() => clearTimeout(waiting));
  const held = holding(file, entry);
  const renewing = setInterval(held.beat, renewEveryMs).unref();
  try {
    return await work(held.step, abandoned);
  } finally {
    clearInterval(renewing);
    await held.release();
  }
}

/** Name of a lock's entry: the holder, its steps and its renewals. */
const entryName = (id: string, steps: number, renewals: number) => `${id}-${steps}-${renewals}`;

function holding(file: string, first: Entry) {
  const lock = `${file}.lock`;
  let steps = 0;
  let renewals = 0;
  let mine = path.join(lock, first.name);
  function renew(): void {
    renewals += 1;
    const next = path.join(lock, entryName(first.id, steps, renewals));
    // Synchronous, so that the process can't be suspended between this and the step that follows.
    renameSync(mine, next);
    mine = next;
  }
  return {
    step(): void {
      steps += 1;
      try {
        renew();
      } catch (error) {
        if (isGone(error)) throw lost(file);
        fsErrorHandler('lock', file)(error);
      }
    },
    beat(): void {
      try {
        renew();
      } catch {
        // The next step throws.
      }
    },
    /** A lock that another process took over stays, because its entry has another name. */
    async release(): Promise<void> {
      try {
        await rm(mine, { recursive: true });
        await rmdir(lock);
      } catch {
        // The next process takes over an entry that can't be removed.
      }
    },
  };
}

/** This process's entry in a lock. */
interface Entry {
  id: string;
  name: string;
}

async function acquire(file: string, options: LockOptions): Promise<{ entry: Entry; abandoned: boolean }> {
  const { timeoutMs = lease.timeoutMs, staleAfterMs = lease.staleAfterMs, signal } = options;
  const lock = `${file}.lock`;
  const id = randomBytes(8).toString('hex');
  const entry = { id, name: entryName(id, 0, 0) };
  let holder: string | undefined;
  let waitedMs = 0;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look(lock);
    if (seen === undefined) {
      if (await make(lock, entry).catch(fsErrorHandler('lock', file))) return { entry, abandoned: false };
    } else if (await isStale(lock, seen, staleAfterMs, id).catch(fsErrorHandler('lock', file))) {
      if (await takeOver(lock, seen, entry)) return { entry, abandoned: true };
    }
    const next = seen?.entries?.[0]?.split('-').slice(0, 2).join();
    // The wait starts again when the holder makes progress, or another one follows it.
    if (next !== holder) waitedMs = 0;
    holder = next;
    if (waitedMs > timeoutMs) throw busy(file);
    // Shorter pauses favour those who have waited longer. Time that the machine slept is not counted.
    const ms = minPauseMs + (Math.random() * maxPauseMs) / (1 + waitedMs / 1000);
    await pause(ms);
    waitedMs += ms;
  }
}

/** A lock as found on the disk. */
interface Seen {
  /** Absent when it is not a directory. */
  entries: string[] | undefined;
  changedAt: number;
}

async function look(lock: string): Promise<Seen | undefined> {
  // In this order: after a renewal in between, the entry has another name than the one seen here.
  const entries = await readdir(lock).catch(() => undefined);
  const found = await stat(lock).catch(() => undefined);
  return found && { entries: entries?.toSorted(), changedAt: found.mtimeMs };
}

/** Creates the lock together with its entry; false when another process was faster. */
async function make(lock: string, { id, name }: Entry): Promise<boolean> {
  const made = `${lock}-${id}`;
  await mkdir(made);
  try {
    await writeFile(path.join(made, name), '');
    return await rename(made, lock).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** A time far in the future counts as stale too: the clock was wrong when the holder ended. */
async function isStale(lock: string, { changedAt }: Seen, afterMs: number, id: string): Promise<boolean> {
  if (Math.abs(Date.now() - changedAt) < afterMs) return false;
  // The disk may have a clock of its own, that of a file server or of the host of a container.
  const probe = `${lock}-${id}`;
  await mkdir(probe);
  const now = (await stat(probe).finally(() => rmdir(probe))).mtimeMs;
  return Math.abs(now - changedAt) >= afterMs;
}

/** Takes over the lock exactly as seen; false when it has changed since, or had no entry and was removed. */
async function takeOver(lock: string, { entries }: Seen, { name }: Entry): Promise<boolean> {
  const [first, ...others] = entries ?? [];
  if (entries === undefined) await unlink(lock).catch(() => undefined);
  else if (first === undefined) await rmdir(lock).catch(() => undefined);
  if (first === undefined) return false;
  const mine = path.join(lock, name);
  try {
    await rename(path.join(lock, first), mine);
  } catch {
    return false;
  }
  // Further entries come from another program. The lock may change hands while they are removed.
  for (const other of others) await rm(path.join(lock, other), { recursive: true, force: true });
  const left = await readdir(lock).catch(() => []);
  if (left.length === 1 && left[0] === name) return true;
  await rm(mine, { recursive: true, force: true });
  return false;
}

function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function busy(file: string): AppError {
  return new AppError('temporary', `Another twilio-org process is using ${file}`, {
    hint: `Run the command again. If no other one is running, delete the directory ${file}.lock`,
  });
}

function lost(file: string): AppError {
  return new AppError(
    'temporary',
    `Another twilio-org process took over ${file} while this one was suspended`,
    {
      hint: 'Nothing was sent or written after that. Check what the other process did before you run the command again',
    },
  );
}
