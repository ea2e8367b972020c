import { expect, test } from 'vitest';
import { createProgress, progressLine } from '../../../src/terminal/progress.ts';
import { Sink } from './sink.ts';

function shown(live: boolean, columns = 80) {
  let time = 0;
  const stderr = Object.assign(new Sink(), { columns });
  const progress = createProgress({ stderr: stderr as never, live, now: () => time });
  return {
    progress,
    text: () => stderr.text(),
    at(ms: number, done: number) {
      time = ms;
      progress.update({ done, failed: 0, all: 100 });
    },
  };
}

test('says how much is done and failed, how fast, and how long it will take', () => {
  expect(progressLine({ done: 120, failed: 3, all: 1000 }, 6000)).toBe(
    '120 of 1000, 3 failed, 20.0/s, 44 s left',
  );
  expect(progressLine({ done: 10, failed: 0, all: 1000 }, 10_000)).toBe(
    '10 of 1000, 0 failed, 1.0/s, 16 min 30 s left',
  );
  expect(progressLine({ done: 0, failed: 0, all: 9 }, 1000)).toBe('0 of 9, 0 failed, 0.0/s');
});

test('a terminal shows one line that is drawn anew, five times a second at most, and cleared', () => {
  const { at, text, progress } = shown(true);
  for (let ms = 0; ms <= 3000; ms += 10) at(ms, ms / 30);
  expect(text().split('\r\x1b[K').length).toBeLessThanOrEqual(11);
  expect(text()).not.toContain('\n');
  progress.clear();
  expect(text().endsWith('\r\x1b[K')).toBe(true);
});

test('elsewhere there is a line every ten seconds at most', () => {
  const { at, text } = shown(false);
  for (let ms = 0; ms <= 35_000; ms += 100) at(ms, ms / 350);
  expect(text().trimEnd().split('\n')).toHaveLength(3);
});

test('what is over within a second has no line, and a narrow terminal no second one', () => {
  const quick = shown(true);
  quick.at(900, 50);
  expect(quick.text()).toBe('');
  const narrow = shown(true, 20);
  narrow.at(2000, 50);
  expect(narrow.text().length).toBeLessThan(20);
});
