import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { plainStyle } from '../../../../src/platform/terminal/color.ts';
import { createPrompts } from '../../../../src/platform/terminal/prompts.ts';
import { bundleProgram } from '../../../support/bundle.ts';
import { openTerminal, type Terminal } from '../../../support/pty.ts';
import { describeWith } from '../../../support/requires.ts';
import { Sink } from '../../../support/sink.ts';

describeWith('terminal', 'on a terminal', () => {
  let program: Awaited<ReturnType<typeof bundleProgram>>;
  let terminal: Terminal;
  let stdoutFile: string;
  let runs = 0;

  beforeAll(async () => {
    program = await bundleProgram(new URL('../../../support/prompts-program.ts', import.meta.url));
  });
  afterAll(() => program.remove());
  afterEach(() => terminal.close());

  function ask(questions: string[], env: Record<string, string> = {}): void {
    runs += 1;
    stdoutFile = join(program.folder, `stdout-${runs}`);
    terminal = openTerminal(process.execPath, [program.file, ...questions], {
      env: { PATH: process.env.PATH, ...env },
      stdoutFile,
    });
  }

  /** The program has to end by itself: nothing a question leaves behind may keep it alive. */
  async function answers(): Promise<unknown> {
    expect(await terminal.exited).toBe(0);
    return JSON.parse(await readFile(stdoutFile, 'utf8'));
  }

  test('a text is typed and returned, and stdout holds nothing of the question', async () => {
    ask(['text']);
    await terminal.waitFor('E-mail');
    terminal.type('ann@example.com\r');
    expect(await answers()).toEqual(['ann@example.com']);
  });

  test('a text that does not pass is asked for again, with the reason', async () => {
    ask(['text']);
    await terminal.waitFor('E-mail');
    terminal.type('ann\r');
    await terminal.waitFor('"ann\\x07" is no e-mail address');
    terminal.type('@b\r');
    expect(await answers()).toEqual(['ann@b']);
  });

  test('control characters in a message are shown, not obeyed', async () => {
    ask(['text']);
    await terminal.waitFor('E-mail\\x1b[31m');
    expect(terminal.raw()).not.toContain('\x1b[31m');
    terminal.type('\x03');
    await answers();
  });

  test('Enter alone takes the default, exactly, though it was shown escaped', async () => {
    ask(['default']);
    await terminal.waitFor('Name (a\\u202eb)');
    terminal.type('\r');
    expect(await answers()).toEqual(['a\u202eb']);
  });

  test('a secret never appears on the screen, and nothing at all is refused', async () => {
    ask(['secret']);
    await terminal.waitFor('Client secret');
    terminal.type('\r');
    await terminal.waitFor('Type or paste it');
    terminal.type('hunter2\x14\r');
    expect(await answers()).toEqual(['hunter2']);
    expect(terminal.raw()).not.toContain('hunter');
  });

  test.each([
    ['\r', false],
    ['n\r', false],
    ['y\r', true],
    ['YES\r', true],
  ])('a confirmation answered %j is %s', async (keys, answer) => {
    ask(['confirm']);
    await terminal.waitFor('Delete? (y/N)');
    terminal.type(keys);
    expect(await answers()).toEqual([answer]);
  });

  test('a choice is found by several words of its name and description, in any case and order', async () => {
    ask(['choose']);
    await terminal.waitFor('Developer');
    terminal.type('INVOICES bill');
    await terminal.waitFor('INVOICES bill');
    terminal.type('\r');
    expect(await answers()).toEqual([{ sid: 'IX1' }]);
  });

  test('a choice is picked with the arrow keys', async () => {
    ask(['choose']);
    await terminal.waitFor('Developer');
    terminal.type('\x1b[B');
    await terminal.waitFor(/❯ Developer/);
    terminal.type('\r');
    expect(await answers()).toEqual([{ sid: 'IX2' }]);
  });

  test('control characters in choices are shown, not obeyed', async () => {
    ask(['choose']);
    await terminal.waitFor('Evil\\u202e\\x1b[31m role');
    terminal.type('evil');
    await terminal.waitFor('a\\nb');
    expect(terminal.raw()).not.toContain('\u202e');
    terminal.type('\r');
    expect(await answers()).toEqual([{ sid: 'IX3' }]);
  });

  test('several choices are ticked with space, and come in the order of the list', async () => {
    ask(['some']);
    await terminal.waitFor('◉ Developer');
    terminal.type(' ');
    await terminal.waitFor('◉ Billing Manager');
    terminal.type('\r');
    expect(await answers()).toEqual([[{ sid: 'IX1' }, { sid: 'IX2' }]]);
  });

  test('no choice at all is refused', async () => {
    ask(['some']);
    await terminal.waitFor('◉ Developer');
    terminal.type('\x1b[B ');
    await terminal.waitFor('◯ Developer');
    terminal.type('\r');
    await terminal.waitFor('At least one choice must be selected');
    terminal.type(' \r');
    expect(await answers()).toEqual([[{ sid: 'IX2' }]]);
  });

  test('control characters in several choices are shown, not obeyed', async () => {
    ask(['some']);
    await terminal.waitFor('Evil\\u202e\\x1b[31m role');
    terminal.type('\x1b[B\x1b[B');
    await terminal.waitFor('a\\nb');
    expect(terminal.raw()).not.toContain('\u202e');
    terminal.type('\x03');
    await answers();
  });

  test('an empty list is not asked about', async () => {
    ask(['none']);
    expect(await answers()).toEqual([
      { kind: 'not-found', message: 'There is nothing to choose for --role' },
    ]);
  });

  test('questions follow one another', async () => {
    ask(['text', 'confirm', 'secret']);
    await terminal.waitFor('E-mail');
    terminal.type('a@b\r');
    await terminal.waitFor('Delete?');
    terminal.type('y\r');
    await terminal.waitFor('Client secret');
    terminal.type('s\r');
    expect(await answers()).toEqual(['a@b', true, 's']);
  });

  test.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('%s at any question cancels', async (_, key) => {
    for (const [name, shown] of [
      ['text', 'E-mail'],
      ['secret', 'Client secret'],
      ['confirm', 'Delete?'],
      ['choose', 'Developer'],
      ['some', 'Developer'],
    ] as const) {
      ask([name, 'text']);
      await terminal.waitFor(shown);
      terminal.type(key);
      expect(await answers()).toEqual([{ kind: 'cancelled', message: 'Cancelled' }]);
    }
  });

  test('an aborted signal cancels an open question', async () => {
    ask(['text']);
    await terminal.waitFor('E-mail');
    process.kill(terminal.pid, 'SIGUSR2');
    expect(await answers()).toEqual([{ kind: 'cancelled', message: 'Cancelled' }]);
  });

  test('with colour, the questions are bold, dim, red and green, which all terminals can show', async () => {
    await answerEach({ COLOR: 'yes', FORCE_COLOR: '1' });
    expect(terminal.raw()).toContain('\x1b[1mDelete?\x1b[22m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour sequences themselves
    const codes = new Set([...terminal.raw().matchAll(/\x1b\[([0-9;]*)m/g)].map(([, code]) => code));
    expect([...codes].sort()).toEqual(['1', '2', '22', '31', '32', '39']);
  });

  test('without colour nothing is coloured', async () => {
    await answerEach({ FORCE_COLOR: '1' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour sequences themselves
    expect(terminal.raw()).not.toMatch(/\x1b\[[0-9;]*m/);
  });

  /** Goes through all kinds of questions, with an invalid answer and a search that finds nothing. */
  async function answerEach(env: Record<string, string>): Promise<void> {
    ask(['text', 'secret', 'confirm', 'some', 'default', 'choose'], env);
    await terminal.waitFor('E-mail');
    terminal.type('x\r');
    await terminal.waitFor('no e-mail');
    terminal.type('@\r');
    await terminal.waitFor('Client secret');
    terminal.type('s\r');
    await terminal.waitFor('Delete?');
    terminal.type('\r');
    await terminal.waitFor('◉ Developer');
    terminal.type('\r');
    await terminal.waitFor('Name');
    terminal.type('\r');
    await terminal.waitFor(/❯ Billing Manager/);
    terminal.type('zzz');
    await terminal.waitFor('No results');
    terminal.type('\x03');
    await answers();
  }
});

describe('without a terminal', () => {
  const prompts = createPrompts({
    stdin: new PassThrough(),
    stderr: new PassThrough(),
    interactive: false,
    style: plainStyle,
    signal: new AbortController().signal,
  });

  test('every question is a usage error that names the flag to pass', async () => {
    const question = { message: 'User', flag: '--user' };
    const error = {
      kind: 'usage',
      message: '--user is needed',
      hint: expect.stringContaining('Pass --user'),
    };
    await expect(prompts.text(question)).rejects.toMatchObject(error);
    await expect(prompts.secret(question)).rejects.toMatchObject(error);
    const choices = (): never => expect.unreachable('choices were fetched in vain');
    await expect(prompts.choose({ ...question, choices })).rejects.toMatchObject(error);
    await expect(prompts.chooseSome({ ...question, choices: [] })).rejects.toMatchObject(error);
    await expect(prompts.confirm({ message: 'Delete?' })).rejects.toMatchObject({
      kind: 'usage',
      hint: expect.stringContaining('--yes'),
    });
  });
});

test('nothing is asked once the signal is aborted', async () => {
  const stderr = new PassThrough();
  const prompts = createPrompts({
    stdin: new PassThrough(),
    stderr,
    interactive: true,
    style: plainStyle,
    signal: AbortSignal.abort(),
  });
  await expect(prompts.confirm({ message: 'Delete?' })).rejects.toMatchObject({ kind: 'cancelled' });
  expect(stderr.read()).toBeNull();
});

describe('a long paste', () => {
  /** Input and output of a question as a terminal would have them. */
  function terminalStreams(input?: PassThrough) {
    const stdin: PassThrough =
      input ?? Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
    const stderr = new Sink();
    const { signal } = new AbortController();
    const prompts = createPrompts({ stdin, stderr, interactive: true, style: plainStyle, signal });
    return { stdin, stderr, prompts };
  }

  /** Resolves when the question is drawn. */
  const drawn = (stderr: Sink, message: string) =>
    vi.waitFor(() => expect(stderr.text()).toContain(message), 120_000);

  test.each(['text', 'secret'] as const)(
    'of 4,000 characters into a %s is drawn a few times, not 4,000',
    async (kind) => {
      const { stdin, stderr, prompts } = terminalStreams();
      const pasted = `https://a.example/?code=${'x1é '.repeat(1_000)}y`;
      const answer = prompts[kind]({ message: 'Paste it', flag: '--it' });
      await drawn(stderr, 'Paste it');
      stdin.write(pasted);
      stdin.write('\r');
      const text = await answer;
      expect(typeof text === 'string' ? text : text.reveal()).toBe(pasted);
      expect(stderr.text().length).toBeLessThan(20 * pasted.length);
    },
  );

  test('leaves the keys between texts what they are', async () => {
    const { stdin, stderr, prompts } = terminalStreams();
    const answer = prompts.text({ message: 'Name', flag: '--name' });
    await drawn(stderr, 'Name');
    stdin.write('adx\x7fa\x7f\x7fnn\r');
    expect(await answer).toBe('ann');
  });

  test('into one question does not stay for the next one', async () => {
    const { stdin } = terminalStreams();
    for (const name of ['first', 'second']) {
      const { stderr, prompts } = terminalStreams(stdin);
      const answer = prompts.text({ message: `${name}?`, flag: '--name' });
      await drawn(stderr, `${name}?`);
      stdin.write(`${name} answer\r`);
      expect(await answer).toBe(`${name} answer`);
    }
    expect(stdin.listenerCount('keypress')).toBe(0);
  });
});
