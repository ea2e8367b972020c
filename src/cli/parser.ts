import { Argument, Command as CommanderCommand, Option } from 'commander';
import { usageError } from '../platform/core/errors.ts';
import type { Command } from './command.ts';
import { type ArgSpec, argTerm } from './command-info.ts';
import { type FlagSpec, type FlagSpecs, flagTerm, longName } from './flag-spec.ts';
import { globalFlags } from './flags.ts';
import { valueReader } from './read-value.ts';
import { type ContextFor, runCommand } from './run-command.ts';
import { ParseError, type ParseProblem, shownValue } from './usage-errors/parse-error.ts';

/** A flag of the parser, with the data that it was made of. */
class ParserOption extends Option {
  readonly spec: FlagSpec;

  constructor(key: string, spec: FlagSpec) {
    super(flagTerm(key, spec));
    this.spec = spec;
    // Commander takes `--no-input` for the opposite of the `--input` that a command may have, and keeps one of the two.
    this.negate = spec.negated === true;
    const { choices, conflicts, repeats } = spec;
    const read = valueReader(longName(key, spec), spec);
    if (choices !== undefined) this.choices(choices);
    if (repeats) this.argParser((text: string, before: unknown[] = []) => [...before, read(text)]);
    else if (spec.value !== undefined) this.argParser(read);
    if (conflicts !== undefined) this.conflicts([...conflicts]);
  }
}

/**
 * A command whose flags keep one value each. Given twice with different values, a flag is refused: whichever of them won
 * would silently drop the other. Flags that repeat are the exception.
 */
class ParserCommand extends CommanderCommand {
  readonly #given = new Map<string, { text: string; value: unknown }>();

  override addOption(option: Option): this {
    super.addOption(option);
    const repeats = option instanceof ParserOption && option.spec.repeats;
    // Commander's own listener, which parses the value, comes first.
    return this.on(`option:${option.name()}`, (text: string | null = null) => {
      if (!repeats) this.#keep(option, text ?? '', this.getOptionValue(option.attributeName()));
    });
  }

