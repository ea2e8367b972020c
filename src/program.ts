import type { ProgramInfo } from './cli/command-info.ts';
import type { Context } from './cli/context.ts';
import { globalFlags } from './cli/flags.ts';
import type { Asked } from './cli/parse-and-run.ts';
import { readPlainCall } from './cli/plain-words.ts';
import { type ContextFor, runCommand } from './cli/run-command.ts';
import type { Runtime } from './cli/runtime.ts';
import { storedProgram } from './cli/stored.ts';
import { ParseError } from './cli/usage-errors/parse-error.ts';
import { entries } from './commands/index.ts';
import { isBrokenPipe } from './platform/core/errors.ts';
import { systemFailure } from './platform/core/system-errors.ts';
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

/** The whole program as data: as the build has stored it, or else made by loading all commands. */
export async function programInfo(): Promise<ProgramInfo> {
  return storedProgram() ?? loadProgram();
}

/** The whole program as data. Loads all of its commands. */
export async function loadProgram(): Promise<ProgramInfo> {
  const loaded = entries.map(async (entry) => {
    if ('load' in entry) return entry.load();
    const { name, alias, summary, examples } = entry;
    const commands = await Promise.all(Object.values(entry.commands).map((load) => load()));
    return { name, ...(alias === undefined ? {} : { alias }), summary, examples, commands };
  });
  return { ...front, flags: globalFlags, entries: await Promise.all(loaded) };
}

/** The columns of the terminal that shows the help; 80 where there is none. */
function helpWidth({ stdout }: Runtime): number {
  return (stdout?.isTTY && stdout.columns) || 80;
}

/** Advice for changes that were sent before the program could not go on, or not print their result. */
const doNotRepeat =
  'Changes were sent before that: do not run the command again. Their outcome: twilio-org runs show last';

/** Runs the program with these arguments; every error is thrown. */
export async function runProgram(version: string, args: readonly string[], runtime: Runtime): Promise<void> {
  let context: Context | undefined;
  const contextFor: ContextFor = async (flags, verb) => {
    const { createContext } = await import('./cli/create-context.ts');
    context = await createContext(runtime, flags, {
      args,
      verb,
      version,
      program: programInfo,
      profileCommands,
    });
    return context;
  };
  try {
    const plain = await readPlainCall(entries, args);
    if (plain !== undefined) return await runCommand(plain.command, plain.given, contextFor, args);
    const { parseAndRun } = await import('./cli/parse-and-run.ts');
    const asked = await parseAndRun({ name: front.name, version, entries }, contextFor, args);
    if (asked !== undefined) await printText(runtime, await textOf(asked, runtime));
  } catch (error) {
    if (error instanceof ParseError) {
      const { explainParseError } = await import('./cli/usage-errors/explain.ts');
      throw explainParseError(await programInfo(), error, args);
    }
    if (isBrokenPipe(error)) throw error;
    const failure = error instanceof NotWritten ? error : systemFailure(error);
    if (failure !== undefined && context?.hasChanged) throw failure.withHint(doNotRepeat);
    throw error;
  } finally {
    // Whatever comes next, such as an error or the prompt of the shell, gets an empty line.
    context?.spinner.suspend();
    // A read beside one that failed is not tried again.
    context?.skipWaits();
  }
}

async function textOf(asked: Asked, runtime: Runtime): Promise<string> {
  if ('text' in asked) return asked.text;
  const width = helpWidth(runtime);
  if ('topic' in asked) {
    const { topicText } = await import('./cli/help/print-topic.ts');
    return topicText(asked.topic, width);
  }
  const { helpPage, layOutHelp } = await import('./cli/help/page.ts');
  const page = helpPage(await programInfo(), asked.help);
  return page === undefined ? '' : layOutHelp(page, width);
}

async function printText({ stdout, env }: Runtime, text: string): Promise<void> {
  const { createOutput } = await import('./platform/terminal/output.ts');
  await createOutput({ stdout, env, format: 'table', color: false }).text(text);
}
