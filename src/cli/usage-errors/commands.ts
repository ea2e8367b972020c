import { similarTo } from '../../platform/core/similar.ts';
import { type CommandNode, flatten } from '../completion/tree.ts';
import { helpTopics } from '../help/topics.ts';
import { equivalents, nouns, verbs } from './other-tools.ts';

/**
 * The commands that unknown words may stand for, the likeliest first.
 *
 * @param here the group that the words follow, or the program
 */
export function suggestedCommands(root: CommandNode, here: CommandNode, words: readonly string[]): string[] {
  const [first = '', ...rest] = words.map((word) => word.toLowerCase().replaceAll('_', '-'));
  const tree = flatten(root);
  const person = words.find((word) => /^[^\s@]+@[^\s@]+$|^US[0-9a-f]{32}$/.test(word));
  const all = [here.path, first, ...rest];
  if (
    person !== undefined &&
    all.some((word) => /^(?:roles?|permissions?|access)$/.test(word)) &&
    (first === 'of' || first === 'for' || /^roles?$|^permissions?$/.test(first))
  )
    return [`role-assignments list --user ${person}`];
  if (first === 'help') return [['help', here.path, ...words.slice(1)].filter(Boolean).join(' ')];
  if (here === root && root.commands.some(({ names }) => names.includes(first)))
    return [[first, ...rest.slice(0, 1)].join(' ')];
  const inGroup = here === root ? [] : verbsMeant(here, first);
  if (inGroup.length > 0) return inGroup;
  const [second] = rest.filter((word) => !word.startsWith('-'));
  if (here === root && second !== undefined) {
    const inWords = phraseMeant(root, first, second);
    const list = inWords.map((path) => path.replace(/ (?:get|show)$/, ' list'));
    // `show users` names all of them, `show user ada@example.com` one.
    const isPlural =
      second.endsWith('s') && person === undefined && tree.some(({ path }) => path === list[0]);
    if (inWords.length > 0) return [...new Set([...(isPlural ? list : []), ...inWords])];
  }
  const named = pathsNamed(tree, first);
  const equal = Object.hasOwn(equivalents, first) ? (equivalents[first] ?? []) : [];
  if (named.length > 0 || equal.length > 0) return [...new Set([...equal, ...named])];
  const parts = first.split(/[-:.]/);
  const [noun = '', verb = ''] = parts;
  const joined = parts.length === 2 ? phraseMeant(root, noun, verb) : [];
  if (joined.length > 0) return joined;
  if (here === root) {
    const topics = similarTo(first, helpTopics).map((topic) => `help ${topic}`);
    const group = groupMeant(root, first);
    if (group !== undefined) return [group.path];
    if (topics.length > 0) return topics;
  }
  const byVerb = root.commands.flatMap((group) => verbsFor(group, first));
  if (byVerb.length > 0) return byVerb.slice(0, maxSuggestions);
  const names = tree.flatMap(({ names, path }) => (path === '' ? [] : names));
  return similarTo(first, names)
    .flatMap((name) => pathsNamed(tree, name))
    .slice(0, maxSuggestions);
}

const maxSuggestions = 5;

/** `list users`, `users show` or `usres lst` as `users list` and `users get`. */
function phraseMeant(root: CommandNode, first: string, second: string): string[] {
  for (const [noun, verb] of [
    [first, second],
    [second, first],
  ] as const) {
    const group = groupMeant(root, noun);
    if (group === undefined) continue;
    const meant = verbsMeant(group, verb);
    if (meant.length > 0) return meant;
  }
  return [];
}

/** The group with this name, a noun for the same thing, or a similar name. */
function groupMeant(root: CommandNode, word: string): CommandNode | undefined {
  const byName = (name: string | undefined) => root.commands.find(({ names }) => names.includes(name ?? ''));
  const noun = Object.hasOwn(nouns, word) ? nouns[word] : undefined;
  return (
    byName(word) ??
    byName(noun) ??
    byName(
      similarTo(
        word,
        root.commands.flatMap(({ names }) => names),
      )[0],
    )
  );
}

/** The verbs of the group that the word stands for: by name, by the word of another tool, or by spelling. */
function verbsMeant(group: CommandNode, word: string): string[] {
  const named = pathsNamed(group.commands, word);
  if (named.length > 0) return named;
  const forVerb = verbsFor(group, word);
  if (forVerb.length > 0) return forVerb;
  return similarTo(
    word,
    group.commands.flatMap(({ names }) => names),
  ).flatMap((name) => pathsNamed(group.commands, name));
}

function verbsFor(group: CommandNode, word: string): string[] {
  const meant = Object.hasOwn(verbs, word) ? (verbs[word] ?? []) : [];
  for (const verb of meant) {
    const named = pathsNamed(group.commands, verb);
    if (named.length > 0) return named;
  }
  return [];
}

function pathsNamed(nodes: readonly CommandNode[], name: string): string[] {
  return nodes.filter(({ names, path }) => path !== '' && names.includes(name)).map(({ path }) => path);
}
