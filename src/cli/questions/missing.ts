import type { ArgSpec, CommandInfo } from '../command-info.ts';
import { type FlagSpec, longName } from '../flag-spec.ts';

/** The values of a command's arguments and flags, by their keys. */
export interface Given {
  [key: string]: unknown;
  flags: Record<string, unknown>;
}

/** A required argument or flag without a value. */
export interface MissingValue {
  key: string;
  /** The name for people: `--scope`, or `user`. */
  name: string;
  flag?: FlagSpec;
  arg?: ArgSpec;
}

/** Several flags and arguments, at least one of which is required, and none of which is given. */
export interface MissingChoice {
  question: string;
  of: readonly MissingValue[];
}

/** The required values that are missing, in the order of the help. */
export function missingIn(command: CommandInfo, given: Given): (MissingValue | MissingChoice)[] {
  const args = Object.entries(command.args).flatMap(([key, arg]) =>
    arg.optional || isGiven(given[key]) ? [] : [missingValue(command, key)],
  );
  const flags = Object.entries(command.flags).flatMap(([key, flag]) =>
    flag.required && !isGiven(given.flags[key]) ? [missingValue(command, key)] : [],
  );
  const choices = (command.oneOf ?? []).flatMap(
    ({ question, of, when = () => true }): (MissingValue | MissingChoice)[] => {
      const hasOne = of.some((key) => isGiven(key in command.args ? given[key] : given.flags[key]));
      if (hasOne || !when(given)) return [];
      const values = of.map((key) => missingValue(command, key));
      return question === undefined ? values.slice(0, 1) : [{ question, of: values }];
    },
  );
  return [...args, ...flags, ...choices];
}

function missingValue({ args, flags }: CommandInfo, key: string): MissingValue {
  const [arg, flag] = [args[key], flags[key]];
  if (arg !== undefined) return { key, name: key, arg };
  if (flag !== undefined) return { key, name: longName(key, flag), flag };
  throw new Error(`There is no argument or flag ${key}`);
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
