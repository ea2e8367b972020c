import { type Argument, Command, Help, Option } from 'commander';
import { usageError } from '../platform/core/errors.ts';
import { formatNames } from '../platform/terminal/formats/index.ts';
import type { Context } from './context.ts';
import { notBlank, parseList, parseMegabytes, parseSeconds, parseWholeNumber } from './flag-values.ts';
import type { Flags } from './flags.ts';

/** What a verb does, once its words are read: positional arguments first, then all its flags. */
// biome-ignore lint/suspicious/noExplicitAny: each verb declares the arguments and options that commander gives it.
export type CommandHandler = (ctx: Context, ...args: any[]) => Promise<void>;

/**
 * A command whose flags keep one value each. Given twice with different values, a flag is refused: whichever of them won
 * would silently drop the other. {@link repeatable} flags are the exception.
 */
export class CliCommand extends Command {
  readonly #given = new Map<string, { text: string; value: unknown }>();

  override addOption(option: Option): this {
    super.addOption(option);
    // The library's own listener, which parses the value, comes first.
    return this.on(`option:${option.name()}`, (text: string | null = null) => {
      if (!isRepeatable(option)) this.#keep(option, text ?? '', this.getOptionValue(option.attributeName()));
    });
  }

  override restoreStateBeforeParse(): void {
    super.restoreStateBeforeParse();
    this.#given.clear();
  }

  #keep(option: Option, text: string, value: unknown): void {
    const flag = option.long ?? option.flags;
    for (let at: Command | null = this; at !== null; at = at.parent) {
      const before = at instanceof CliCommand ? at.#given.get(flag) : undefined;
      if (before === undefined || JSON.stringify(before.value) === JSON.stringify(value)) continue;
      const values = [before.text, text].map((each) => shownValue(flag, each));
      throw usageError(`${flag} has two values: ${values.join(' and ')}`, 'Pass it once');
    }
    this.#given.set(flag, { text, value });
  }
}

/** Words that lead to no command. */
export class UnknownCommand extends Error {
  readonly command: Command;
  readonly words: readonly string[];

  /** @param command the group, or the program, in which the first of the words was looked for */
  constructor(command: Command, words: readonly string[]) {
    super(`Unknown command '${words[0]}'`);
    this.command = command;
    this.words = words;
  }
}

/** A value as an error may show it. A secret may have been pasted in the place of another value. */
function shownValue(flag: string, text: string): string {
  const isForeign = flag === '--client-id' && text.length >= 16 && !/^OQ[0-9a-f]{32}$/i.test(text);
  const holdsSecret = /^SK[0-9a-f]{32}$|^eyJ|:\/\/[^/]*@|:\/\/.*[?#]/i.test(text);
  return isForeign || holdsSecret ? '[hidden]' : `"${text}"`;
}

const repeatables = new WeakSet<Option>();

/** A flag that may be given several times, each value counting: its value is a list. */
export function repeatable(
  flags: string,
  description: string,
  parse: (text: string) => string = (text) => text,
): Option {
  const option = new Option(flags, `${description}; may be given several times`);
  option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), parse(text)]);
  repeatables.add(option);
  return option;
}

export function isRepeatable(option: Option): boolean {
  return repeatables.has(option);
}

/** Makes the commands of one run of the program. */
export interface CommandBuilder {
  command(name: string, description: string): Command;
  /** Adds what every command has: the flags everywhere, help, and how errors leave it. */
  addGlobalFlags(command: Command): Command;
  /** Ends the help of a command with these lines. */
  examples(command: Command, lines: readonly string[]): Command;
  /** What commander calls for a verb: makes the context and runs the verb with it. */
  action(run: CommandHandler): (...args: unknown[]) => Promise<void>;
  /** The help or version text that commander was asked for. */
  printed(): string;
}

/** Makes the context of a command. @param verb the command without arguments, such as `users list` */
export type ContextFor = (flags: Flags, verb: string) => Promise<Context>;

