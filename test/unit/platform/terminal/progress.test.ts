import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMessages } from '../../../../src/platform/terminal/messages.ts';
import { createProgress, formatProgress } from '../../../../src/platform/terminal/progress.ts';
import { Sink } from '../../../support/sink.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Of 1,000; time passes by hand. */
function shown(live: boolean, columns = 80) {
  const stderr = Sink.terminal(columns);
  const progress = createProgress({ stderr: stderr as never, live, all: 1000, now: Date.now });
  return {
    progress,
    stderr,
    text: () => stderr.text(),
    /** So many come to their end, evenly, while the milliseconds pass. */
    pass(ms: number, ended = 0) {
      for (let step = 0; step < ended; step++) {
        progress.add('done');
        vi.advanceTimersByTime(ms / ended);
      }
      if (ended === 0) vi.advanceTimersByTime(ms);
    },
  };
}

test('the progress line shows done, failed, rate and remaining time', () => {
  expect(formatProgress({ done: 120, failed: 3, all: 1000 }, 20)).toBe(
    '120 of 1000, 3 failed, 20.0/s, 44 s left',
  );
  expect(formatProgress({ done: 10, failed: 0, all: 1000 }, 1)).toBe(
    '10 of 1000, 0 failed, 1.0/s, 16 min 30 s left',
  );
  expect(formatProgress({ done: 0, failed: 0, all: 10_000 }, 1)).toContain('2 h 46 min left');
  expect(formatProgress({ done: 0, failed: 0, all: 9 }, 0)).toBe('0 of 9, 0 failed, 0.0/s');
});

test('the progress line is redrawn five times a second at most, and cleared at the end', () => {
  const { pass, text, stderr, progress } = shown(true);
  pass(3000, 60);
  expect(stderr.pieces.length).toBeGreaterThan(5);
  expect(stderr.pieces.length).toBeLessThanOrEqual(11);
  expect(text()).toContain('60 of 1000, 0 failed, 20.0/s, 47 s left');
  expect(text()).not.toContain('\n');
  progress.end();
  pass(5000);
  expect(text().endsWith('\r\x1b[K')).toBe(true);
});

test('the rate of the progress line leaves out skipped items', () => {
  const { pass, text, progress } = shown(true);
  pass(1500, 15);
  for (let count = 0; count < 500; count++) progress.add('before');
  pass(1500, 15);
  expect(text()).toContain('530 of 1000, 0 failed, 10.0/s, 47 s left');
});

test('without a terminal there is a progress line every ten seconds at most, also without progress', () => {
  const { pass, text } = shown(false);
  pass(15_000, 150);
  pass(20_000);
  expect(text().split('\n')).toEqual([
    '100 of 1000, 0 failed, 10.0/s, 1 min 30 s left',
    '150 of 1000, 0 failed, 5.0/s, 2 min 50 s left',
    '150 of 1000, 0 failed, 0.0/s',
    '',
  ]);
});

test('the rate of the progress line is that of the last ten seconds', () => {
  const { progress, pass, text } = shown(true);
  for (let index = 0; index < 500; index++) progress.add('done');
  pass(15_000, 150);
  expect(text()).toMatch(/650 of 1000, 0 failed, 10\.\d\/s, 35 s left$/);
});

test('a run of less than a second has no progress line, and a narrow terminal one at most', () => {
  const quick = shown(true);
  quick.pass(900, 50);
  expect(quick.text()).toBe('');
  const narrow = shown(true, 20);
  narrow.pass(1000, 50);
  expect(narrow.text()).toBe('50 of 1000, 0 faile');
});

test('a message replaces the progress line, which is redrawn below it', () => {
  const { progress, pass, stderr } = shown(true);
  const messages = createMessages({ stderr, env: {}, quiet: false });
  messages.beforeWrite = progress.clear;
  pass(1000, 10);
  messages.note('Something happened');
  pass(200);
  progress.end();
  expect(stderr.pieces).toEqual([
    '10 of 1000, 0 failed, 10.0/s, 1 min 39 s left',
    '\r\x1b[K',
    'Something happened\n',
    '10 of 1000, 0 failed, 8.3/s, 1 min 59 s left',
    '\r\x1b[K',
  ]);
});
