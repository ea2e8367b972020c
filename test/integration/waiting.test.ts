import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/cli/runtime.ts';
import { lowestCost } from '../../src/login/credentials/file/envelope.ts';
import { run } from '../../src/main.ts';
import { cleanEnv, type Env, sandboxed } from '../support/cli.ts';
import { Sink } from '../support/sink.ts';

const cleared = '\r\x1b[K';

interface Screen {
  args?: string[];
  env?: Env;
  stdout?: Sink;
  stderr?: Sink;
}

/** The text that a command writes while each response takes longer than half a second. */
async function slowly({
  args = [],
  env = {},
  stdout = Sink.terminal(80),
  stderr = Sink.terminal(80),
}: Screen) {
  const world = await sandboxed({ latency: 800, users: 3 });
  const { signal } = new AbortController();
  const runtime = {
    env: cleanEnv({ ...world.env, ...env }),
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    platform: 'darwin',
    home: '/nowhere',
    signal,
    now: Date.now,
    keyCost: lowestCost,
  };
  const exitCode = await run(['users', 'list', ...args], runtime as unknown as Runtime);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

describe('a command that waits', () => {
  it('says on the terminal what for, and nothing is left of it before the result', async () => {
    const screen = Sink.terminal(120);
    const { exitCode, stdout } = await slowly({ stdout: screen, stderr: screen });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/⠋ Reading users…/);
    const parts = stdout.split(cleared);
    const result = parts.pop();
    for (const part of parts) expect(part).toMatch(/^([⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Reading users…)?$/);
    expect(result).toMatch(/^\S.*\n/);
  });

  it.each<[string, Screen]>([
    ['where stdout is a pipe', { stdout: new Sink() }],
    ['where stderr is a pipe', { stderr: new Sink() }],
    ['with --quiet', { args: ['--quiet'] }],
    ['in CI', { env: { CI: 'true' } }],
    ['on a terminal without escape sequences', { env: { TERM: 'dumb' } }],
  ])('draws nothing %s', async (_, screen) => {
    expect(await slowly(screen)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('draws nothing with --debug', async () => {
    expect((await slowly({ args: ['--debug'] })).stderr).not.toMatch(/Reading|\r/);
  });

  it('leaves an empty line to an error', async () => {
    const { exitCode, stderr } = await slowly({ env: { TWILIO_ORG_ACCESS_TOKEN: 'a-canary-token' } });
    expect(exitCode).toBe(4);
    expect(stderr.slice(stderr.lastIndexOf(cleared) + cleared.length)).toMatch(/^\S*error:/);
  });
});
