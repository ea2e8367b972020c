import { mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { cannot, errorCode } from './files.ts';

export interface LockOptions {
  /** How long to wait for another process, in milliseconds: longer than `staleAfter`, to outlast one that crashed. */
  patience?: number;
  /** Called once when it takes longer than a moment. */
  waits?: () => void;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
}

/** Milliseconds after which a lock that its holder no longer renews counts as left behind by a crash. */
const staleAfter = 10_000;
const renewEvery = 1_000;
const longestPause = 50;
const aMoment = 500;

/**
 * Runs `work` while no other process runs its own under the same lock, the folder `FILE.lock`; the folder of FILE
 * must exist. `work` is given `stillHeld`, to call right before what must not happen without the lock: it throws when
 * the lock was lost meanwhile, for instance because the machine slept. Throws `temporary` when others keep the lock.
 */
export async function withLock<T>(
  file: string,
  work: (stillHeld: () => void) => Promise<T>,
  { patience = 15_000, waits, signal }: LockOptions = {},
): Promise<T> {
  let lost = false;
  const waiting = setTimeout(() => waits?.(), aMoment);
  const onCompromised = () => {
    lost = true;
  };
  const release = await acquire(file, Date.now() + patience, onCompromised, signal).finally(() =>
    clearTimeout(waiting),
  );
  try {
    return await work(() => {
      if (lost) throw busy(file);
    });
  } finally {
    // A lock that was lost is somebody else's now: there is nothing to release and nothing to tell.
    await release().catch(() => undefined);
  }
}

async function acquire(
  file: string,
  deadline: number,
  onCompromised: () => void,
  signal: AbortSignal | undefined,
): Promise<() => Promise<void>> {
  const { default: lockfile } = await import('proper-lockfile');
  // Never stale for the library itself: two processes that find the same stale lock would both get it.
  const options = { realpath: false, stale: Number.MAX_SAFE_INTEGER, update: renewEvery, onCompromised };
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(file, options);
    } catch (error) {
      if (errorCode(error) !== 'ELOCKED') cannot('lock', file)(error);
    }
    await removeStale(`${file}.lock`);
    if (Date.now() > deadline) throw busy(file);
    await pause(Math.random() * longestPause);
  }
}

/** Removes the lock of a process that crashed. The claim, named after the very lock that was seen, lets only one do it. */
async function removeStale(lock: string): Promise<void> {
  const seen = await modified(lock);
  // A time far ahead is not that of a lock in use either: the clock was wrong when its holder ended.
  if (seen === undefined || Math.abs(Date.now() - seen) < staleAfter) return;
  const claim = `${lock}-${seen}`;
  const claimed = await mkdir(claim).then(
    () => true,
    () => false,
  );
  if (!claimed) return;
  try {
    if ((await modified(lock)) === seen) await rm(lock, { recursive: true }).catch(() => undefined);
  } finally {
    await rmdir(claim).catch(() => undefined);
  }
}

async function modified(place: string): Promise<number | undefined> {
  return (await stat(place).catch(() => undefined))?.mtimeMs;
}

function busy(file: string): AppError {
  return new AppError('temporary', `Another twilio-org process is using ${file}`, {
    hint: `Run the command again; if no other one is running, delete the folder ${file}.lock`,
  });
}
