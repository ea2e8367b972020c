import { Argument, Command as CommanderCommand, Help, Option } from 'commander';
import { usageError } from '../platform/core/errors.ts';
import type { Command, CommandEntry, CommandGroup } from './command.ts';
import { type ArgSpec, argTerm, type Examples, verbOf } from './command-info.ts';
import type { Context } from './context.ts';
import { type FlagSpec, type FlagSpecs, flagDescription, flagTerm } from './flag-spec.ts';
import { type Flags, globalFlags } from './flags.ts';

/** A flag of the parser, with the data that it was made of. */
class ParserOption extends Option {
  readonly spec: FlagSpec;

  constructor(key: string, spec: FlagSpec) {
    super(flagTerm(key, spec), flagDescription(spec));
    this.spec = spec;
    // Commander takes `--no-input` for the opposite of the `--input` that a command may have, and keeps one of the two.
    this.negate = spec.negated === true;
    const { choices, conflicts, parse = String, repeats } = spec;
    if (choices !== undefined) this.choices(choices);
    else if (repeats) this.argParser((text: string, before: unknown[] = []) => [...before, parse(text)]);
    else if (spec.parse !== undefined) this.argParser(parse);
    if (conflicts !== undefined) this.conflicts([...conflicts]);
  }
}

/**
 * A command whose flags keep one value each. Given twice with different values, a flag is refused: whichever of them won
 * would silently drop the other. Flags that repeat are the exception.
 */
export class ParserCommand extends CommanderCommand {
  readonly #given = new Map<string, { text: string; value: unknown }>();

  override addOption(option: Option): this {
    super.addOption(option);
    const repeats = option instanceof ParserOption && option.spec.repeats;
    // Commander's own listener, which parses the value, comes first.
    return this.on(`option:${option.name()}`, (text: string | null = null) => {
      if (!repeats) this.#keep(option, text ?? '', this.getOptionValue(option.attributeName()));
    });
  }

  override restoreStateBeforeParse(): void {
    super.restoreStateBeforeParse();
    this.#given.clear();
  }

  #keep(option: Option, text: string, value: unknown): void {
    const flag = option.long ?? option.flags;
    for (let at: CommanderCommand | null = this; at !== null; at = at.parent) {
      const before = at instanceof ParserCommand ? at.#given.get(flag) : undefined;
      if (before === undefined || JSON.stringify(before.value) === JSON.stringify(value)) continue;
      const values = [before.text, text].map((each) => shownValue(flag, each));
      throw usageError(`${flag} has two values: ${values.join(' and ')}`, 'Pass it once');
    }
    this.#given.set(flag, { text, value });
  }
}

/** Words that lead to no command. */
export class UnknownCommand extends Error {
  /** The command, or the program, below which the first of the words was looked for: `users`, or empty. */
  readonly parent: string;
  readonly words: readonly string[];

  constructor(parent: string, words: readonly string[]) {
    super(`Unknown command '${words[0]}'`);
    this.parent = parent;
    this.words = words;
  }
}

