import { type Command as CommanderCommand, CommanderError } from 'commander';
import type { CommandGroup, LoadCommand } from './cli/command.ts';
import type { ProgramInfo } from './cli/command-info.ts';
import type { Context } from './cli/context.ts';
import { createContext } from './cli/create-context.ts';
import { type Flags, globalFlags } from './cli/flags.ts';
import { isHelpTopic } from './cli/help/topics.ts';
import { createParser } from './cli/parser.ts';
import type { Runtime } from './cli/runtime.ts';
import { storedProgram } from './cli/stored.ts';
import { ParseError } from './cli/usage-errors/parse-error.ts';
import { entries } from './commands/index.ts';
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

interface Named {
  name: string;
  alias?: string;
}

/** The program with its commands. A command is empty until it is loaded; running it loads it. */
export interface Program {
  root: CommanderCommand;
  /** Loads all commands. */
  loadAll: () => Promise<void>;
  /** The help or version text that was asked for. */
  printed: () => Promise<string>;
  /** The context of the command, once it runs. */
  context: () => Context | undefined;
}

export function createProgram(version: string, runtime: Runtime, args: readonly string[] = []): Program {
  let context: Context | undefined;
  const contextFor = async (flags: Flags, verb: string) => {
    context = await createContext(runtime, flags, {
      args,
      verb,
      version,
      program: programInfo,
      profileCommands,
    });
    return context;
  };
  const parser = createParser({ name: front.name, version }, contextFor, args);
  const { root, add, equip, fill } = parser;
  // A command is filled right before it is run.
  const fillers = new Map<CommanderCommand, () => Promise<void>>();
  async function fillOnce(command: CommanderCommand): Promise<void> {
    const fillCommand = fillers.get(command);
    fillers.delete(command);
    await fillCommand?.();
  }
  function addTo(parent: CommanderCommand, { name, alias }: Named, load: LoadCommand): void {
    const command = add(parent, name, alias);
    fillers.set(command, async () => fill(command, await load()));
  }
  function addGroup({ name, alias, commands }: Named & CommandGroup): void {
    const group = add(root, name, alias);
    fillers.set(group, async () => {
      equip(group);
      for (const [verb, load] of Object.entries(commands)) addTo(group, { name: verb }, load);
    });
    group.hook('preSubcommand', (_group, verb) => fillOnce(verb));
  }
  root.hook('preSubcommand', (_root, command) => fillOnce(command));
  for (const entry of entries) {
    if ('load' in entry) addTo(root, entry, entry.load);
    else addGroup(entry);
  }
  async function loadAll(): Promise<void> {
    await Promise.all(root.commands.map(fillOnce));
    await Promise.all(root.commands.flatMap(({ commands }) => commands.map(fillOnce)));
  }
  async function printed(): Promise<string> {
    const words = parser.helpWanted();
    if (words === undefined) return parser.printed();
    const { helpPage, layOutHelp } = await import('./cli/help/page.ts');
    const page = helpPage(await programInfo(), words);
    return page === undefined ? '' : layOutHelp(page, helpWidth(runtime));
  }
  return { root, loadAll, printed, context: () => context };
}

/** The columns of the terminal that shows the help; 80 where there is none. */
function helpWidth({ stdout }: Runtime): number {
  return (stdout?.isTTY && stdout.columns) || 80;
}

/** Advice for a change that was made, but whose result could not be printed. */
const doNotRepeat =
  'Changes were sent before that: do not run the command again. Their outcome: twilio-org runs show last';

/** Runs the program with these arguments; every error is thrown. */
export async function runProgram(version: string, args: readonly string[], runtime: Runtime): Promise<void> {
  const { root, printed, context } = createProgram(version, runtime, args);
  try {
    const topic = topicIn(root, args);
    if (topic === undefined) await root.parseAsync(rewriteHelp(root, args), { from: 'user' });
    else
      await printText(
        runtime,
        (await import('./cli/help/print-topic.ts')).topicText(topic, helpWidth(runtime)),
      );
  } catch (error) {
    if (error instanceof ParseError) {
      const { explainParseError } = await import('./cli/usage-errors/explain.ts');
      throw explainParseError(await programInfo(), error, args);
    }
    if (error instanceof NotWritten && context()?.hasChanged) throw error.withHint(doNotRepeat);
    if (!(error instanceof CommanderError) || !helpCodes.has(error.code)) throw error;
    await printText(runtime, await printed());
  } finally {
    // Whatever comes next, such as an error or the prompt of the shell, gets an empty line.
    context()?.spinner.suspend();
    // A read beside one that failed is not tried again.
    context()?.skipWaits();
  }
}

async function printText({ stdout, env }: Runtime, text: string): Promise<void> {
  await createOutput({ stdout, env, format: 'table', color: false }).text(text);
}

/** The topic of `help environment`. */
function topicIn(root: CommanderCommand, args: readonly string[]): string | undefined {
  if (!args.includes('help')) return undefined;
  const { operands } = root.parseOptions([...args]);
  const [first, topic, ...others] = operands;
  return first === 'help' && others.length === 0 && isHelpTopic(topic) ? topic : undefined;
}

/** `help users list` as `users list --help`: commander's own help of a group would not wait for its verbs to load. */
function rewriteHelp(root: CommanderCommand, args: readonly string[]): readonly string[] {
  if (!args.includes('help')) return args;
  const { operands } = root.parseOptions([...args]);
  return operands[0] === 'help' ? [...operands.filter((word) => word !== 'help'), '--help'] : args;
}

/** Commander's codes when help or the version was asked for, or a group was called without a verb. */
const helpCodes = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);
