import { type Command, Help, type Option } from 'commander';

/** A command as a shell needs to know it. */
export interface CommandNode {
  /** The words that lead to it, without the program's name: empty for the program, `users list` for a verb. */
  path: string;
  /** Its name, then its aliases. */
  names: string[];
  description: string;
  /** What its first argument can be, when that is fixed. */
  choices: string[];
  flags: Flag[];
  commands: CommandNode[];
}

export interface Flag {
  /** With its dash, such as `-o`. */
  short: string | undefined;
  /** With its dashes, such as `--output`. */
  long: string;
  description: string;
  /** What stands for its value in the help, such as `file`; undefined of a flag without one. */
  value: string | undefined;
  /** What the value can be, when that is fixed. */
  choices: string[];
}

/** The command and all that is below it. Every group has to be loaded. */
export function buildTree(command: Command, path = ''): CommandNode {
  // The program's own layout of the help leaves flags out of some pages: what a command takes is asked of the library.
  const help = new Help();
  const commands = help
    .visibleCommands(command)
    // Without `help`, which is no command of the tree and takes none of its flags.
    .filter((sub) => command.commands.includes(sub))
    .map((sub) => buildTree(sub, path === '' ? sub.name() : `${path} ${sub.name()}`));
  return {
    path,
    names: [command.name(), ...command.aliases()],
    description: command.description(),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    flags: help.visibleOptions(command).map(flagOf),
    commands,
  };
}

function flagOf(option: Option): Flag {
  const { short, long = '', description, flags, argChoices = [] } = option;
  return { short, long, description, value: /<(.+)>/.exec(flags)?.[1], choices: argChoices };
}

/** The command itself and every one below it. */
export function flatten(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

/** The flags that are the same in every command, and those that are a command's own. */
export function flagsOf(nodes: readonly CommandNode[]) {
  const same = (a: Flag, b: Flag) => JSON.stringify(a) === JSON.stringify(b);
  const has = (node: CommandNode, flag: Flag) => node.flags.some((own) => same(own, flag));
  const common = (nodes[0]?.flags ?? []).filter((flag) => nodes.every((node) => has(node, flag)));
  const own = (node: CommandNode) => node.flags.filter((flag) => !common.some((other) => same(flag, other)));
  return { common, own };
}

/** The flags that take a value, each once; where commands give a name different choices, without any. */
export function flagsWithValue(nodes: readonly CommandNode[]): Flag[] {
  const flags = new Map<string, Flag>();
  for (const flag of nodes.flatMap((node) => node.flags)) {
    if (flag.value === undefined) continue;
    const before = flags.get(flag.long);
    const same = before === undefined || before.choices.join() === flag.choices.join();
    flags.set(flag.long, same ? flag : { ...flag, choices: [] });
  }
  return [...flags.values()];
}

/** `-o` and `--output` of a flag. */
export function flagSpellings({ short, long }: Flag): string[] {
  return short === undefined ? [long] : [short, long];
}

/** The text in single quotes, as bash and zsh read it: nothing in it means anything. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
