import type { Cost } from '../login/credentials/file/envelope.ts';
import type { Env } from '../platform/core/env.ts';
import type { JobControl } from '../platform/terminal/job-control.ts';

/** What the program gets from its process: nothing below `main` reaches for it otherwise. */
export interface Runtime {
  env: Env;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  platform: NodeJS.Platform;
  home: string;
  /** Given when the person, or the system, wants the program to end. */
  signal: AbortSignal;
  /**
   * Lets the first wish to end the program call this instead, for work that is better finished; the second one is given
   * to `signal`. Returns what takes it back.
   */
  onFirstStop?: (soften: () => void) => () => void;
  /** Lets a shell stop and continue the program at a question; absent on Windows. */
  job?: JobControl | undefined;
  now: () => number;
  /** For the encrypted file, in place of what is usual. */
  keyCost?: Cost;
}