/** A value as an error may show it. A secret may have been pasted in the place of another value. */
function shownValue(flag: string, text: string): string {
  const isForeign = flag === '--client-id' && text.length >= 16 && !/^OQ[0-9a-f]{32}$/i.test(text);
  const holdsSecret = /^SK[0-9a-f]{32}$|^eyJ|:\/\/[^/]*@|:\/\/.*[?#]/i.test(text);
  return isForeign || holdsSecret ? '[hidden]' : `"${text}"`;
}

/** Makes the context of a command. @param verb the command without arguments, such as `users list` */
export type ContextFor = (flags: Flags, verb: string) => Promise<Context>;

/** Turns commands as data into commands of the parser, for one run of the program. */
export interface Parser {
  root: CommanderCommand;
  /** Adds an entry of the front page, still without what it loads. */
  addEntry(entry: Pick<CommandEntry, 'name' | 'alias' | 'summary'>): void;
  /** Fills an entry with what it has loaded. */
  fillEntry(name: string, loaded: CommandGroup | Command): void;
  /** The help or version text that was asked for. */
  printed(): string;
}

export function createParser(
  program: { name: string; summary: string; version: string; examples: Examples },
  contextFor: ContextFor,
): Parser {
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };

  function equip(command: CommanderCommand, flags: FlagSpecs = {}): CommanderCommand {
    command
      .optionsGroup('Flags:')
      .helpCommand(false)
      .exitOverride()
      .enablePositionalOptions()
      .configureHelp(helpLayout);
    command.configureOutput({ writeOut: print, writeErr: print, outputError: () => {} });
    command.on('command:*', (words: string[]) => {
      throw new UnknownCommand(nameOf(command), words);
    });
    // Help would be that of the words before it, as if the unknown one had been understood.
    command.addHelpText('before', () => {
      const [word] = command.args;
      if (command.commands.length === 0 || word === undefined || word.startsWith('-')) return '';
      throw new UnknownCommand(nameOf(command), command.args);
    });
    for (const [key, spec] of Object.entries({ ...globalFlags, ...overrides(flags) })) {
      command.addOption(new ParserOption(key, spec).helpGroup(everywhere));
    }
    command.addHelpOption(new Option('-h, --help', 'print this help').helpGroup(everywhere));
    command.version(program.version, '--version', 'print the version');
    command.options.at(-1)?.helpGroup(everywhere);
    for (const [key, spec] of Object.entries(flags)) {
      if (!(key in globalFlags)) command.addOption(new ParserOption(key, spec));
    }
    return command;
  }

  function fill(target: CommanderCommand, command: Command): CommanderCommand {
    const args = Object.entries(command.args);
    for (const [key, spec] of args) target.addArgument(argumentOf(key, spec));
    equip(target, command.flags).action(async (...words) => {
      const flags = flagsOf(target);
      const input = Object.fromEntries(args.map(([key], index) => [key, words[index]]));
      await command.run(await contextFor(flags, command.name), { ...input, flags });
    });
    addExamples(target, command.examples);
    if (command.notes !== undefined) target.addHelpText('after', command.notes);
    return target;
  }

  const root = equip(new ParserCommand(program.name).description(program.summary));
  root.helpCommand('help [command]', 'print the help of a command');
  addExamples(root, program.examples);
  return {
    root,
    addEntry({ name, alias, summary }) {
      const command = new ParserCommand(name).description(summary);
      if (alias) command.alias(alias);
      root.addCommand(command);
    },
    fillEntry(name, loaded) {
      const target = root.commands.find((candidate) => candidate.name() === name);
      if (target === undefined) return;
      if (!('commands' in loaded)) return void fill(target, loaded);
      addExamples(equip(target), loaded.examples);
      for (const command of loaded.commands) {
        const verb = new ParserCommand(verbOf(command)).description(command.summary);
        target.addCommand(fill(verb, command));
      }
    },
    printed: () => printed,
  };
}

/** A command's own words for flags of every command. */
function overrides(flags: FlagSpecs): FlagSpecs {
  return Object.fromEntries(Object.entries(flags).filter(([key]) => key in globalFlags));
}

function addExamples(command: CommanderCommand, examples: Examples): void {
  command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}\n`).join('')}`);
}

function argumentOf(key: string, spec: ArgSpec): Argument {
  const argument = new Argument(argTerm(key, spec), spec.summary);
  const { choices, parse, variadic } = spec;
  if (choices !== undefined) argument.choices(choices);
  else if (parse !== undefined && variadic) {
    argument.argParser((text: string, before: unknown[] = []) => [...before, parse(text)]);
  } else if (parse !== undefined) argument.argParser(parse);
  return argument;
}

const everywhere = 'Flags everywhere:';

/** A group's help is about its verbs; a verb's about its own flags first. */
const helpLayout: Partial<Help> = {
  commandUsage(command) {
    const words =
      command.commands.length === 0 ? command.registeredArguments.map(argumentTerm) : ['<command>'];
    return [...pathOf(command), ...words, '[flags]'].join(' ');
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
function pathOf(command: CommanderCommand): string[] {
  const path: string[] = [];
  for (let at: CommanderCommand | null = command; at !== null; at = at.parent) path.unshift(at.name());
  return path;
}

/** The words that lead to the command, without the program's. */
function nameOf(command: CommanderCommand): string {
  return pathOf(command).slice(1).join(' ');
}

function argumentTerm(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** The flags given to the command or before it. */
function flagsOf(command: CommanderCommand): Flags {
  const flags: Record<string, unknown> = {};
  for (let at: CommanderCommand | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      if (!Object.hasOwn(flags, name) && at.getOptionValueSource(name) === 'cli') flags[name] = value;
    }
  }
  return flags;
}
