import { type Command as CommanderCommand, CommanderError } from 'commander';
import type { CommandEntry, CommandGroup, LoadCommand } from './command.ts';
import { isHelpTopic } from './help/topics.ts';
import { createParser, type Parser } from './parser.ts';
import type { ContextFor } from './run-command.ts';

interface Named {
  name: string;
  alias?: string;
}

/** The data of which the parser makes the program. */
export interface ProgramSpec {
  name: string;
  version: string;
  entries: readonly CommandEntry[];
}

/** The program with its commands. A command is empty until it is loaded; running it loads it. */
export interface Program extends Pick<Parser, 'helpWanted' | 'printed'> {
  root: CommanderCommand;
  /** Loads all commands. */
  loadAll: () => Promise<void>;
}

export function createProgram(
  spec: ProgramSpec,
  contextFor: ContextFor,
  args: readonly string[] = [],
): Program {
  const parser = createParser(spec, contextFor, args);
  const { root, add, equip, fill, helpWanted, printed } = parser;
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
  for (const entry of spec.entries) {
    if ('load' in entry) addTo(root, entry, entry.load);
    else addGroup(entry);
  }
  async function loadAll(): Promise<void> {
    await Promise.all(root.commands.map(fillOnce));
    await Promise.all(root.commands.flatMap(({ commands }) => commands.map(fillOnce)));
  }
  return { root, loadAll, helpWanted, printed };
}

/** The text that was asked for in place of a command: a topic of the help, the help of a command, or the version. */
export type Asked = { topic: string } | { help: readonly string[] } | { text: string };

/**
 * Parses the words and runs their command.
 *
 * @returns what was asked for in place of a command
 */
export async function parseAndRun(
  spec: ProgramSpec,
  contextFor: ContextFor,
  args: readonly string[],
): Promise<Asked | undefined> {
  const { root, helpWanted, printed } = createProgram(spec, contextFor, args);
  const topic = topicIn(root, args);
  if (topic !== undefined) return { topic };
  try {
    await root.parseAsync(rewriteHelp(root, args), { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError) || !helpCodes.has(error.code)) throw error;
    const help = helpWanted();
    return help === undefined ? { text: printed() } : { help };
  }
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
