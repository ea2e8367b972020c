import { AppError } from '../core/errors.ts';
import { waitUnlessSkipped } from './client.ts';
import { maxRetryAfterMs } from './retry.ts';
import type { HttpOptions } from './types.ts';

const firstPauseMs = 500;

export const maxPauseMs = 8000;

/**
 * Retries a failing token endpoint for a minute in a run. Without a token no change is sent, and a run ends after several
 * failures in a row. Elsewhere a failure is reported at once.
 */
export function retryPatiently(http: HttpOptions) {
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
        const backoff = Math.min(maxPauseMs, firstPauseMs * 2 ** (tries - 1));
        const wait = Math.max(error.retryAfterMs ?? 0, backoff);
        const over = performance.now() + wait - failingSince > maxRetryAfterMs;
        if (!http.patient || http.maxRetries === 0 || over || !(await waitUnlessSkipped(wait, http)))
          throw error;
      }
    }
  };
}