export function createCommandBuilder(version: string, contextFor: ContextFor): CommandBuilder {
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };
  function equip(command: Command): Command {
    command
      .optionsGroup('Flags:')
      .helpCommand(false)
      .exitOverride()
      .enablePositionalOptions()
      .configureHelp(helpLayout);
    command.configureOutput({ writeOut: print, writeErr: print, outputError: () => {} });
    command.on('command:*', (words: string[]) => {
      throw new UnknownCommand(command, words);
    });
    // Help would be that of the words before it, as if the unknown one had been understood.
    command.addHelpText('before', () => {
      const [word] = command.args;
      if (command.commands.length === 0 || word === undefined || word.startsWith('-')) return '';
      throw new UnknownCommand(command, command.args);
    });
    for (const option of flagsEverywhere()) command.addOption(option.helpGroup(everywhere));
    command.addHelpOption(new Option('-h, --help', 'print this help').helpGroup(everywhere));
    command.version(version, '--version', 'print the version');
    command.options.at(-1)?.helpGroup(everywhere);
    return command;
  }
  return {
    command: (name, description) => equip(new CliCommand(name).description(description)),
    addGlobalFlags: equip,
    examples: (command, lines) =>
      command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`),
    action:
      (run) =>
      async (...args) => {
        const command = args.at(-1) as Command;
        const flags = flagsOf(command);
        await run(await contextFor(flags, pathOf(command).slice(1).join(' ')), ...args.slice(0, -2), flags);
      },
    printed: () => printed,
  };
}

const everywhere = 'Flags everywhere:';

/** A group's help is about its verbs; a verb's about its own flags first. */
const helpLayout: Partial<Help> = {
  commandUsage(command) {
    const what =
      command.commands.length === 0 ? command.registeredArguments.map(argumentTerm) : ['<command>'];
    return [...pathOf(command), ...what, '[flags]'].join(' ');
  },
  visibleOptions(command) {
    if (command.commands.length > 0) return [];
    const options = Help.prototype.visibleOptions.call(this, command);
    const isOwn = (option: Option) => option.helpGroupHeading !== everywhere;
    return [...options.filter(isOwn), ...options.filter((option) => !isOwn(option))];
  },
  groupItems: (_all, visible, groupOf) => Help.prototype.groupItems(visible, visible, groupOf),
  subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
};

/** The names from the program's own down to the command's. */
function pathOf(command: Command): string[] {
  const path: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) path.unshift(at.name());
  return path;
}

function argumentTerm(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** The flags given to the command or before it. */
function flagsOf(command: Command): Flags {
  const flags: Record<string, unknown> = {};
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      if (!Object.hasOwn(flags, name) && at.getOptionValueSource(name) === 'cli') flags[name] = value;
    }
  }
  return flags;
}

function flagsEverywhere(): Option[] {
  return [
    new Option('--profile <name>', 'use this profile').argParser(notBlank),
    new Option('-o, --output <format>', 'how to print the result').choices(formatNames),
    new Option('--fields <list>', 'only these columns or JSON members, as dotted paths').argParser(parseList),
    new Option('-n, --dry-run', 'show the requests of a change instead of sending them'),
    new Option('-y, --yes', 'do not ask before a change'),
    noInput(),
    new Option('-q, --quiet', 'no notes on stderr'),
    new Option('--debug', 'show each request and answer on stderr, secrets hidden'),
    new Option('--no-color', 'no colour'),
    new Option('--timeout <seconds>', 'how long one request may take (30)').argParser(parseSeconds),
    new Option('--max-retries <n>', 'how often a request is sent again (4)').argParser(parseWholeNumber),
    new Option('--max-answer <mb>', 'how large one answer may be, in MB (128)').argParser(parseMegabytes),
  ];
}

/** The library takes `--no-input` for the opposite of the `--input` that a command may have, and keeps one of the two. */
function noInput(): Option {
  const option = new Option('--no-input', 'never ask anything');
  option.negate = false;
  return option;
}
