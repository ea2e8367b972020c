import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bundleProgram } from '../../../support/bundle.ts';
import { openTerminal, type Terminal } from '../../../support/pty.ts';
import { describeWith } from '../../../support/requires.ts';

describeWith('terminal', 'a question that the shell stops', () => {
  let program: Awaited<ReturnType<typeof bundleProgram>>;
  let terminal: Terminal;
  let out: string;
  let runs = 0;

  beforeAll(async () => {
    program = await bundleProgram(new URL('../../../support/prompts-program.ts', import.meta.url));
  });
  afterAll(() => program.remove());
  afterEach(() => terminal.close());

  /** An interactive shell in which the program asks these questions. */
  async function inShell(questions: string, term = 'xterm-256color', by = ''): Promise<void> {
    runs += 1;
    out = join(program.folder, `out-${runs}`);
    terminal = openTerminal('bash', ['--norc', '--noprofile', '-i'], {
      env: { PATH: process.env.PATH, PS1: '> ', HISTFILE: '' },
      // Wide enough that the shell does not wrap the command.
      columns: 300,
    });
    await terminal.waitFor('> ');
    terminal.type(`TERM=${term} ${by} "${process.execPath}" "${program.file}" ${questions} > "${out}"\r`);
  }

  const answers = (): unknown => JSON.parse(readFileSync(out, 'utf8'));

  test.each([
    ['secret', 'Client secret', 'hunter2\r', ['hunter2']],
    ['text', 'E-mail', 'ann@example.com\r', ['ann@example.com']],
    ['confirm', 'Delete?', 'y\r', [true]],
    ['choose', 'Developer', '\x1b[B\r', [{ sid: 'IX2' }]],
    ['some', 'Developer', '\r', [[{ sid: 'IX2' }]]],
  ])('%s: Ctrl-Z and fg show it again, and the answer is its own', async (name, shown, keys, expected) => {
    await inShell(name);
    await terminal.waitFor(shown);
    terminal.type('\x1a');
    await terminal.waitFor(/Stopped[^\n]*\n> /);
    terminal.type('fg\r');
    await terminal.waitFor('program.mjs');
    await terminal.waitFor(shown);
    terminal.type(keys);
    await terminal.waitFor('> ');
    terminal.type('echo code=$?\r');
    await terminal.waitFor('code=0');
    expect(answers()).toEqual(expected);
    expect(terminal.raw()).not.toContain('hunter');
    expect(terminal.raw()).not.toContain('command not found');
  });

  test('what was typed before Ctrl-Z is a part of the answer', async () => {
    await inShell('text');
    await terminal.waitFor('E-mail');
    terminal.type('ann@\x1a');
    await terminal.waitFor(/Stopped[^\n]*\n> /);
    terminal.type('fg\r');
    await terminal.waitFor('program.mjs');
    await terminal.waitFor('ann@');
    terminal.type('example.com\r');
    await terminal.waitFor('> ');
    terminal.type('echo code=$?\r');
    await terminal.waitFor('code=0');
    expect(answers()).toEqual(['ann@example.com']);
  });

  test('it can be stopped again and again', async () => {
    await inShell('secret');
    for (let count = 0; count < 3; count += 1) {
      await terminal.waitFor('Client secret');
      terminal.type('a\x1a');
      await terminal.waitFor(/Stopped[^\n]*\n> /);
      terminal.type('fg\r');
      await terminal.waitFor('program.mjs');
    }
    await terminal.waitFor('Client secret');
    terminal.type('b\r');
    await terminal.waitFor('> ');
    terminal.type('echo code=$?\r');
    await terminal.waitFor('code=0');
    expect(answers()).toEqual(['aaab']);
  });

  test.each([
    ['SIGTSTP', 'xterm-256color'],
    ['SIGSTOP', 'xterm-256color'],
    ['SIGTSTP', 'dumb'],
    ['SIGSTOP', 'dumb'],
  ] as const)('%s from another process and fg (TERM=%s): a secret is not seen', async (signal, term) => {
    await inShell('secret', term, `sh -c 'echo "pid=$$;" >&2; exec "$@"' sh`);
    await terminal.waitFor(/pid=\d+;/);
    const pid = Number(/pid=(\d+);/.exec(terminal.text())?.[1]);
    await terminal.waitFor('Client secret');
    process.kill(pid, signal);
    await terminal.waitFor(/Stopped[^\n]*\n> /);
    terminal.type('fg\r');
    await terminal.waitFor('program.mjs');
    await terminal.waitFor('Client secret');
    terminal.type('hunter2\r');
    await terminal.waitFor('> ');
    terminal.type('echo code=$?\r');
    await terminal.waitFor('code=0');
    expect(answers()).toEqual(['hunter2']);
    expect(terminal.raw()).not.toContain('hunter');
  });

  test('without a shell that could go on with it, Ctrl-Z does nothing', async () => {
    const file = join(program.folder, 'alone');
    terminal = openTerminal(process.execPath, [program.file, 'secret'], {
      env: { PATH: process.env.PATH },
      stdoutFile: file,
    });
    await terminal.waitFor('Client secret');
    terminal.type('\x1ahunter2\r');
    expect(await terminal.exited).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(['hunter2']);
    expect(terminal.raw()).not.toContain('hunter');
  });

  describe('on a dumb terminal', () => {
    test.each([
      ['secret', 'Client secret', '\rhunter3\x7f2\r', ['hunter2']],
      ['text', 'E-mail', 'ann\rann@example.com\r', ['ann@example.com']],
      ['default', 'Name', '\r', ['a\u202eb']],
      ['confirm', 'Delete?', 'y\r', [true]],
      ['choose', 'Billing Manager', 'e\rdev\r', [{ sid: 'IX2' }]],
      ['choose', 'Billing Manager', '1\r', [{ sid: 'IX1' }]],
      ['some', '[x] Developer', '9\r1, 2\r', [[{ sid: 'IX1' }, { sid: 'IX2' }]]],
      ['some', '[x] Developer', '\r', [[{ sid: 'IX2' }]]],
      ['text', 'E-mail', '\x03', [{ kind: 'cancelled', message: 'Cancelled' }]],
      ['text', 'E-mail', '\x04', [{ kind: 'cancelled', message: 'Cancelled' }]],
      ['secret', 'Client secret', '\x03', [{ kind: 'cancelled', message: 'Cancelled' }]],
      ['secret', 'Client secret', '\x04', [{ kind: 'cancelled', message: 'Cancelled' }]],
    ])('%s is asked without an escape sequence: %s, %j', async (name, shown, keys, expected) => {
      const file = join(program.folder, 'dumb');
      terminal = openTerminal(
        '/bin/sh',
        ['-c', `TERM=dumb exec "${process.execPath}" "${program.file}" ${name}`],
        {
          env: { PATH: process.env.PATH },
          stdoutFile: file,
        },
      );
      await terminal.waitFor(shown);
      terminal.type(keys);
      await terminal.exited;
      if (!keys.includes('\x03') || name === 'secret')
        expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(expected);
      expect(terminal.raw()).not.toContain('\x1b');
      expect(terminal.raw()).not.toContain('hunter');
    });

    test('Ctrl-Z and fg show the question again, and a secret is not seen', async () => {
      await inShell('secret', 'dumb');
      await terminal.waitFor('? Client secret');
      terminal.type('\x1a');
      await terminal.waitFor(/Stopped[^\n]*\n> /);
      terminal.type('fg\r');
      await terminal.waitFor('program.mjs');
      await terminal.waitFor('? Client secret');
      terminal.type('hunter2\r');
      await terminal.waitFor('> ');
      terminal.type('echo code=$?\r');
      await terminal.waitFor('code=0');
      expect(answers()).toEqual(['hunter2']);
      expect(terminal.raw()).not.toContain('hunter');
    });
  });
});
