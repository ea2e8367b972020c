import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { reportError } from '../../../src/cli/report-error.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { AppError, usageError } from '../../../src/platform/core/errors.ts';
import { Sink } from '../../support/sink.ts';

/** The kind of a thrown error, and what is printed of it. */
async function reported(
  thrown: unknown,
  args: string[] = [],
  env = {},
  signal = new AbortController().signal,
) {
  const stderr = new Sink();
  const kind = await reportError(thrown, args, { env, stderr, signal } as unknown as Runtime, [
    'users',
    'runs',
  ]);
  return { kind, text: stderr.text() };
}

describe('reportError', () => {
  test('prints one line of what happened and one of what to do', async () => {
    expect(await reported(new AppError('not-found', 'There is no user', { hint: 'Look again' }))).toEqual({
      kind: 'not-found',
      text: 'error: There is no user\nLook again\n',
    });
  });

  test('marks the place of a mistake for people, and not in JSON', async () => {
    const error = usageError('Wrong', 'Look again', { text: 'a == b', at: 2 });
    expect((await reported(error)).text).toBe('error: Wrong\n  a == b\n    ^\nLook again\n');
    expect(JSON.parse((await reported(error, ['-o', 'json'])).text)).toEqual({
      error: { kind: 'usage', message: 'Wrong', hint: 'Look again' },
    });
    const commands = usageError('Wrong', undefined, { text: '::set-output::x', at: 0 });
    expect((await reported(commands, [], { GITHUB_ACTIONS: 'true' })).text).not.toMatch(/^\s*::/m);
  });

  test('names the profile in the commands of the hint', async () => {
    const error = new AppError('failure', 'No', { hint: 'Try: twilio-org users list' });
    for (const args of [
      ['--profile', 'ci'],
      ['--profile=ci'],
      ['--profile', 'x', 'users', '--profile', 'ci'],
    ]) {
      expect((await reported(error, args)).text).toBe('error: No\nTry: twilio-org --profile ci users list\n');
    }
  });

  test.each([
    ['-o json', ['-o', 'json'], {}],
    ['-ojsonl', ['-ojsonl'], {}],
    ['--output=json', ['--output=json'], {}],
    ['TWILIO_ORG_OUTPUT', [], { TWILIO_ORG_OUTPUT: ' json ' }],
  ])('is JSON with %s', async (_, args, env) => {
    const { text } = await reported(new AppError('usage', 'No', { hint: 'Do this' }), args, env);
    expect(JSON.parse(text)).toEqual({ error: { kind: 'usage', message: 'No', hint: 'Do this' } });
  });

  test('the last format wins, and a flag wins over the variable', async () => {
    const error = new AppError('usage', 'No');
    expect((await reported(error, ['-o', 'json', '-o', 'table'])).text).toBe('error: No\n');
    expect((await reported(error, ['-o', 'csv'], { TWILIO_ORG_OUTPUT: 'json' })).text).toBe('error: No\n');
  });

  test('calls an unexpected error a bug of this program', async () => {
    expect(await reported(new TypeError('x is undefined'))).toEqual({
      kind: 'failure',
      text: expect.stringMatching(
        /^error: This is a bug in twilio-org \(TypeError: x is undefined\)\nReport it /,
      ),
    });
    expect((await reported('a word')).text).toContain('This is a bug in twilio-org (a word)');
  });

  test("turns commander's errors into usage errors", async () => {
    expect(await reported(new CommanderError(1, 'commander.x', 'error: too many arguments.'))).toEqual({
      kind: 'usage',
      text: 'error: Too many arguments\nTo see all commands: twilio-org --help\n',
    });
  });

  test('reports the reason of an interruption instead of the errors that it causes', async () => {
    const stop = new AbortController();
    stop.abort(new AppError('cancelled', 'Cancelled'));
    expect(await reported(new Error('socket closed'), [], {}, stop.signal)).toEqual({
      kind: 'cancelled',
      text: 'error: Cancelled\n',
    });
    const own = new AppError('cancelled', 'Stopped after 3 of 5');
    expect((await reported(own, [], {}, stop.signal)).text).toBe('error: Stopped after 3 of 5\n');
  });

  test('prints the stack with its causes only with --debug, and escapes their texts', async () => {
    const error = new AppError('failure', 'No', { cause: new Error('a\u001b[31mb') });
    expect((await reported(error)).text).not.toContain('cause');
    const { text } = await reported(error, ['--debug']);
    expect(text).toMatch(/cause: Error: a\\x1b\[31mb/);
    expect(text).not.toContain('\u001b');
    expect(
      (await reported(new CommanderError(1, 'commander.x', 'error: no'), ['--debug'])).text,
    ).not.toContain('    at ');
  });
});
