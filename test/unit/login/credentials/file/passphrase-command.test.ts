import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passphraseFromCommand } from '../../../../../src/login/credentials/file/passphrase-command.ts';
import { timersByHand } from '../../../../support/timers.ts';

const { signal } = new AbortController();
const { PATH, SystemRoot } = process.env;

function run(command: string, options: Partial<Parameters<typeof passphraseFromCommand>[1]> = {}) {
  return passphraseFromCommand(command, {
    env: { PATH, SystemRoot },
    signal,
    interactive: false,
    ...options,
  });
}

/** A command for the shell of any system that runs this JavaScript. */
function script(code: string): string {
  return `"${process.execPath}" -e "${code}"`;
}

describe('a command that prints the passphrase', () => {
  it.each([
    ['a line', "console.log('open sesame')", 'open sesame'],
    ['no line end', "process.stdout.write('open sesame')", 'open sesame'],
    ['the line end of Windows', "process.stdout.write('open sesame\\r\\n')", 'open sesame'],
    ['blanks at both ends', "console.log(' open sesame ')", ' open sesame '],
    ['other letters', "console.log('\\u00d6ffne dich')", 'Öffne dich'],
    ['something on stderr as well', "console.error('warning'); console.log('open sesame')", 'open sesame'],
  ])('may print %s', async (_, code, passphrase) => {
    expect((await run(script(code))).reveal()).toBe(passphrase);
  });

  it('gets an empty input and none of the secrets of this program', async () => {
    const secrets = {
      TWILIO_ORG_CLIENT_SECRET: 'a',
      TWILIO_ORG_ACCESS_TOKEN: 'b',
      TWILIO_ORG_STORE_KEY: 'c',
      TWILIO_ORG_STORE_PASSPHRASE_COMMAND: 'd',
    };
    const code =
      "require('fs').readFileSync(0).length === 0 && console.log([Object.keys(process.env).filter((n) => n.startsWith('TWILIO_ORG')), process.env.OP_TOKEN].join('|'))";
    const env = { PATH, SystemRoot, ...secrets, TWILIO_ORG_PROFILE: 'p', OP_TOKEN: 'kept' };
    expect((await run(script(code), { env })).reveal()).toBe('TWILIO_ORG_PROFILE|kept');
  });

  it.each([
    [
      'fails',
      "console.log('canary'); console.error('canary'); process.exitCode = 3",
      'failed with exit code 3',
    ],
    ['prints nothing', '0', 'printed nothing'],
    ['prints a line end alone', 'console.log()', 'printed nothing'],
    ['prints far too much', "console.log('canary'.repeat(100000))", 'printed more than a passphrase'],
    ['is ended', 'process.kill(process.pid)', /was ended by SIGTERM|failed with exit code/],
  ])('that %s is an error of the login, without its output', async (_, code, how) => {
    const error = await run(script(code)).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({
      kind: 'auth',
      hint: expect.stringContaining('Run that command by itself'),
    });
    expect(error.message).toMatch(how);
    expect(error.message).toMatch(/^The command in TWILIO_ORG_STORE_PASSPHRASE_COMMAND /);
    expect(`${error.message}${error.hint}${error.stack}`).not.toMatch(/canary|-e "/);
  });

  it('that does not exist is an error of the login', async () => {
    await expect(run('no-such-password-manager read it')).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(/failed with exit code 127|failed with exit code 1$/),
    });
  });

  it('that does not end is ended with everything it started', async () => {
    const pid = join(mkdtempSync(join(tmpdir(), 'twilio-org-command-')), 'pid');
    const code = `require('fs').writeFileSync('${pid.replaceAll('\\', '/')}', String(process.pid)); setInterval(() => 0, 1000)`;
    const pass = timersByHand();
    const refused = expect(run(`${script(code)} && echo never`, { timeoutMs: 1_000 })).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('did not end within 1 seconds'),
    });
    // Only what has begun can be ended.
    await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8')).toMatch(/^\d+$/);
    pass(1_000);
    await refused;
    if (process.platform === 'win32') return;
    await expect.poll(() => isRunning(Number(readFileSync(pid, 'utf8')))).toBe(false);
  });

  it('is ended with the program', async () => {
    const stop = new AbortController();
    const waiting = run(script('setInterval(() => 0, 1000)'), { signal: stop.signal });
    const reason = new Error('Cancelled');
    setImmediate(() => stop.abort(reason));
    await expect(waiting).rejects.toBe(reason);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
