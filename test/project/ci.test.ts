import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { home } from '../support/cli.ts';
import { testWith } from '../support/requires.ts';

const script = fileURLToPath(new URL('../../.ci/run', import.meta.url));

/** A script in place of a test run: it writes the requested report, with these numbers. */
function reporting(passed: number, failed: number): string {
  return `
    const [file] = process.argv.flatMap((word) => /^--outputFile.json=(.*)$/.exec(word)?.[1] ?? []);
    const report = { numPassedTests: ${passed}, numFailedTests: ${failed} };
    require('node:fs').writeFileSync(file, JSON.stringify(report));
    process.exitCode = ${failed > 0 ? 1 : 0};
  `;
}

/** Runs the script in a project of its own, in which npm and vitest are these. */
async function verdict({ npm = 'exit 0', vitest = reporting(5, 0) }): Promise<[number | undefined, string]> {
  const project = mkdtempSync(join(home, 'ci-'));
  const bin = join(project, 'bin');
  const command = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  mkdirSync(bin);
  mkdirSync(join(project, 'node_modules/vitest'), { recursive: true });
  writeFileSync(join(project, 'node_modules/vitest/vitest.mjs'), '');
  cpSync(script, join(project, '.ci/run'));
  writeFileSync(join(project, 'vitest.cjs'), vitest);
  command('npm', npm);
  command(
    'node',
    `case "$1" in *vitest.mjs) shift; set -- vitest.cjs "$@";; esac; exec "${process.execPath}" "$@"`,
  );
  for (const name of ['gnome-keyring-daemon', 'dbus-run-session', 'chromium', 'zsh', 'fish'])
    command(name, 'exit 0');
  const { stdout, exitCode } = await execa('bash', [join(project, '.ci/run')], {
    env: { PATH: `${bin}${delimiter}${process.env.PATH}`, TMPDIR: home },
    extendEnv: false,
    reject: false,
  });
  return [exitCode, stdout.split('\n').at(-1) ?? ''];
}

test('a test that passes only when run again is named, with its error', async () => {
  const project = mkdtempSync(join(home, 'flaky-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(project, 'node_modules'));
  const flaky = `
    import { expect, test } from 'vitest';
    let runs = 0;
    const long = 'a long text '.repeat(10);
    test('flaky', () => expect({ runs: ++runs }).toEqual({ runs: 2 }));
    test('flaky text', () => expect(long + ++runs).toMatch(/4$/));
    test('steady', () => {});
  `;
  writeFileSync(join(project, 'flaky.test.js'), flaky);
  const reporter = fileURLToPath(new URL('../scripts/flaky-tests.js', import.meta.url));
  const words = ['node_modules/vitest/vitest.mjs', 'run', '--retry=1', `--reporter=${reporter}`];
  const { stdout } = await execa(process.execPath, words, { cwd: project });
  const named = 'Passed only when run again: flaky.test.js > flaky';
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining([named, `${named} text`, '-   "runs": 2,', '+   "runs": 1,']),
  );
  expect(stdout).toMatch(/^"(a long text ){10}3"$/m);
  expect(stdout).not.toContain('steady');
});

describe('the verdict of .ci/run', () => {
  testWith('bash', 'adds up all runs', async () => {
    expect(await verdict({})).toEqual([0, '50 passed, 0 failed']);
  });

  testWith('bash', 'is failure where a test fails, and nothing more is run then', async () => {
    expect(await verdict({ vitest: reporting(4, 2) })).toEqual([1, '4 passed, 2 failed']);
  });

  testWith('bash', 'is failure where tests pass and their run does not', async () => {
    expect(await verdict({ vitest: `${reporting(5, 0)}; process.exitCode = 1;` })).toEqual([
      1,
      '5 passed, 1 failed',
    ]);
  });

  testWith('bash', 'is failure where no report is written, or half of one', async () => {
    expect(await verdict({ vitest: '' })).toEqual([1, '0 passed, 10 failed']);
    const half = reporting(5, 0).replace('JSON.stringify(report)', '"{"');
    expect(await verdict({ vitest: half })).toEqual([1, '0 passed, 10 failed']);
  });

  testWith('bash', 'is failure where a step other than a test fails', async () => {
    expect(await verdict({ npm: '[ "$1 $2" != "run demo" ]' })).toEqual([1, '5 passed, 1 failed']);
  });

  testWith('bash', 'is failure where a signal ends it, whichever', async () => {
    for (const signal of ['INT', 'TERM', 'HUP']) {
      const [exitCode, lastLine] = await verdict({ npm: `kill -${signal} $PPID; exec sleep 600` });
      expect(exitCode).toBe(1);
      expect(lastLine).toBe('0 passed, 1 failed');
    }
  });
});
