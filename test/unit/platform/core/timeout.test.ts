import { describe, expect, test } from 'vitest';
import { withTimeout } from '../../../../src/platform/core/timeout.ts';
import { collectGarbage, timersByHand } from '../../../support/timers.ts';

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('work with a time limit', () => {
  const { signal } = new AbortController();

  test('ends when it is over', async () => {
    await expect(withTimeout(20, signal, never)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('ends also when garbage was collected meanwhile', async () => {
    const ending = withTimeout(200, signal, never);
    setTimeout(collectGarbage, 20);
    setTimeout(collectGarbage, 60);
    await expect(ending).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('ends with the signal, also with one that was given before', async () => {
    const stop = new AbortController();
    const ending = withTimeout(10_000, stop.signal, never);
    stop.abort(new Error('stop'));
    await expect(ending).rejects.toThrow('stop');
    const gone = await withTimeout(10_000, stop.signal, async ({ aborted, reason }) => ({ aborted, reason }));
    expect(gone).toEqual({ aborted: true, reason: stop.signal.reason });
  });

  test('keeps its signal quiet after it is done', async () => {
    const pass = timersByHand();
    const stop = new AbortController();
    const inner = await withTimeout(10, stop.signal, async (signal) => signal);
    stop.abort();
    pass(60_000);
    expect(inner.aborted).toBe(false);
  });
});
