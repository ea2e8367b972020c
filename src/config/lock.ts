import { AppError } from '../errors.ts';
import { cannot } from './files.ts';

export interface LockOptions {
  /** How long to wait for another process, in milliseconds. Longer than `staleAfter`, or a crash's lock is never taken over. */
  patience?: number;
}

/** Milliseconds after which a lock whose holder no longer renews it counts as left behind by a crash. */
const staleAfter = 10_000;
const longestPause = 100;

/**
 * Runs `work` while no other process runs its own under the same lock, the folder `FILE.lock`; the folder of FILE
 * must exist. `work` is given `stillHeld`, to call right before what must not happen without the lock: it throws when
 * the lock was lost meanwhile, for instance because the machine slept.
 */
export async function withLock<T>(
  file: string,
  work: (stillHeld: () => void) => Promise<T>,
  { patience = 15_000 }: LockOptions = {},
): Promise<T> {
  const { default: lockfile } = await import('proper-lockfile');
  let lost = false;
  const release = await lockfile
    .lock(file, {
      realpath: false,
      stale: staleAfter,
      retries: {
        retries: Math.ceil(patience / longestPause),
        minTimeout: 10,
        maxTimeout: longestPause,
        randomize: true,
      },
      onCompromised: () => {
        lost = true;
      },
    })
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ELOCKED') throw busy(file);
      return cannot('lock', file)(error);
    });
  try {
    return await work(() => {
      if (lost) throw busy(file);
    });
  } finally {
    // A lock that was lost is somebody else's now; there is nothing to release and nothing to tell.
    await release().catch(() => undefined);
  }
}

function busy(file: string): AppError {
  return new AppError('temporary', `Another twilio-org process is using ${file}.`, {
    hint: `Run the command again; if no other one is running, delete the folder ${file}.lock.`,
  });
}
