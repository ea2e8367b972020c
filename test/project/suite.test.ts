import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTerminal } from '../support/pty.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.[cm]?[jt]s$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

/** The files in which a pattern is, but for those that may have it. */
function having(pattern: RegExp, allowed: readonly string[] = []): string[] {
  return files
    .filter(({ name, text }) => !allowed.includes(name) && pattern.test(text))
    .map(({ name }) => name);
}

describe('the tests themselves', () => {
  it('are found', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it('are skipped only where the reason is said', () => {
    const skips = new RegExp(String.raw`\.(skip|${'skip'}If|runIf|todo|only|fails)\b`);
    expect(having(skips, [join('support', 'requires.ts')])).toEqual([]);
  });

  it('are never tried again until they pass', () => {
    expect(having(/\bretry: *\d/)).toEqual([]);
  });

  it('read nothing beside the project, and a URL as a path nowhere', () => {
    expect(having(new RegExp(String.raw`\.\./${'shared'}\b`))).toEqual([]);
    expect(having(new RegExp(String.raw`import\.meta\.url\)\.${'pathname'}`))).toEqual([]);
  });
});

describe('a terminal of the tests', () => {
  it('reads all that a program has written, however busy the machine is', async () => {
    const halt = new Int32Array(new SharedArrayBuffer(4));
    const busy = setInterval(() => Atomics.wait(halt, 0, 0, 100), 1);
    onTestFinished(() => clearInterval(busy));
    const terminal = openTerminal('sh', ['-c', 'seq 1 4000']);
    onTestFinished(() => terminal.close());
    await terminal.exited;
    expect(terminal.text().split('\r\n').slice(-2)).toEqual(['4000', '']);
  });
});
