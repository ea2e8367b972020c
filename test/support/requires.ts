import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'vitest';

type Thing =
  | 'root'
  | 'keychain'
  | 'browser'
  | 'bash'
  | 'zsh'
  | 'fish'
  | 'file modes'
  | 'terminal'
  | 'signals'
  | 'Linux';

const onWindows = process.platform === 'win32';
const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Tests that need what a machine may lack. Where it is missing they are skipped, with the reason in the output;
 * with `TWILIO_ORG_TEST_NOTHING_SKIPPED=1` they fail with that reason instead, so that a green run means all of them ran.
 */
export function describeWith(thing: Thing, title: string, tests: () => void): void {
  const missing = whatIsMissing(thing);
  if (missing) skipped(title, missing);
  else describe(title, tests);
}

/** One test of that kind. */
export function testWith(thing: Thing, title: string, test: () => Promise<void>): void {
  const missing = whatIsMissing(thing);
  if (missing) skipped(title, missing);
  else it(title, test);
}

function skipped(title: string, missing: string): void {
  if (process.env.TWILIO_ORG_TEST_NOTHING_SKIPPED === '1') {
    it(title, () => {
      throw new Error(`Not run: ${missing}`);
    });
    return;
  }
  // The default reporter shows neither the names of skipped tests nor their notes.
  process.stderr.write(`skipped: ${title}: ${missing}\n`);
  it.skip(`${title} (skipped: ${missing})`, () => undefined);
}

/** The program to drive as a browser, if this machine has one. */
export function findBrowser(): string | undefined {
  return browsers.map(findProgram).find((found) => found !== undefined);
}

function whatIsMissing(thing: Thing): string | undefined {
  if (thing === 'browser') return findBrowser() ? undefined : `needs one of ${browsers.join(', ')}`;
  if (thing === 'root') {
    const able = process.getuid?.() === 0 && findProgram('setpriv') && findProgram('mount');
    return able ? undefined : 'needs root, setpriv and mount';
  }
  if (thing === 'file modes') return onWindows ? 'needs file modes, which Windows has not' : undefined;
  if (thing === 'signals') return onWindows ? 'needs SIGSTOP, which Windows has not' : undefined;
  if (thing === 'terminal') return onWindows ? 'needs a POSIX terminal' : undefined;
  if (thing === 'Linux') return process.platform === 'linux' ? undefined : 'needs Linux';
  const programs = thing === 'keychain' ? ['gnome-keyring-daemon', 'dbus-run-session'] : [thing];
  const absent = programs.filter((program) => !findProgram(program));
  return absent.length > 0 ? `needs ${absent.join(' and ')}` : undefined;
}

function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
