import type { Command, CommandEntry, LoadCommand } from './command.ts';
import type { CommandInfo } from './command-info.ts';
import { type FlagSpec, longName } from './flag-spec.ts';
import { globalFlags } from './flags.ts';
import type { Given } from './questions/missing.ts';
import { valueReader } from './read-value.ts';

/** A command with the values that it was given. */
export interface PlainCall {
  command: Command;
  given: Given;
}

/**
 * Reads words that can mean one thing only, such as `users list --active -o json`. The parser takes longer to load than
 * most of a start, and decides about all others: undefined leaves them to it, and so does every mistake.
 */
export async function readPlainCall(
  entries: readonly CommandEntry[],
  args: readonly string[],
): Promise<PlainCall | undefined> {
  if (args.includes('help')) return undefined;
  const [word = '', verb = ''] = args;
  const entry = entries.find(({ name }) => name === word);
  if (entry === undefined) return undefined;
  const isSingle = 'load' in entry;
  const load: LoadCommand | undefined = isSingle ? entry.load : own(entry.commands, verb);
  const words = args.slice(isSingle ? 1 : 2);
  // Help and the version need no command.
  if (load === undefined || words.some((each) => /^-h$|^--(?:help|version)$/.test(each))) return undefined;
  const command = await load();
  const given = readPlainWords(command, words);
  return given && { command, given };
}

function own<T>(values: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** The values in the words after a command's name; undefined where they may be a mistake, or mean something else. */
export function readPlainWords({ args, flags }: CommandInfo, words: readonly string[]): Given | undefined {
  const specs = Object.entries<FlagSpec>({ ...globalFlags, ...flags });
  const values = new Map<string, unknown>();
  const operands: string[] = [];
  let hasValue = false;
  try {
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at] as string;
      if (word.length < 2 || !word.startsWith('-')) {
        operands.push(word);
        continue;
      }
      const found = specs.find(
        ([key, spec]) =>
          word === longName(key, spec) || (spec.short !== undefined && word === `-${spec.short}`),
      );
      if (found === undefined) return undefined;
      const [key, spec] = found;
      const before = values.get(key);
      if (before !== undefined && !spec.repeats) return undefined;
      if (spec.value === undefined) {
        values.set(key, spec.negated !== true);
        continue;
      }
      at += 1;
      const text = words[at];
      if (text === undefined || text.startsWith('-')) return undefined;
      const value = valueReader(word, spec)(text);
      values.set(key, spec.repeats ? [...((before as unknown[] | undefined) ?? []), value] : value);
      hasValue = true;
    }
    if (specs.some(([key, { conflicts }]) => values.has(key) && conflicts?.some((each) => values.has(each))))
      return undefined;
    const input = readOperands(args, operands, hasValue);
    return input && { ...input, flags: inOrder(specs, values) };
  } catch {
    // The parser reads them again, and its error says more.
    return undefined;
  }
}

function readOperands(
  args: CommandInfo['args'],
  operands: readonly string[],
  hasValue: boolean,
): Record<string, unknown> | undefined {
  const specs = Object.entries(args);
  const isList = specs.some(([, { variadic }]) => variadic);
  // A word of a list may continue a flag's value, as in `--reason Left the company`.
  if (isList ? hasValue : operands.length > specs.length) return undefined;
  const input = specs.map(([key, spec], index) => {
    const read = valueReader(key, spec);
    if (spec.variadic) return [key, operands.slice(index).map(read)] as const;
    const operand = operands[index];
    return [key, operand === undefined ? undefined : read(operand)] as const;
  });
  return Object.fromEntries(input);
}

/** The order of the parser: switches that turn something off come first. */
function inOrder(
  specs: readonly [string, FlagSpec][],
  values: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const off = specs.flatMap(([key, { negated }]) =>
    negated && values.has(key) ? [[key, false] as const] : [],
  );
  return Object.fromEntries([...off, ...values]);
}
