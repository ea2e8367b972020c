import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { call, home, type RunOptions, sandboxed } from './cli.ts';

/** A sandbox, and a configuration directory of its own, in which accounts can be named. */
export async function withAccounts(options: SandboxOptions = {}) {
  const world = await sandboxed(options);
  const configDir = mkdtempSync(join(home, 'accounts-'));
  const run = (args: readonly string[], { env, ...more }: RunOptions = {}) =>
    call(args, { ...more, env: { ...world.env, TWILIO_ORG_CONFIG_DIR: configDir, ...env } });
  const names = async (accounts: Record<string, readonly [sid: string, level?: string]>) => {
    for (const [name, [sid, level]] of Object.entries(accounts)) {
      const flags = level === undefined ? [] : ['--level', level];
      const { stderr, exitCode } = await run(['accounts', 'name', sid, name, ...flags]);
      if (exitCode !== 0) throw new Error(stderr);
    }
  };
  const [first = '', second = '', third = ''] = world.sandbox.accountSids;
  return { ...world, call: run, configDir, names, first, second, third };
}

/** The SID of an account that exists nowhere. */
export const accountSid = (digit: string) => `AC${digit.repeat(32)}`;
