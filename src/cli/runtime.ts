import type { Cost } from '../login/credentials/file/envelope.ts';
import type { Env } from '../platform/core/env.ts';
import type { JobControl } from '../platform/terminal/job-control.ts';

/** The program's process. Only `main` touches the process itself; everything else is given this. */
export interface Runtime {
  env: Env;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  platform: NodeJS.Platform;
  home: string;
  /** Aborted when the person or the system ends the program. */
  signal: AbortSignal;
  /**
   * Diverts the first request to end the program to `soften`, so that work under way can finish; the second aborts
   * `signal`. Returns a function that undoes this.
   */
  onFirstStop?: (soften: (name: NodeJS.Signals) => void) => () => void;
  /** Lets a shell stop and continue the program at a question; absent on Windows. */
  job?: JobControl | undefined;
  now: () => number;
  /** Replaces the usual cost of the encrypted file's key. */
  keyCost?: Cost;
}
