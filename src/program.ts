import { type Command as CommanderCommand, CommanderError } from 'commander';
import type { ProgramInfo } from './cli/command-info.ts';
import type { Context } from './cli/context.ts';
import { globalFlags } from './cli/flags.ts';
import { createParser, UnknownCommand } from './cli/parser.ts';
import type { Runtime } from './cli/runtime.ts';
import { entries } from './commands/index.ts';
import { type AppError, usageError } from './platform/core/errors.ts';
import { alternatives } from './platform/core/text.ts';
import { createOutput } from './platform/terminal/output.ts';
import { NotWritten } from './platform/terminal/writer.ts';

const front = {
  name: 'twilio-org',
  summary: 'Administer a Twilio Organization: users, roles and role assignments',
  examples: ['twilio-org auth login', 'twilio-org users list --active', 'twilio-org sandbox'],
} as const;

/** First words of the commands that use a profile: advice names it. */
export const profileCommands = entries
  .filter(({ usesProfile }) => usesProfile !== false)
  .map(({ name }) => name);

/** The whole program as data. Loads all of its commands. */
export async function programInfo(): Promise<ProgramInfo> {
  const loaded = entries.map(async ({ name, alias, summary, load }) => {
    const groupOrCommand = await load();
    if (!('commands' in groupOrCommand)) return groupOrCommand;
    return { name, ...(alias === undefined ? {} : { alias }), summary, ...groupOrCommand };
  });
  return { name: front.name, summary: front.summary, flags: globalFlags, entries: await Promise.all(loaded) };
}

/** The program with its commands. An entry of the front page is empty until `load` fills it; running it does. */
export interface Program {
  root: CommanderCommand;
  load: (name: string) => Promise<void>;
  /** The help or version text that was asked for. */
  printed: () => string;
  /** The context of the command, once it runs. */
  context: () => Context | undefined;
}

export function createProgram(version: string, runtime: Runtime, args: readonly string[] = []): Program {
  let context: Context | undefined;
  const parser = createParser({ ...front, version }, async (flags, verb) => {
    const { createContext } = await import('./cli/create-context.ts');
    context = await createContext(runtime, flags, {
      args,
      verb,
      version,
      program: programInfo,
      profileCommands,
    });
    return context;
  });
  const { root, printed } = parser;
  for (const entry of entries) parser.addEntry(entry);
  const waiting = new Map(entries.map((entry) => [entry.name, entry]));
  async function load(name: string): Promise<void> {
    const entry = waiting.get(name);
    if (entry === undefined) return;
    waiting.delete(name);
    parser.fillEntry(name, await entry.load());
  }
  root.hook('preSubcommand', (_root, command) => load(command.name()));
  return { root, load, printed, context: () => context };
}

/** Advice for a change that was made, but whose result could not be printed. */
const doNotRepeat =
  'Changes were sent before that: do not run the command again. Their outcome: twilio-org runs show last';

/** Runs the program with these arguments; every error is thrown. */
export async function runProgram(version: string, args: readonly string[], runtime: Runtime): Promise<void> {
  const { root, printed, context } = createProgram(version, runtime, args);
  try {
    await root.parseAsync(rewriteHelp(root, args), { from: 'user' });
  } catch (error) {
    if (error instanceof UnknownCommand) throw await withSuggestions(error);
    if (error instanceof NotWritten && context()?.hasChanged) throw error.withHint(doNotRepeat);
    if (!(error instanceof CommanderError) || !helpCodes.has(error.code)) throw error;
    await createOutput({ stdout: runtime.stdout, env: runtime.env, format: 'table', color: false }).text(
      printed(),
    );
  } finally {
    // Whatever comes next, such as an error or the prompt of the shell, gets an empty line.
    context()?.spinner.suspend();
  }
}

/** `help users list` as `users list --help`: commander's own help of a group would not wait for its verbs to load. */
function rewriteHelp(root: CommanderCommand, args: readonly string[]): readonly string[] {
  if (!args.includes('help')) return args;
  const { operands } = root.parseOptions([...args]);
  return operands[0] === 'help' ? [...operands.filter((word) => word !== 'help'), '--help'] : args;
}

/** The error, with the commands of the whole program that may have been meant. */
async function withSuggestions(unknown: UnknownCommand): Promise<AppError> {
  const { suggestionsFor } = await import('./cli/suggestions.ts');
  const meant = suggestionsFor(await programInfo(), unknown);
  return usageError(
    unknown.message,
    meant.length > 0
      ? `Did you mean ${alternatives(meant)}?`
      : 'Add --help to a command to see what it accepts',
  );
}

/** Commander's codes when help or the version was asked for, or a group was called without a verb. */
const helpCodes = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);
