import type { Workspace } from '../organization/workspace/workspace.ts';
import type { Messages } from '../platform/terminal/messages.ts';
import type { Output } from '../platform/terminal/output.ts';
import type { Prompts } from '../platform/terminal/prompts.ts';
import type { ProgramInfo } from './command-info.ts';
import type { Flags } from './flags.ts';
import type { Runtime } from './runtime.ts';

/** A command's workspace, with its flags, its output, and the person's terminal. */
export interface Context extends Workspace {
  runtime: Runtime;
  flags: Flags;
  /** The command as it was typed. */
  commandLine: string;
  /** The command without arguments, such as `users list`. */
  verb: string;
  /** The program's version. */
  version: string;
  /** The whole program as data. Loads all of its commands. */
  program(): Promise<ProgramInfo>;
  /** Advice whose commands name the profile of this command, if it was given one. */
  withProfile(advice: string): string;
  out: Output;
  messages: Messages;
  prompts: Prompts;
  /** True after a change was sent: the same command may then be another change. */
  hasChanged: boolean;
  /** Lets requests wait for nothing any more, neither for their turn nor to be sent again. */
  skipWaits(): void;
  /**
   * Refuses a command at once, before any request, when it needs a confirmation that nobody can give. A command that only plans
   * needs none.
   *
   * @param effect `This removes access` when absent
   */
  requireConfirmable(effect?: string): void;
  /** Shows what is about to happen at Twilio, and in which organization, and asks; `cancelled` when the answer is no. */
  confirm(...change: string[]): Promise<void>;
  /** The same for a change on this machine alone, which needs no working login. */
  confirmLocal(...change: string[]): Promise<void>;
}
