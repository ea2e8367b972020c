import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onTestFinished, vi } from 'vitest';

/**
 * From now on and until the end of the test, time limits of the program pass only by the returned function. So a test can wait
 * for what comes before the limit, however busy the machine is.
 */
export function timersByHand(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => void vi.advanceTimersByTime(ms);
}

/** Node's collector of garbage, which is not in every process. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
