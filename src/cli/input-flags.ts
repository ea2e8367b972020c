import { stat } from 'node:fs/promises';
import { type ColumnPolicy, isSameTitle } from '../changes/input/columns.ts';
import { type Input, openInput } from '../changes/input/open.ts';
import { dayIn } from '../platform/core/calendar.ts';
import { usageError } from '../platform/core/errors.ts';
import type { Context } from './context.ts';
import { dashed, defineFlags, type FlagsOf } from './flag-spec.ts';
import { invalidValue, notBlank } from './flag-values.ts';

/** The flags of what reads a table: which of its columns mean what. */
export const inputFlags = defineFlags({
  map: {
    value: 'theirs=ours',
    summary: 'read a column of the input as one of ours, such as "Work Email=email"',
    parse: parseMapping,
    repeats: true,
  },
  ignoreColumns: {
    value: 'a,b',
    summary: 'skip these columns of the input',
    parse: notBlank,
    repeats: true,
  },
  ignoreUnknown: { summary: 'skip all columns that nothing uses' },
});

export type InputFlags = FlagsOf<typeof inputFlags>;

/** A title may contain an equals sign; the program's names never do. */
export function parseMapping(text: string): [theirs: string, ours: string] {
  const at = text.lastIndexOf('=');
  const [theirs, ours] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at <= 0 || theirs === '' || ours === '') {
    throw invalidValue('Give a column of the input and one of ours, such as "Work Email=email".');
  }
  return [theirs, ours];
}

/** @throws usage where the flags contradict each other */
export function columnPolicy({
  map = [],
  ignoreColumns: ignore = [],
  ignoreUnknown,
}: InputFlags): ColumnPolicy {
  for (const [index, [theirs, ours]] of map.entries()) {
    const other = map.slice(0, index).find(([title]) => isSameTitle(title, theirs));
    if (other !== undefined && other[1] !== ours) {
      throw usageError(
        `--map reads "${theirs}" both as ${other[1]} and as ${ours}`,
        'A column can be only one thing. Pass one of the two',
      );
    }
    const isIgnored = ignore.some((entry) => entry.split(',').some((title) => isSameTitle(title, theirs)));
    if (isIgnored) {
      throw usageError(`"${theirs}" is both in --map and in --ignore-columns`, 'Pass one of the two');
    }
  }
  return { map, ignore, ...(ignoreUnknown ? { ignoreUnknown } : {}) };
}

/** Flags of files that a command writes. */
const outputs = ['results', 'planOut'] as const;

/**
 * Opens the input of a command, as its flags say.
 *
 * @param file the name of a file, or - for standard input
 * @throws usage where the command would write its output over the input or the template
 */
export async function openTable(
  ctx: Context,
  file: string,
  flags: InputFlags & { results?: string; planOut?: string; template?: string },
): Promise<Input> {
  const policy = { ...columnPolicy(flags), today: dayIn('UTC', ctx.runtime.now()) };
  for (const key of outputs) {
    const output = flags[key];
    if (output === undefined) continue;
    const read = { input: file === '-' ? undefined : file, template: flags.template };
    for (const [what, name] of Object.entries(read)) {
      if (name === undefined || !(await isSameFile(name, output))) continue;
      throw usageError(
        `--${dashed(key)} ${output} is the ${what} itself, which would be overwritten`,
        'Give it another name. Nothing was changed',
      );
    }
  }
  return openInput(ctx, file, ctx.runtime.stdin, policy);
}

/** Compares the files themselves: one may have several names. A file that is missing is no input. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map((file) => stat(file, { bigint: true }).catch(() => undefined)),
  );
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
