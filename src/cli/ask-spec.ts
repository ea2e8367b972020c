import type { Choice } from '../platform/terminal/prompts.ts';

/** The question about a value that is missing. */
export interface AskSpec {
  question: string;
  /** A value, for the example in the error where no question can be asked. */
  example: string;
  /**
   * The values to pick from. Where they can't be listed, or there are none, the value is typed.
   *
   * @param ctx the context of the command, whose type depends on this file
   * @param given the values that the command has already
   */
  choices?: (ctx: never, given: never) => Promise<readonly Choice<string>[]>;
  /** The last choice, if other values than the listed ones are possible as well: such a value is typed. */
  other?: string;
  /** Throws for a text that can't be such a value. */
  check?: (text: string) => unknown;
  /** Throws where Twilio has nothing of that name. Called for given values before a question about others. */
  find?: (ctx: never, text: string) => Promise<unknown>;
  /** Makes that check out of what is known here, such as the names of accounts. */
  makeCheck?: (ctx: never) => Promise<(text: string) => unknown>;
}
