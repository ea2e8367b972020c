import { PassThrough } from 'node:stream';
import type { Runtime } from '../../src/context.ts';
import { run } from '../../src/main.ts';
import { Sink } from '../unit/terminal/sink.ts';
import { cleanEnv, type Env, type Result } from './cli.ts';

/** Runs the program inside the test, with streams of its own: for long tables of cases, where a process each would take too long. */
export async function runInProcess(
  args: readonly string[],
  env: Env = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Result> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const runtime = {
    env: cleanEnv(env),
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    platform: process.platform,
    home: '',
    signal,
    now: Date.now,
  } as unknown as Runtime;
  const exitCode = await run(args, runtime);
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
}
