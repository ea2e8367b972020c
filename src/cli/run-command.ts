import type { Command } from './command.ts';
import type { Context } from './context.ts';
import type { Flags } from './flags.ts';
import { type Given, missingIn } from './questions/missing.ts';

/** Makes the context of a command. @param verb the command without arguments, such as `users list` */
export type ContextFor = (flags: Flags, verb: string) => Promise<Context>;

/**
 * Runs a command with the values that it was given, and asks for the required ones that are missing.
 *
 * @param args the words of the command line, without the program's name
 */
export async function runCommand(
  command: Command,
  given: Given,
  contextFor: ContextFor,
  args: readonly string[],
): Promise<void> {
  const ctx = await contextFor(given.flags as Flags, command.name);
  const missing = missingIn(command, given);
  if (missing.length > 0) {
    const { askMissing } = await import('./questions/ask-missing.ts');
    await askMissing(ctx, command, given, missing, args);
  }
  await command.run(ctx, given);
}
