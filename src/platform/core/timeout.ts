/**
 * Runs the work with a signal that aborts after `ms` milliseconds (the reason is a `TimeoutError`) or together with
 * `signal`. `AbortSignal.any` with `AbortSignal.timeout` would be shorter, but Node 20 may garbage-collect the latter
 * early, and then nothing ends the work.
 */
export async function withTimeout<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const end = () => over.abort(signal.reason);
  const timer = setTimeout(() => over.abort(new DOMException('The time is over', 'TimeoutError')), ms);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
/** Resolves after `ms` milliseconds. Rejects with the signal's reason as soon as it aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
