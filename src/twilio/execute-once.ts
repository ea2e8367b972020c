import { AppError } from '../platform/core/errors.ts';
import { waitUnlessSkipped } from '../platform/http/client.ts';
import { type Attempt, retryDelay } from '../platform/http/retry.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import type { Send } from './client.ts';
import type { ApiReader, Mutation, Verification } from './mutation.ts';

export interface ExecuteOptions
  extends Pick<HttpOptions, 'maxRetries' | 'signal' | 'skipWaits' | 'now' | 'retryBudget'> {
  /** Called when a look settled an outcome that no response named. */
  note?: ((line: string) => void) | undefined;
}

/** Clients that have warned about unprotected writes: once is enough for a run. */
const warned = new WeakSet<ApiReader>();

/**
 * Makes a change exactly once, as far as that can be known. When it may have happened and nobody said so, it is not sent
 * again before a look has shown that it did not happen. Throws `unknown-outcome`, with the command that shows the truth,
 * when looking settles nothing.
 */
export async function executeOnce<T>(
  api: ApiReader,
  write: Mutation<T>,
  options: ExecuteOptions,
): Promise<T> {
  if (write.unprotected !== undefined && !warned.has(api)) {
    warned.add(api);
    options.note?.(write.unprotected);
  }
  for (let tries = 1; ; tries++) {
    const failure = await failureOf(api.send, write);
    if (!(failure instanceof AppError)) return failure.result;
    if (failure.kind === 'cancelled' && failure.outcome === 'unknown') throw unsettled(write, failure);
    // After a first try that went astray, "it exists" and "it is gone" may be the news of its success.
    const isGone = failure.kind === 'conflict' || failure.kind === 'not-found';
    const news = tries > 1 && (isGone || isBusinessRule(failure));
    if (failure.outcome !== 'unknown' && !news) {
      if (isBusinessRule(failure)) return heldAnyway(api, write, failure, options);
      throw failure;
    }
    const mayRepeat = { repeatable: true, maxRetries: options.maxRetries };
    const { retryAfterMs } = failure;
    const lost: Attempt =
      retryAfterMs === undefined
        ? { status: undefined }
        : { status: failure.status ?? 503, retryAfter: String(Math.ceil(retryAfterMs / 1000)) };
    const delay = news ? undefined : retryDelay(lost, tries, mayRepeat, options.now(), Math.random());
    const wait = delay === undefined || options.retryBudget?.spend() === false ? undefined : delay;
    const seen = await seenAfter(wait ?? 0, api, write, failure, options);
    if (seen.outcome === 'done') {
      options.note?.(`No answer said so, but a look shows it: ${name(write)} took effect`);
      return seen.result;
    }
    if (seen.outcome === 'ambiguous') throw unsettled(write, failure, seen.why);
    if (news) throw failure;
    if (wait === undefined || options.skipWaits?.aborted) throw notDone(write, failure);
  }
}

/** Codes by which Twilio refuses, among other things, what others have done a moment before: it says to read again. */
function isBusinessRule({ outcome, code }: AppError): boolean {
  return outcome !== 'unknown' && (code === 25019 || code === 25106);
}

/** A refused write succeeds when its result holds already, because someone else was faster. */
async function heldAnyway<T>(
  api: ApiReader,
  write: Mutation<T>,
  failure: AppError,
  options: ExecuteOptions,
): Promise<T> {
  let seen: Verification<T>;
  try {
    seen = await write.verify(api);
  } catch (error) {
    // The refusal is more useful than the failure of the look.
    throw error instanceof AppError && error.kind !== 'cancelled' ? failure : error;
  }
  if (seen.outcome !== 'done') throw failure;
  options.note?.(
    `Twilio refused ${name(write)} (${failure.message}), but a look shows that it holds already`,
  );
  return write.asFound?.(seen.result) ?? seen.result;
}

async function failureOf<T>(send: Send, write: Mutation<T>): Promise<{ result: T } | AppError> {
  let answer: unknown;
  try {
    answer = await send(write.request, write.onResponse);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  try {
    const result = write.parse(answer);
    return write.contradiction?.(answer) ?? { result };
  } catch (cause) {
    return new AppError('unknown-outcome', `The answer to ${name(write)} is not what it should be`, {
      cause,
    });
  }
}

/** Waits before it looks: a request that seems lost may only be late. */
async function seenAfter<T>(
  wait: number,
  api: ApiReader,
  write: Mutation<T>,
  failure: AppError,
  options: ExecuteOptions,
): Promise<Verification<T>> {
  try {
    await waitUnlessSkipped(wait, options);
    return await write.verify(api);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.kind === 'cancelled')
      throw unsettled(
        write,
        new AppError('cancelled', `Cancelled before a look could tell whether ${name(write)} took effect`),
      );
    throw unsettled(write, failure, `looking failed too: ${error.message}`);
  }
}

function name({ request }: Mutation<unknown>): string {
  return `${request.method} ${request.path}`;
}

/** A cancelled request keeps its kind, whatever its outcome. */
function unsettled(write: Mutation<unknown>, failure: AppError, why?: string): AppError {
  const message = why === undefined ? failure.message : `${failure.message}; ${why}`;
  return new AppError(failure.kind === 'cancelled' ? 'cancelled' : 'unknown-outcome', message, {
    ...detailsOf(failure),
    outcome: 'unknown',
    hint: `It may or may not have happened. This shows it: ${write.inspectCommand}`,
  });
}

function notDone(write: Mutation<unknown>, failure: AppError): AppError {
  return new AppError('temporary', `${failure.message}; a look shows that it did not happen`, {
    ...detailsOf(failure),
    hint: `The same command can be run again. To see for yourself: ${write.inspectCommand}`,
  });
}

function detailsOf({ status, code, moreInfo, requestId, retryAfterMs, cause }: AppError) {
  return { status, code, moreInfo, requestId, retryAfterMs, cause };
}
