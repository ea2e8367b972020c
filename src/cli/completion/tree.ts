import type { CommandInfo, GroupInfo, ProgramInfo } from '../command-info.ts';
import { verbOf } from '../command-info.ts';
import { type FlagSpec, type FlagSpecs, flagDescription, longName } from '../flag-spec.ts';

/** A command, a group or the program as a shell needs to know it. */
export interface CommandNode {
  /** The words that lead to it, without the program's name: empty for the program, `users list` for a verb. */
  path: string;
  /** Its name, then its aliases. */
  names: string[];
  description: string;
  /** The values of its first argument, if they are fixed. */
  choices: readonly string[];
  readonly flags: Flag[];
  commands: CommandNode[];
}

export interface Flag {
  /** With its dash, such as `-o`. */
  short: string | undefined;
  /** With its dashes, such as `--output`. */
  long: string;
  description: string;
  /** The placeholder of its value, such as `file`; undefined for a flag without one. */
  value: string | undefined;
  /** Its values, if they are fixed. */
  choices: readonly string[];
}

/** The whole program as a tree. */
export function buildTree(program: ProgramInfo): CommandNode {
  const { name, summary, entries, flags } = program;
  const root = {
    path: '',
    names: [name],
    description: summary,
    choices: [],
    commands: entries.map((entry) =>
      'commands' in entry ? groupNode(entry, flags) : commandNode(entry, flags),
    ),
  };
  return withFlags(root, flags);
}

/** The command `help`, for the completion scripts: it takes the name of a command or a topic. */
export function helpNode({ entries, flags }: ProgramInfo, topics: readonly string[]): CommandNode {
  const node = {
    path: 'help',
    names: ['help'],
    description: 'print the help of a command or a topic',
    choices: [...entries.map(({ name }) => name), ...topics],
    commands: [],
  };
  return withFlags(node, flags);
}

function groupNode({ name, alias, summary, commands }: GroupInfo, everywhere: FlagSpecs): CommandNode {
  const node = {
    path: name,
    names: alias === undefined ? [name] : [name, alias],
    description: summary,
    choices: [],
    commands: commands.map((command) => commandNode(command, everywhere)),
  };
  return withFlags(node, everywhere);
}

function commandNode(command: CommandInfo, everywhere: FlagSpecs): CommandNode {
  const [firstArg] = Object.values(command.args);
  const node = {
    path: command.name,
    names: [verbOf(command)],
    description: command.summary,
    choices: firstArg?.choices ?? [],
    commands: [],
  };
  return withFlags(node, everywhere, command.flags);
}

/** Makes the flags on first use: an unknown command is explained by names alone. */
function withFlags(node: Omit<CommandNode, 'flags'>, ...specs: Parameters<typeof flagsOf>): CommandNode {
  let flags: Flag[] | undefined;
  return {
    ...node,
    get flags() {
      flags ??= flagsOf(...specs);
      return flags;
    },
  };
}

const version: Flag = {
  short: undefined,
  long: '--version',
  description: 'print the version',
  value: undefined,
  choices: [],
};

const help: Flag = { ...version, short: '-h', long: '--help', description: 'print this help' };

/** All flags of a command: those of every command, with the command's own words for some, then its own. */
export function flagsOf(everywhere: FlagSpecs, own: FlagSpecs = {}): Flag[] {
  const common = Object.entries(everywhere).map(([key, spec]) => flagOf(key, own[key] ?? spec));
  return [...common, version, ...ownFlags(everywhere, own), help];
}

/** The flags that only this command has. */
function ownFlags(everywhere: FlagSpecs, own: FlagSpecs): Flag[] {
  return Object.entries(own)
    .filter(([key]) => !(key in everywhere))
    .map(([key, spec]) => flagOf(key, spec));
}

function flagOf(key: string, spec: FlagSpec): Flag {
  return {
    short: spec.short === undefined ? undefined : `-${spec.short}`,
    long: longName(key, spec),
    description: flagDescription(spec),
    value: spec.value,
    choices: spec.choices ?? [],
  };
}

/** The command itself and every one below it. */
export function flatten(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

/** The flags that all these commands have in common, and those of one of them alone, among them one with more choices. */
export function splitCommonFlags(nodes: readonly CommandNode[]) {
  const same = (a: Flag, b: Flag) => JSON.stringify(a) === JSON.stringify(b);
  const includes = (own: Flag, flag: Flag) =>
    same({ ...own, choices: flag.choices }, flag) && flag.choices.every((each) => own.choices.includes(each));
  const has = (node: CommandNode, flag: Flag) => node.flags.some((own) => includes(own, flag));
  const common = (nodes[0]?.flags ?? []).filter((flag) => nodes.every((node) => has(node, flag)));
  const own = (node: CommandNode) => node.flags.filter((flag) => !common.some((other) => same(flag, other)));
  return { common, own };
}

/** The flags that take a value, each once, as its first command has it. */
export function flagsWithValue(nodes: readonly CommandNode[]): Flag[] {
  const flags = new Map<string, Flag>();
  for (const flag of nodes.flatMap((node) => node.flags)) {
    if (flag.value !== undefined && !flags.has(flag.long)) flags.set(flag.long, flag);
  }
  return [...flags.values()];
}

/** The flags of a command to whose values a shell offers other words than to those of the same flag in the list. */
export function flagsWithOtherValue(node: CommandNode, flags: readonly Flag[]): Flag[] {
  return node.flags.filter((own) =>
    flags.some((flag) => flag.long === own.long && offered(flag) !== offered(own)),
  );
}

function offered(flag: Flag): string {
  if (flag.choices.length > 0) return flag.choices.join(' ');
  return takesScope(flag) ? '(scopes)' : flag.value === 'file' ? '(files)' : '';
}

/** The values of flags that take a scope, one a line: they change, so that they are the one thing that a shell asks the program for. */
export const namesOfScopes = 'accounts list -o tsv --fields name';

/** True for a flag whose value is a scope. */
export function takesScope({ value, choices }: Flag): boolean {
  return value === 'scope' && choices.length === 0;
}

/** `-o` and `--output` of a flag. */
export function flagSpellings({ short, long }: Flag): string[] {
  return short === undefined ? [long] : [short, long];
}

/** The text in single quotes, which bash and zsh take literally. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
