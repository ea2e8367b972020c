import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTerminal } from '../support/pty.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.[cm]?[jt]s$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

const gateway = join('scripts', 'bench', 'gateway.js');

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

  it('do not try again by themselves until they pass: CI alone does, and names those that do', () => {
    expect(having(/\bretry: *\d/)).toEqual([]);
  });

  it('read nothing beside the project, and a URL as a path nowhere', () => {
    expect(having(new RegExp(String.raw`\.\./${'shared'}\b`))).toEqual([]);
    expect(having(new RegExp(String.raw`import\.meta\.url\)\.${'pathname'}`))).toEqual([]);
  });
});

describe('on a busy machine, the tests', () => {
  it('wait for what a page will show, instead of reading it at once', () => {
    const reads =
      'title|url|count|textContent|innerText|innerHTML|inputValue|getAttribute|evaluate|isVisible|isChecked|isEnabled';
    // A step in a page, such as a key, ends before all that it leads to: `await expect.poll(() => page.title()).toBe(…)`.
    const atOnce = new RegExp(
      String.raw`expect\((?:[^;]*?\bpage\.url\(|\s*await (?!measured\()[^;]*?\.(?:${reads})\()`,
    );
    const inBrowser = files.filter(({ text }) => /from '(?:playwright-core|.*\/chromium\.ts)'/.test(text));
    expect(inBrowser.length).toBeGreaterThan(3);
    expect(inBrowser.filter(({ text }) => atOnce.test(text)).map(({ name }) => name)).toEqual([]);
  });

  it('wait two minutes for what must come', () => {
    const impatient = files.flatMap(({ name, text }) =>
      // Vitest's own limit is a second, and that of Playwright half a minute.
      [...text.matchAll(/\bvi\.waitFor\((?!\))[\s\S]*?;\n/g)]
        .filter(([call]) => !call.includes('120_000'))
        .map(([call]) => `${name}: ${call}`),
    );
    expect(impatient).toEqual([]);
    // A child has ten minutes, and a test of its own limit half an hour: the limit only ends what hangs.
    const short = having(/^ *timeout: (?!600_000|1_800_000)[\d_]+,$/m);
    expect(short).toEqual([]);
    expect(having(/\bchromium\.launch\b/, [join('cli', 'matrix-page.test.ts')])).toEqual([]);
  });

  it('sleep nowhere in the hope that something has happened', () => {
    const sleep = /=> setTimeout\((?:resolve|done)\b|\bsetTimeout\b[^}\n]*\} from 'node:timers\/promises'/;
    const allowed = [
      // With timers by hand.
      join('unit', 'platform', 'http', 'rate-limiter.test.ts'),
      // A holder of a lock that takes its time, which the wait for it does not count.
      join('unit', 'platform', 'fs', 'lock.test.ts'),
      // A helper that starts slowly.
      join('unit', 'login', 'credentials', 'keychain', 'store.test.ts'),
      // A process that stands still for longer than its lock is valid.
      join('resilience', 'chaos', 'pauses.test.ts'),
    ];
    const tests = having(sleep, allowed).filter((name) => name.endsWith('.test.ts'));
    expect(tests).toEqual([]);
    expect(having(/\bwaitForTimeout\(/, [join('project', 'suite.test.ts')])).toEqual([]);
  });
});

describe('beside each other, test files', () => {
  it('share no port: one that was left free is given to another server', () => {
    const ports = join('support', 'ports.ts');
    expect(having(/listen\(0\b[\s\S]{0,300}?\.close\(resolve\)/, [ports, gateway])).toEqual([]);
    expect(having(/\bMath\.random\(\)/, [ports])).toEqual([]);
  });

  it('look at no process but their own', () => {
    const others = /readdirSync\('\/proc'\)|'p(?:s|grep|kill|idof)', *\[|\bps -e/;
    const allowed = [
      // By a mark in their environment.
      join('cli', 'demo.test.ts'),
      // The program and those below it.
      join('cli', 'secrets.test.ts'),
    ];
    expect(having(others, allowed)).toEqual([]);
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
