import { similarTo } from '../../platform/core/similar.ts';
import { type CommandNode, type Flag, flagSpellings } from '../completion/tree.ts';
import { flags as synonyms } from './other-tools.ts';

/** The flags of the command that an unknown one may stand for, such as `--given-name` for `--first-name`. */
export function suggestedFlags(command: CommandNode, written: string): string[] {
  const word = bareName(written);
  const byName = command.flags.filter(({ long }) => long === `--${word}`);
  if (byName.length > 0) return byName.map(({ long }) => long);
  const meant = Object.hasOwn(synonyms, word) ? (synonyms[word] ?? []) : [];
  const known = meant.filter((text) => hasFlag(command, text.split(' ')[0] ?? ''));
  // In English the plural of a flag's name, or its singular, is a likely slip.
  return known.length > 0 ? known.slice(0, 2) : similarFlags(command.flags, word);
}

/** The other commands that have the flag, or one that is spelled alike. */
export function commandsWithFlag(
  tree: readonly CommandNode[],
  written: string,
): { flag: string; commands: string[] } | undefined {
  const word = bareName(written);
  const nodes = tree.filter(({ commands, path }) => commands.length === 0 && path !== '');
  const all = nodes.flatMap(({ flags }) => flags);
  const flag = all.some(({ long }) => long === `--${word}`) ? `--${word}` : similarFlags(all, word)[0];
  if (flag === undefined) return undefined;
  return { flag, commands: nodes.filter((node) => hasFlag(node, flag)).map(({ path }) => path) };
}

/** `--firstName=Ada`, `-first-name` and `—first_name` as `first-name`. */
function bareName(written: string): string {
  const name = written.replace(/^[-–—]+/, '').replace(/=.*$/s, '');
  const isShouted = name === name.toUpperCase();
  const dashed = isShouted
    ? name
    : name.replace(/[A-Z]/g, (letter, index) => `${index === 0 ? '' : '-'}${letter}`);
  return dashed.toLowerCase().replaceAll('_', '-');
}

function similarFlags(flags: readonly Flag[], word: string): string[] {
  const names = flags.map(({ long }) => long.slice(2));
  const alike = similarTo(word, names);
  const beginning =
    word.length >= 3 && alike.length === 0 ? names.filter((name) => name.startsWith(word)) : [];
  return [...new Set([...alike, ...beginning])].slice(0, 3).map((name) => `--${name}`);
}

function hasFlag({ flags }: CommandNode, spelling: string): boolean {
  return flags.some((flag) => flagSpellings(flag).includes(spelling));
}
