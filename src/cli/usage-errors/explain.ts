import { type AppError, usageError } from '../../platform/core/errors.ts';
import { similarTo } from '../../platform/core/similar.ts';
import { alternatives, shellQuote } from '../../platform/core/text.ts';
import { argTerms, type CommandInfo, commandsOf, type ProgramInfo } from '../command-info.ts';
import { buildTree, type CommandNode, flagSpellings, flatten } from '../completion/tree.ts';
import { suggestedCommands } from './commands.ts';
import { commandsWithFlag, suggestedFlags } from './flags.ts';
import { type ParseError, type ParseProblem, shownValue } from './parse-error.ts';

type Of<K extends ParseProblem['kind']> = Extract<ParseProblem, { kind: K }>;

/** The place of an error in the program. */
interface Place {
  program: ProgramInfo;
  root: CommandNode;
  /** All commands, the root among them. */
  tree: readonly CommandNode[];
  node: CommandNode;
  /** Undefined for a group and for the program. */
  command: CommandInfo | undefined;
  /** The whole command line, without the program's name. */
  args: readonly string[];
}

/** The error as a sentence about what was typed, and one about what to type instead. */
export function explainParseError(
  program: ProgramInfo,
  { command: path, problem }: ParseError,
  args: readonly string[],
): AppError {
  const root = buildTree(program);
  const tree = flatten(root);
  const node = tree.find((candidate) => candidate.path === path) ?? root;
  const command = commandsOf(program).find(({ name }) => name === path);
  const place: Place = { program, root, tree, node, command, args };
  switch (problem.kind) {
    case 'unknown-command':
      return unknownCommand(place, problem);
    case 'unknown-flag':
      return unknownFlag(place, problem);
    case 'left-over':
      return leftOver(place, problem);
    case 'no-value':
      return usageError(`${problem.flag} needs a value`, seeHelp(place));
    case 'bad-value':
      return usageError(
        `${problem.name} cannot be ${shownValue(problem.name, problem.value)}`,
        problem.reason,
      );
    case 'bad-choice':
      return badChoice(place, problem);
    case 'conflict':
      return usageError(`${problem.flags.join(' and ')} exclude each other`, 'Pass one of them');
  }
}

function unknownCommand(place: Place, { words }: Of<'unknown-command'>): AppError {
  const message = `Unknown command '${words[0]}'`;
  const written = /^[-–—]+$/.test(words[0]?.charAt(0) ?? '')
    ? suggestedFlags(place.node, words[0] ?? '')
    : [];
  return withMeant(message, [...written, ...suggestedCommands(place.root, place.node, words)], place);
}

function unknownFlag(place: Place, { flag }: Of<'unknown-flag'>): AppError {
  const { node, tree } = place;
  const message = `Unknown flag '${flag.replace(/=.*$/s, '')}'`;
  if (node.path === '' && /^-v/i.test(flag)) return withMeant(message, ['--version'], place);
  const meant = suggestedFlags(node, flag);
  if (meant.length > 0) return withMeant(message, meant, place);
  const elsewhere = commandsWithFlag(tree, flag);
  if (elsewhere === undefined) return withMeant(message, [], place);
  const commands = elsewhere.commands;
  const some = commands.length > 3 ? `${commands.slice(0, 3).join(', ')} and others` : commands.join(' and ');
  const moved = movedToEnd(place, flag, elsewhere);
  if (moved !== undefined) return usageError(message, `${elsewhere.flag} stands after the command: ${moved}`);
  return usageError(message, `${elsewhere.flag} is a flag of ${some}. ${seeHelp(place)}`);
}

/** The command line with the flag at its end, if the flag is one of the command that follows it. */
function movedToEnd(
  { args, node, tree }: Place,
  written: string,
  { flag, commands }: { flag: string; commands: readonly string[] },
): string | undefined {
  const command = commands.find((path) => args.join(' ').includes(path));
  const spec = tree.find(({ path }) => path === command)?.flags.find(({ long }) => long === flag);
  if (spec === undefined || node.commands.length === 0 || written !== flag) return undefined;
  const at = args.indexOf(written);
  const end = spec.value === undefined ? at + 1 : at + 2;
  const line = [...args.slice(0, at), ...args.slice(end), ...args.slice(at, end)];
  return ['twilio-org', ...line.map(shellQuote)].join(' ');
}

