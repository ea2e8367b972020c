import { pause } from '../http/client.ts';
import { longestWait } from '../http/retry.ts';
import type { HttpOptions } from '../http/types.ts';
import { AppError } from './errors.ts';

/**
 * One value for all callers of the process, made anew when it is not usable any more. One is made at a time; a failure
 * is for those who waited for it and no later one.
 */
export function shared<T>(make: (usable: (value: T) => boolean) => Promise<T>) {
  let current: Promise<T> | undefined;
  return async (usable: (value: T) => boolean): Promise<T> => {
    const seen = current;
    if (seen !== undefined && usable(await seen)) return seen;
    // The first waiting caller makes the new value; the others share it.
    if (current !== undefined && current !== seen) return current;
    const made = make(usable);
    current = made;
    made.catch(() => {
      if (current === made) current = undefined;
    });
    return made;
  };
}

const firstPause = 500;
const longestPause = 8_000;

/**
 * In a run, a token endpoint that does not work is asked again for a minute: nothing of a change is sent without a token,
 * and each row that gives up counts towards the end of the run. Elsewhere a failure is told at once.
 */
export function patient(http: HttpOptions) {
  let failingSince: number | undefined;
  return async <T>(make: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        const made = await make();
        failingSince = undefined;
        return made;
      } catch (error) {
        if (!(error instanceof AppError) || error.kind !== 'temporary') throw error;
        failingSince ??= performance.now();
        const backoff = Math.min(longestPause, firstPause * 2 ** (tries - 1));
        const wait = Math.max(error.retryAfter ?? 0, backoff);
        const over = performance.now() + wait - failingSince > longestWait;
        if (!http.patient || http.maxRetries === 0 || over || !(await pause(wait, http))) throw error;
      }
    }
  };
}
