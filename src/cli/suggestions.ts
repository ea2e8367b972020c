import { Command, CommanderError } from 'commander';
import type { ProgramInfo } from './command-info.ts';
import { buildTree, type CommandNode, flatten } from './completion/tree.ts';
import type { UnknownCommand } from './parser.ts';

/** Commands of other programs, and their equivalents in this one. */
const equivalents = new Map([
  ['configure', 'auth setup'],
  ['init', 'auth setup'],
  ['invite', 'users create'],
  ['plan', 'runs apply --dry-run'],
  ['version', '--version'],
  ['whoami', 'auth status'],
]);

/** The commands that an unknown word may stand for. */
export function suggestionsFor(program: ProgramInfo, { parent, words }: UnknownCommand): string[] {
  const [word = '', ...rest] = words;
  const tree = flatten(buildTree(program));
  const here = tree.find(({ path }) => path === parent);
  if (word === 'help' && here !== undefined) return [['help', here.path, ...rest].join(' ')];
  const named = tree.filter(({ names, path }) => path !== '' && names.includes(word));
  if (named.length > 0) return named.map(({ path }) => path);
  const meant = equivalents.get(word);
  if (meant !== undefined) return [meant];
  const alike = similar(word, here?.commands ?? []);
  if (alike.length > 0) return alike;
  return tree
    .filter(({ names, path }) => path !== '' && similar(word, tree).some((name) => names.includes(name)))
    .map(({ path }) => path);
}

/** The names with a similar spelling, as commander judges it. */
function similar(word: string, nodes: readonly CommandNode[]): string[] {
  const names = new Set(nodes.flatMap((node) => node.names));
  const probe = new Command()
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ outputError: () => {} });
  for (const name of names) probe.command(name);
  try {
    probe.parse([word], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const list = /\(Did you mean (?:one of )?(.*)\?\)/.exec(error.message)?.[1];
    return list?.split(', ') ?? [];
  }
  return [];
}