  /** Commander's own errors: they carry what was wrong in their text alone. */
  override error(message: string, options?: { code?: string }): never {
    const [first = '', second = ''] = [...message.matchAll(/option '([^']*)'/g)].map(([, flags]) => flags);
    const problem = commanderProblem(options?.code, first, second);
    if (problem !== undefined) throw new ParseError(nameOf(this), problem);
    return super.error(message, options);
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

/** The problem that an error of commander tells of. @param flags the terms of its flags, such as `-o, --output <format>` */
function commanderProblem(
  code: string | undefined,
  ...flags: [first: string, second: string]
): ParseProblem | undefined {
  const names = flags.map((term) => /--[\w-]+/.exec(term)?.[0] ?? term);
  const [flag = ''] = names;
  if (code === 'commander.unknownOption') return { kind: 'unknown-flag', flag: flags[0] };
  if (code === 'commander.optionMissingArgument') return { kind: 'no-value', flag };
  return code === 'commander.conflictingOption' ? { kind: 'conflict', flags: names } : undefined;
}

/** Turns commands as data into commands of the parser, for one run of the program. */
export interface Parser {
  root: CommanderCommand;
  /** Adds a group or a command, still without flags and arguments. */
  add(parent: CommanderCommand, name: string, alias?: string): CommanderCommand;
  /** Gives a group its flags. */
  equip(group: CommanderCommand): void;
  /** Gives a command its flags, its arguments and its handler. */
  fill(target: CommanderCommand, command: Command): void;
  /** The words of the command whose help was asked for. */
  helpWanted(): readonly string[] | undefined;
  /** The version text, if it was asked for. */
  printed(): string;
}

/** @param args the words of the command line, without the program's name */
export function createParser(
  program: { name: string; version: string },
  contextFor: ContextFor,
  args: readonly string[],
): Parser {
  let printed = '';
  let helpWanted: string[] | undefined;
  const print = (text: string) => {
    printed += text;
  };
  // The program, a group and a command have most flags in common, and a command keeps its values itself.
  const options = new Map<FlagSpec, ParserOption>();
  const helpOption = new Option('-h, --help');
  function optionOf(key: string, spec: FlagSpec): ParserOption {
    const option = options.get(spec) ?? new ParserOption(key, spec);
    options.set(spec, option);
    return option;
  }
  // The page may need the data of many commands: it is laid out later, once they are loaded.
  const formatHelp = (command: CommanderCommand) => {
    helpWanted = pathOf(command).slice(1);
    return '';
  };

  function equip(command: CommanderCommand, flags: FlagSpecs = {}): CommanderCommand {
    command
      .helpCommand(false)
      .exitOverride()
      .allowExcessArguments()
      .showSuggestionAfterError(false)
      .enablePositionalOptions()
      .configureHelp({ formatHelp });
    command.configureOutput({ writeOut: print, writeErr: print, outputError: () => {} });
    command.on('command:*', (words: string[]) => {
      throw new ParseError(nameOf(command), { kind: 'unknown-command', words });
    });
    // Help would be that of the words before it, as if the unknown one had been understood.
    command.addHelpText('before', () => {
      const [word] = command.args;
      if (command.commands.length === 0 || word === undefined || word.startsWith('-')) return '';
      throw new ParseError(nameOf(command), { kind: 'unknown-command', words: command.args });
    });
    for (const [key, spec] of Object.entries({ ...globalFlags, ...overrides(flags) })) {
      command.addOption(optionOf(key, spec));
    }
    command.addHelpOption(helpOption);
    command.version(program.version, '--version');
    for (const [key, spec] of Object.entries(flags)) {
      if (!(key in globalFlags)) command.addOption(optionOf(key, spec));
    }
    return command;
  }

  function fill(target: CommanderCommand, command: Command): void {
    const specs = Object.entries(command.args);
    for (const [key, spec] of specs) target.addArgument(new ParserArgument(key, spec));
    const most = specs.some(([, { variadic }]) => variadic) ? Number.POSITIVE_INFINITY : specs.length;
    equip(target, command.flags).action(async (...words) => {
      if (target.args.length > most)
        throw new ParseError(command.name, { kind: 'left-over', words: target.args.slice(most) });
      const cut = wordsOfName(target, specs, args);
      if (cut !== undefined) throw new ParseError(command.name, { kind: 'left-over', words: cut });
      const input = Object.fromEntries(specs.map(([key], index) => [key, words[index]]));
      await runCommand(command, { ...input, flags: flagsOf(target) }, contextFor, args);
    });
  }

  return {
    root: equip(new ParserCommand(program.name)).helpCommand('help [command]'),
    add(parent, name, alias) {
      const command = new ParserCommand(name);
      if (alias !== undefined) command.alias(alias);
      parent.addCommand(command);
      return command;
    },
    equip,
    fill,
    helpWanted: () => helpWanted,
    printed: () => printed,
  };
}

/** A command's own words for flags of every command. */
function overrides(flags: FlagSpecs): FlagSpecs {
  return Object.fromEntries(Object.entries(flags).filter(([key]) => key in globalFlags));
}

/** An argument of the parser. The command asks for one that is missing, so that the parser takes each for optional. */
class ParserArgument extends Argument {
  constructor(key: string, spec: ArgSpec) {
    super(argTerm(key, spec));
    this.required = false;
    const { choices, parse, variadic } = spec;
    const read = valueReader(this.name(), spec);
    if (choices !== undefined) this.choices(choices);
    if (variadic) this.argParser((text: string, before: unknown[] = []) => [...before, read(text)]);
    else if (choices !== undefined || parse !== undefined) this.argParser(read);
  }
}

/** Words of a list that continue a flag's value, as in `--reason Left the company`, and can't be of the list. */
function wordsOfName(
  target: CommanderCommand,
  specs: readonly [string, ArgSpec][],
  args: readonly string[],
): string[] | undefined {
  const check = specs.find(([, { variadic }]) => variadic)?.[1].ask?.check;
  if (check === undefined) return undefined;
  const word = target.args.find((each) => {
    const flag = args[args.indexOf(each) - 2];
    const option = target.options.find(
      ({ short, long }) => flag !== undefined && (flag === short || flag === long),
    );
    return option?.required === true && fails(() => check(each));
  });
  return word === undefined ? undefined : [word];
}

function fails(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch {
    return true;
  }
}

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

/** The flags given to the command or before it. */
function flagsOf(command: CommanderCommand): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (let at: CommanderCommand | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      if (!Object.hasOwn(flags, name) && at.getOptionValueSource(name) === 'cli') flags[name] = value;
    }
  }
  return flags;
}