/** Words beyond the arguments that the command takes. */
function leftOver(place: Place, { words }: Of<'left-over'>): AppError {
  const { node, command } = place;
  const [word = ''] = words;
  // A word after a command of the login may be a secret that was pasted.
  if (/^(?:auth|apps)\b/.test(node.path))
    return usageError(`${node.path} takes no such argument`, seeHelp(place));
  const written = shownValue('', words.join(' '));
  const message = `${written} is left over`;
  if (/^[–—]/.test(word)) return withMeant(message, suggestedFlags(node, word), place);
  const [, key] = /^-*([A-Za-z][\w-]*)=/.exec(word) ?? [];
  const meant = key === undefined ? [] : suggestedFlags(node, `--${key}`);
  if (meant.length > 0)
    return usageError(message, `Did you mean ${meant[0]} ${shellQuote(word.slice(word.indexOf('=') + 1))}?`);
  const quoted = splitName(place, words);
  if (quoted !== undefined) return usageError(message, `Names with spaces need quotes: ${quoted}`);
  const has = (flag: string) => node.flags.some(({ long }) => long === flag);
  const line = (flag: string) => `twilio-org ${node.path} ${flag} ${shellQuote(words.join(' '))}`;
  const noArguments = `${node.path} takes no ${isUser(word) ? 'user' : 'name'}`;
  if (command !== undefined && Object.keys(command.args).length === 0) {
    if (isUser(word) && has('--user'))
      return usageError(message, `Name the user with a flag: ${line('--user')}`);
    if (isUser(word) && node.path === 'users list')
      return usageError(noArguments, `To see one user: twilio-org users get ${shellQuote(word)}`);
    if (has('--search')) return usageError(noArguments, `To search: ${line('--search')}`);
    return usageError(`${node.path} takes no arguments, only flags: ${message}`, exampleOf(place));
  }
  const takes = command === undefined ? '' : argTerms(command.args).join(' ');
  return usageError(`${message}: ${node.path} takes ${takes}`, seeHelp(place));
}

function exampleOf(place: Place): string {
  const { command, program } = place;
  const hasFlags = Object.keys(command?.flags ?? {}).some((key) => !(key in program.flags));
  const [example] = command?.examples ?? [];
  return hasFlags && example !== undefined ? `For example: ${example}` : seeHelp(place);
}

function isUser(word: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(word) || /^US[0-9a-f]{20,}$/i.test(word);
}

/** `--role "Messaging Admin"`, where the words continue the value of a flag or the argument before them. */
function splitName({ args, node, command }: Place, words: readonly string[]): string | undefined {
  const at = args.findIndex((_, index) => words.every((word, offset) => args[index + offset] === word));
  const start = at < 0 ? args.indexOf(words[0] ?? '') : at;
  const before = args[start - 1];
  if (start < 1 || before === undefined) return undefined;
  const rest = args.slice(start).findIndex((word) => word.startsWith('-'));
  const all = args.slice(start, rest < 0 ? undefined : start + rest);
  const flag = node.flags.find((one) => flagSpellings(one).includes(args[start - 2] ?? ''));
  if (flag?.value !== undefined)
    return isWhole(flag.long, before) ? undefined : `${args[start - 2]} ${quotedName(before, all)}`;
  const [, name, value] = /^(--[\w-]+)=(.+)$/.exec(before) ?? [];
  if (name !== undefined && value !== undefined)
    return isWhole(name, value) ? undefined : `${name} ${quotedName(value, all)}`;
  const takesName = command !== undefined && Object.keys(command.args).length > 0 && !isWhole('', before);
  return takesName ? `twilio-org ${node.path} ${quotedName(before, all)}` : undefined;
}

/** A value that needs no further word: an address, a SID, a number or a format. */
function isWhole(flag: string, value: string): boolean {
  return (
    value.startsWith('-') ||
    isUser(value) ||
    /^\d+$|^[A-Z]{2}[0-9a-f]{32}$/.test(value) ||
    flag === '--output'
  );
}

function quotedName(first: string, others: readonly string[]): string {
  return JSON.stringify([first, ...others].join(' '));
}

function badChoice({ tree }: Place, { name, value, choices }: Of<'bad-choice'>): AppError {
  const text = value.replace(/^=/, '').trim().toLowerCase();
  const same = choices.filter((choice) => choice === text);
  const begun =
    text === '' ? [] : choices.filter((choice) => choice.startsWith(text) || text.startsWith(choice));
  const meant = [same, similarTo(text, choices), begun].find((found) => found.length > 0) ?? [];
  const flag = value.startsWith('=') ? '-o ' : '';
  const question =
    meant.length === 0 ? '' : `Did you mean ${alternatives(meant.map((each) => flag + each))}? `;
  const takers = tree.filter(({ flags }) =>
    flags.some(({ long, choices }) => long === name && choices.includes(text)),
  );
  const others =
    same.length > 0 || takers.length === 0
      ? ''
      : `${name} ${text} works only with ${alternatives(takers.map(({ path }) => path))}. Here, `;
  const all = `${name} takes ${alternatives(choices)}`;
  return usageError(
    `${name} cannot be ${shownValue(name, value)}`,
    others === '' ? `${question}${all}` : `${others}${all}`,
  );
}

function withMeant(message: string, meant: readonly string[], place: Place): AppError {
  const distinct = [...new Set(meant)];
  return usageError(
    message,
    distinct.length > 0 ? `Did you mean ${alternatives(distinct)}?` : seeHelp(place),
  );
}

function seeHelp({ node }: Place): string {
  const command = ['twilio-org', node.path, '--help'].filter(Boolean).join(' ');
  return node.commands.length > 0 ? `To see all commands: ${command}` : `See: ${command}`;
}
