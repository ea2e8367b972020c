import { AppError, type ErrorKind, type Excerpt, usageError } from '../platform/core/errors.ts';
import { systemFailure } from '../platform/core/system-errors.ts';
import { loadStyle, shouldUseColor } from '../platform/terminal/color.ts';
import { escapeControl } from '../platform/terminal/escape.ts';
import { findFormat } from '../platform/terminal/formats/index.ts';
import { createMessages } from '../platform/terminal/messages.ts';
import { addProfileFlag } from './profile-hint.ts';
import type { Runtime } from './runtime.ts';

/**
 * Prints an error on stderr, as text or as JSON.
 *
 * @param profileCommands first words of the commands that use a profile
 * @returns the kind, which decides the exit code
 */
export async function reportError(
  thrown: unknown,
  args: readonly string[],
  runtime: Runtime,
  profileCommands: readonly string[],
): Promise<ErrorKind> {
  const { env, stderr, signal } = runtime;
  const found = toAppError(signal.aborted && !isCancelled(thrown) ? signal.reason : thrown);
  const { hint } = found;
  const profile = lastValue(args, '--profile');
  const error = hint === undefined ? found : found.withHint(addProfileFlag(hint, profile, profileCommands));
  const style = await loadStyle(shouldUseColor(env, stderr, args.includes('--no-color')));
  const messages = createMessages({ stderr, env, style, quiet: false });
  const json = wantsJson(args, env.TWILIO_ORG_OUTPUT?.trim());
  const { listed } = error;
  if (!json && listed !== undefined) messages.say(...listed.lines);
  messages.error(
    json || listed === undefined ? error : error.withMessage(`${listed.summary}: they are listed above`),
    {
      json,
      excerpt: json || error.excerpt === undefined ? [] : await excerptOf(error.excerpt, stderr.columns),
    },
  );
  if (args.includes('--debug') && !isOfParser(thrown)) messages.trace(stackOf(thrown));
  return error.kind;
}

/** Loaded for the few errors that have one. */
async function excerptOf(excerpt: Excerpt, columns: number | undefined): Promise<string[]> {
  const { excerptLines } = await import('../platform/terminal/excerpt.ts');
  return excerptLines(excerpt, columns);
}

function isCancelled(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.kind === 'cancelled';
}

function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isOfParser(thrown)) return fromCommander(thrown);
  const failure = systemFailure(thrown);
  if (failure !== undefined) return failure;
  const details = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new AppError('failure', bugMessage(details), { hint: bugHint, cause: thrown });
}

export function bugMessage(details: string): string {
  return `This is a bug in twilio-org (${details})`;
}

export const bugHint =
  'Report it where you got twilio-org from, with the command line and the output of --debug, which hides secrets';

/** True for an error of commander. Its classes would be loaded for a look at them. */
function isOfParser(thrown: unknown): thrown is Error {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    thrown.code.startsWith('commander.')
  );
}

/** An error of the parser for which it has no words of its own. */
function fromCommander(error: Error): AppError {
  const [first = ''] = error.message.replace(/^error: /, '').split('\n');
  const message = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, '');
  return usageError(message, 'To see all commands: twilio-org --help');
}

function wantsJson(args: readonly string[], fromEnvironment: string | undefined): boolean {
  const name = lastValue(args, '--output', '-o') ?? fromEnvironment ?? '';
  return findFormat(name)?.structured === true;
}

/** The last value of a flag. Read from the words themselves, because parsing may have failed at an earlier word. */
function lastValue(args: readonly string[], long: string, short?: string): string | undefined {
  const values = args.flatMap((word, index) => {
    if (word === long || word === short) return args[index + 1] ?? '';
    if (word.startsWith(`${long}=`)) return word.slice(long.length + 1);
    return short !== undefined && word.startsWith(short) ? word.slice(short.length) : [];
  });
  return values.at(-1);
}

/** The stack with its causes, for `--debug`. Messages are escaped, because they may come from a server. */
function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return escapeControl(String(thrown));
  const { message, stack = message } = thrown;
  const shown = stack.includes(message) ? stack.replace(message, escapeControl) : escapeControl(stack);
  const cause = thrown.cause === undefined ? '' : `\n  cause: ${stackOf(thrown.cause)}`;
  return `${shown}${cause}`;
}
