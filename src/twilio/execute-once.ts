import { AppError } from '../platform/core/errors.ts';
import { waitUnlessSkipped } from '../platform/http/client.ts';
import { type Attempt, retryDelay } from '../platform/http/retry.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import type { Send } from './client.ts';
import type { ApiReader, Mutation, Verification } from './mutation.ts';

export interface ExecuteOptions
  extends Pick<HttpOptions, 'maxRetries' | 'signal' | 'skipWaits' | 'now' | 'retryBudget'> {
  /** Receives a line when verification settled an outcome without a response. */
  note?: ((line: string) => void) | undefined;
}

/** Clients that have warned about unprotected writes, which happens once a run. */
const warned = new WeakSet<ApiReader>();

/**
 * Sends a mutation so that it takes effect exactly once. When its response is lost, verification must show that it did not
 * take effect before it is sent again.
 *
 * @throws unknown-outcome, with the command that shows the current state, when verification can't settle it
 */
export async function executeOnce<T>(
  api: ApiReader,
  mutation: Mutation<T>,
  options: ExecuteOptions,
): Promise<T> {
  if (mutation.unprotected !== undefined && !warned.has(api)) {
    warned.add(api);
    options.note?.(mutation.unprotected);
  }
  for (let tries = 1; ; tries++) {
    const failure = await failureOf(api.send, mutation);
    if (!(failure instanceof AppError)) return failure.result;
    if (failure.kind === 'cancelled' && failure.outcome === 'unknown') throw unsettled(mutation, failure);
    // After a lost attempt, "it exists" or "it is gone" may mean that the attempt succeeded.
    const existsOrGone = failure.kind === 'conflict' || failure.kind === 'not-found';
    const maySignalSuccess = tries > 1 && (existsOrGone || isBusinessRule(failure));
    if (failure.outcome !== 'unknown' && !maySignalSuccess) {
      if (isBusinessRule(failure)) return heldAnyway(api, mutation, failure, options);
      throw failure;
    }
    const mayRepeat = { repeatable: true, maxRetries: options.maxRetries };
    const { retryAfterMs } = failure;
    const lost: Attempt =
      retryAfterMs === undefined
        ? { status: undefined }
        : { status: failure.status ?? 503, retryAfter: String(Math.ceil(retryAfterMs / 1000)) };
    const delay = maySignalSuccess
      ? undefined
      : retryDelay(lost, tries, mayRepeat, options.now(), Math.random());
    const wait = delay === undefined || options.retryBudget?.spend() === false ? undefined : delay;
    const seen = await verifyAfter(wait ?? 0, api, mutation, failure, options);
    if (seen.outcome === 'done') {
      options.note?.(`${name(mutation)} took effect: its response was lost, but the current state shows it`);
      return seen.result;
    }
    if (seen.outcome === 'ambiguous') throw unsettled(mutation, failure, seen.why);
    if (maySignalSuccess) throw failure;
    if (wait === undefined || options.skipWaits?.aborted) throw notDone(mutation, failure);
  }
}

/** True of codes by which Twilio refuses, among other things, a change that somebody else has just made. */
export function isBusinessRule({ outcome, code }: AppError): boolean {
  return outcome !== 'unknown' && (code === 25019 || code === 25106);
}

/** Treats a refused write as done when its result already holds, because somebody else was faster. */
async function heldAnyway<T>(
  api: ApiReader,
  mutation: Mutation<T>,
  failure: AppError,
  options: ExecuteOptions,
): Promise<T> {
  let seen: Verification<T>;
  try {
    seen = await mutation.verify(api);
  } catch (error) {
    // The refusal is more useful than the error of the verification.
    throw error instanceof AppError && error.kind !== 'cancelled' ? failure : error;
  }
  if (seen.outcome !== 'done') throw failure;
  options.note?.(
    `Twilio refused ${name(mutation)} (${failure.message}), but the current state shows that it is already done`,
  );
  return mutation.asFound?.(seen.result) ?? seen.result;
}

async function failureOf<T>(send: Send, mutation: Mutation<T>): Promise<{ result: T } | AppError> {
  let response: unknown;
  try {
    response = await send(mutation.request, mutation.onResponse);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  try {
    const result = mutation.parse(response);
    return mutation.contradiction?.(response) ?? { result };
  } catch (cause) {
    return new AppError('unknown-outcome', `The response to ${name(mutation)} has an unexpected form`, {
      cause,
    });
  }
}

/** Verifies after a wait, because a request that seems lost may only be late. */
async function verifyAfter<T>(
  wait: number,
  api: ApiReader,
  mutation: Mutation<T>,
  failure: AppError,
  options: ExecuteOptions,
): Promise<Verification<T>> {
  try {
    await waitUnlessSkipped(wait, options);
    return await mutation.verify(api);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.kind === 'cancelled')
      throw unsettled(
        mutation,
        new AppError('cancelled', `Cancelled before it was verified whether ${name(mutation)} took effect`),
      );
    throw unsettled(mutation, failure, `verifying it failed too: ${error.message}`);
  }
}

function name({ request }: Mutation<unknown>): string {
  return `${request.method} ${request.path}`;
}

/** The error of an unknown outcome. A cancelled request keeps its kind. */
function unsettled(mutation: Mutation<unknown>, failure: AppError, why?: string): AppError {
  const message = why === undefined ? failure.message : `${failure.message}; ${why}`;
  return new AppError(failure.kind === 'cancelled' ? 'cancelled' : 'unknown-outcome', message, {
    ...detailsOf(failure),
    outcome: 'unknown',
    hint: `It may or may not have happened. This shows it: ${mutation.inspectCommand}`,
  });
}

function notDone(mutation: Mutation<unknown>, failure: AppError): AppError {
  return new AppError('temporary', `${failure.message}; the current state shows that it did not happen`, {
    ...detailsOf(failure),
    hint: `You can run the same command again. To check: ${mutation.inspectCommand}`,
  });
}

function detailsOf({ status, code, moreInfo, requestId, retryAfterMs, cause }: AppError) {
  return { status, code, moreInfo, requestId, retryAfterMs, cause };
}
