import type { Workspace } from '../organization/workspace/workspace.ts';
import type { Messages } from '../platform/terminal/messages.ts';
import type { Output } from '../platform/terminal/output.ts';
import type { Prompts } from '../platform/terminal/prompts.ts';
import type { Spinner } from '../platform/terminal/spinner.ts';
import type { ProgramInfo } from './command-info.ts';
import type { Flags } from './flags.ts';
import type { Runtime } from './runtime.ts';

/** The workspace of a command, with its flags, its output and the terminal. */
export interface Context extends Workspace {
  runtime: Runtime;
  flags: Flags;
  /** The command as it was typed. */
  commandLine: string;
  /** The command without arguments, such as `users list`. */
  verb: string;
  /** The program's version. */
  version: string;
  /** The snapshot that is read in place of the organization. */
  snapshot?: { id: string; began_at: string };
  /** Describes the whole program. Loads all of its commands. */
  program(): Promise<ProgramInfo>;
  /** Adds this command's `--profile` to the commands in the advice. */
  withProfile(advice: string): string;
  out: Output;
  /** Evaluates `--query` on a result; undefined without that flag. */
  query: ((result: unknown) => unknown) | undefined;
  messages: Messages;
  prompts: Prompts;
  /** The line about a wait; whatever else draws on the terminal suspends or clears it. */
  spinner: Spinner;
  /** True once a change was sent: running the same command again may then have a different effect. */
  hasChanged: boolean;
  /** Ends all waits of requests: those for the rate limit and those before a retry. */
  skipWaits(): void;
  /**
   * Throws `usage` before any request when the command needs a confirmation and no question can be asked. A command
   * that only plans needs none.
   *
   * @param effect the beginning of the message; default: `This removes access`
   */
  requireConfirmable(effect?: string): void;
  /**
   * Shows the change at Twilio and its organization, and asks for confirmation. Throws `cancelled` when the answer is
   * no.
   */
  confirm(...change: string[]): Promise<void>;
  /** Does the same for a change on this machine only, which needs no working login. */
  confirmLocal(...change: string[]): Promise<void>;
}
