import { describe, expect, onTestFinished, test } from 'vitest';
import { cleanEnv, program, withoutProgress } from '../../support/cli.ts';
import { openTerminal } from '../../support/pty.ts';
import { joiners } from '../../support/runs-under-way.ts';

/** The final lines on a screen, after all that was written to it. */
function screen(raw: string): string[] {
  return raw.split('\r\n').map((line) => line.split('\r\x1b[K').at(-1) ?? '');
}

describe('the progress line of a run', () => {
  const onTerminal = async (args: string[], { columns = 80, variable = 'A=1' } = {}) => {
    const { input, env } = await joiners(60);
    const all = ['users', 'import', input, '--yes', '--rate', '45', ...args];
    const terminal = openTerminal('env', [variable, process.execPath, program, ...all], {
      columns,
      env: cleanEnv(env),
    });
    onTestFinished(() => terminal.close());
    expect(await terminal.exited).toBe(0);
    return terminal;
  };

  test('is drawn on a terminal, and cleared before the table', async () => {
    const terminal = await onTerminal([]);
    expect(terminal.raw()).toMatch(/\d+ of 60, 0 failed, \d+\.\d\/s, \d+ s left/);
    const left = screen(terminal.raw());
    expect(left.filter((line) => line.includes(' left'))).toEqual([]);
    expect(left.filter((line) => line.includes('@example.com'))).toHaveLength(60);
    expect(terminal.text()).toContain('60 created');
  });

  test('is cleared for rows that are printed one by one, on a terminal of 20 columns', async () => {
    const terminal = await onTerminal(['-o', 'jsonl'], { columns: 20 });
    const lines = screen(terminal.raw()).filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(Array(60).fill('created'));
  });

  test('is not drawn with --quiet, in a CI job and on a dumb terminal', async () => {
    const terminals = await Promise.all([
      onTerminal(['--quiet']),
      onTerminal([], { variable: 'CI=true' }),
      onTerminal([], { variable: 'TERM=dumb' }),
    ]);
    for (const terminal of terminals) {
      expect(terminal.raw()).not.toContain('\x1b[K');
      // A busy machine gets the lines of a run without a terminal.
      expect(withoutProgress(terminal.text().replaceAll('\r\n', '\n'))).not.toContain(' left');
    }
  });
});
