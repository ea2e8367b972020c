import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { errorCode, fsErrorHandler } from './errors.ts';
import { type Lease, lease } from './lease.ts';

export interface LockOptions extends Partial<Lease> {
  /** Called once when it takes longer than a moment. */
  onWait?: () => void;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Renews the lock, and throws `temporary` when it belongs to another process by now. To be called right before each
 * step that must not happen without the lock.
 */
export type StillHeld = () => void;

/** @param abandoned whether the holder before never gave the lock back: it crashed, or it stands still */
export type LockedWork<T> = (stillHeld: StillHeld, abandoned: boolean) => Promise<T>;

const shortestPause = 5;
const longestPause = 50;
const aMoment = 500;

/**
 * Runs `work` while no other process runs its own under the same lock, the folder `FILE.lock`; the folder of FILE
 * must exist. Throws `temporary` when another process keeps the lock and gets no step further.
 *
 * The folder holds one entry, whose name is unique to this holder and this renewal. To renew the lock and to take over
 * one that was left behind are both a rename of that entry: the system lets one of them succeed, so the answer to "is
 * it still mine?" comes from the disk and needs no clock. The clock only says when others may take it over: when the
 * folder was last changed.
 */
export async function withLock<T>(file: string, work: LockedWork<T>, options: LockOptions = {}): Promise<T> {
  const { onWait: waits, renewEveryMs: renewEvery = lease.renewEveryMs } = options;
  const waiting = setTimeout(() => waits?.(), aMoment);
  const { entry, abandoned } = await acquire(file, options).finally(() => clearTimeout(waiting));
  const held = holding(file, entry);
  const renewing = setInterval(held.beat, renewEvery).unref();
  try {
    return await work(held.step, abandoned);
  } finally {
    clearInterval(renewing);
    await held.release();
  }
}

/** Name of a lock's entry: the holder, the number of its steps and the number of its renewals. */
const entryName = (id: string, steps: number, renewals: number) => `${id}-${steps}-${renewals}`;

function holding(file: string, first: Entry) {
  const lock = `${file}.lock`;
  let steps = 0;
  let renewals = 0;
  let mine = path.join(lock, first.name);
  function renew(): void {
    renewals += 1;
    const next = path.join(lock, entryName(first.id, steps, renewals));
    // Not a promise: between this and the step that follows, the process must have no time to stand still.
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
        // The next step says so.
      }
    },
    /** A lock that was lost is another process's now: its entry has another name, and stays. */
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

/** Its own entry in a lock. */
interface Entry {
  id: string;
  name: string;
}

async function acquire(file: string, options: LockOptions): Promise<{ entry: Entry; abandoned: boolean }> {
  const {
    timeoutMs: patience = lease.timeoutMs,
    staleAfterMs: staleAfter = lease.staleAfterMs,
    signal,
  } = options;
  const lock = `${file}.lock`;
  const id = randomBytes(8).toString('hex');
  const entry = { id, name: entryName(id, 0, 0) };
  let holder: string | undefined;
  let waited = 0;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look(lock);
    if (seen === undefined) {
      if (await make(lock, entry).catch(fsErrorHandler('lock', file))) return { entry, abandoned: false };
    } else if (await isStale(lock, seen, staleAfter, id).catch(fsErrorHandler('lock', file))) {
      if (await takeOver(lock, seen, entry)) return { entry, abandoned: true };
    }
    const next = seen?.entries?.[0]?.split('-').slice(0, 2).join();
    // A holder that gets on, or that has made room for another one, is worth waiting for.
    if (next !== holder) waited = 0;
    holder = next;
    if (waited > patience) throw busy(file);
    // Those who have waited longer ask more often. Time that the machine slept, or had for others, is not counted.
    const ms = shortestPause + (Math.random() * longestPause) / (1 + waited / 1000);
    await pause(ms);
    waited += ms;
  }
}

/** A lock as it lies on the disk. */
interface Seen {
  /** Absent when it is no folder. */
  entries: string[] | undefined;
  changedAt: number;
}

async function look(lock: string): Promise<Seen | undefined> {
  // In this order: an entry that is renewed in between has another name, and the time is that of the new one.
  const entries = await readdir(lock).catch(() => undefined);
  const found = await stat(lock).catch(() => undefined);
  return found && { entries: entries?.toSorted(), changedAt: found.mtimeMs };
}

/** Puts a lock in place that has its entry from the beginning; false when another one was faster. */
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

/** A time far ahead is not that of a lock in use either: the clock was wrong when its holder ended. */
async function isStale(lock: string, { changedAt }: Seen, after: number, id: string): Promise<boolean> {
  if (Math.abs(Date.now() - changedAt) < after) return false;
  // The disk may have a clock of its own: that of a server, or of the machine around a container.
  const probe = `${lock}-${id}`;
  await mkdir(probe);
  const now = (await stat(probe).finally(() => rmdir(probe))).mtimeMs;
  return Math.abs(now - changedAt) >= after;
}

/** Takes over the very lock that was seen; false when it has changed since, or is only out of the way now. */
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
  // More than one entry is the work of another program. While this one tidies up, the lock may change hands again.
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
    hint: `Run the command again; if no other one is running, delete the folder ${file}.lock`,
  });
}

function lost(file: string): AppError {
  return new AppError(
    'temporary',
    `Another twilio-org process is using ${file}: it took over while this one stood still`,
    {
      hint: 'Nothing was sent or written after that. See what the other one did before you run the command again',
    },
  );
}
