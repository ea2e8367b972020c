import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMessages } from '../../../../src/platform/terminal/messages.ts';
import { createSpinner, spinnerFrames } from '../../../../src/platform/terminal/spinner.ts';
import { Sink } from '../../../support/sink.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function shown(columns = 80) {
  const stderr = Sink.terminal(columns);
  const stop = new AbortController();
  const spinner = createSpinner({
    stderr: stderr as never,
    now: Date.now,
    frames: ['|', '/'],
    signal: stop.signal,
  });
  return {
    spinner,
    stop,
    text: () => stderr.text(),
    stderr,
    pass: (ms: number) => vi.advanceTimersByTime(ms),
  };
}

const cleared = '\r\x1b[K';

describe('the line about a wait', () => {
  it('is shown after half a second, moves, and goes when the wait is over', () => {
    const { spinner, text, pass } = shown();
    const end = spinner.begin('Reading users');
    pass(400);
    expect(text()).toBe('');
    pass(300);
    expect(text()).toBe(`| Reading users…${cleared}/ Reading users…${cleared}| Reading users…`);
    end();
    pass(500);
    expect(text().endsWith(`| Reading users…${cleared}`)).toBe(true);
    const before = text();
    pass(10_000);
    expect(text()).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is shown for a sequence of short waits', () => {
    const { spinner, text, pass } = shown();
    for (let page = 0; page < 10; page += 1) {
      const end = spinner.begin('Reading role assignments');
      pass(90);
      end();
      pass(20);
    }
    expect(text()).toContain('Reading role assignments…');
  });

  it('is not shown for short waits with pauses between them', () => {
    const { spinner, text, pass } = shown();
    for (let wait = 0; wait < 10; wait += 1) {
      const end = spinner.begin('Reading users');
      pass(300);
      end();
      pass(400);
    }
    expect(text()).toBe('');
  });

  it('names the latest wait that is not over, and counts down', () => {
    const { spinner, text, pass } = shown();
    spinner.begin('Reading users');
    pass(500);
    const end = spinner.begin('Twilio limits requests: waiting', Date.now() + 12_000);
    pass(100);
    expect(text().endsWith(' Twilio limits requests: waiting 12 s…')).toBe(true);
    pass(3_000);
    expect(text().endsWith(' Twilio limits requests: waiting 9 s…')).toBe(true);
    end();
    pass(100);
    expect(text().endsWith(' Reading users…')).toBe(true);
  });

  it('is gone before a message, and comes back half a second later', () => {
    const { spinner, text, pass, stderr } = shown();
    const beforeWrite = spinner.clear;
    const messages = createMessages({ stderr: stderr as never, env: {}, quiet: false, beforeWrite });
    spinner.begin('Reading users');
    pass(500);
    messages.note('A note');
    expect(text()).toBe(`| Reading users…${cleared}A note\n`);
    pass(400);
    expect(text().endsWith('A note\n')).toBe(true);
    pass(200);
    expect(text()).toMatch(/A note\n[|/] Reading users…/);
  });

  it('is not shown while something else has the terminal', () => {
    const { spinner, text, pass } = shown();
    spinner.begin('Reading users');
    pass(500);
    const resume = spinner.suspend();
    const before = text();
    pass(5_000);
    expect(text()).toBe(before);
    resume();
    resume();
    pass(600);
    expect(text().length).toBeGreaterThan(before.length);
  });

  it('goes for good at a signal, and never hides the cursor', () => {
    const { spinner, text, pass, stop } = shown();
    spinner.begin('Reading users');
    pass(700);
    stop.abort();
    spinner.begin('Reading roles');
    pass(1_000);
    expect(text().endsWith(cleared)).toBe(true);
    expect(text()).not.toContain('?25');
  });

  it('fits in the terminal', () => {
    const { spinner, pass, stderr } = shown(12);
    spinner.begin('Reading role assignments');
    pass(900);
    for (const piece of stderr.pieces) expect(piece.replace(cleared, '').length).toBeLessThan(12);
  });
});

it.each<[string, NodeJS.Platform, Record<string, string>, boolean]>([
  ['a locale in UTF-8', 'linux', { LANG: 'en_GB.UTF-8' }, true],
  ['a locale in another encoding', 'linux', { LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, false],
  ["the kernel's console", 'linux', { LANG: 'en_GB.UTF-8', TERM: 'linux' }, false],
  ['macOS', 'darwin', {}, true],
  ['the old console of Windows', 'win32', {}, false],
  ['Windows Terminal', 'win32', { WT_SESSION: 'x' }, true],
])('%s decides about the characters', (_, platform, env, isUnicode) => {
  expect(spinnerFrames(env, platform).includes('⠋')).toBe(isUnicode);
});
