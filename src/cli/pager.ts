import { spawn } from 'node:child_process';
import { childEnv } from '../platform/core/child-env.ts';
import type { Env } from '../platform/core/env.ts';
import type { Messages } from '../platform/terminal/messages.ts';
import { PagedStream, type PagerProcess } from '../platform/terminal/pager.ts';
import type { Spinner } from '../platform/terminal/spinner.ts';
import { pagerVariable } from './pager-command.ts';
import type { Runtime } from './runtime.ts';

/** The output of a long list, through the pager. */
export function pagedStream(
  command: string,
  { runtime, env, messages, spinner }: { runtime: Runtime; env: Env; messages: Messages; spinner: Spinner },
): PagedStream {
  return new PagedStream({
    stdout: runtime.stdout,
    start() {
      const resume = spinner.suspend();
      const pager = startPager(command, env);
      const heed = ignoreInterrupts(runtime, pager.kill);
      void pager.ended.then(() => {
        heed();
        resume();
      });
      return pager;
    },
    onFailure: () =>
      messages.warn(`The pager could not be run: ${command}`, `Correct or unset ${pagerVariable(env)}`),
  });
}

/** Exit codes of a shell that found no such program, or could not run it. */
const notRun = [126, 127];

function startPager(command: string, env: Env): PagerProcess & { kill: () => void } {
  // As `git` and `gh` do: less ends by itself when all fits, shows colours, and leaves the text on the screen.
  const looks = { LESS: env.LESS ?? 'FRX', LV: env.LV ?? '-c' };
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: childEnv({ ...env, ...looks }),
  });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === null || !notRun.includes(code)));
  });
  return { input: child.stdin, ended, kill: () => void child.kill() };
}

/** Leaves Ctrl-C to the pager, where it ends a search; other signals end the pager. Returns a function that ends that. */
function ignoreInterrupts({ onFirstStop }: Runtime, kill: () => void): () => void {
  let release: (() => void) | undefined;
  function onStop(name?: NodeJS.Signals): void {
    release = onFirstStop?.(onStop);
    if (name !== 'SIGINT') kill();
  }
  release = onFirstStop?.(onStop);
  return () => release?.();
}
