import {
  type ArgSpec,
  type ArgSpecs,
  type CommandInfo,
  canReadSnapshot,
  type Examples,
} from './command-info.ts';
import { atFlag } from './common-flags.ts';
import type { Context } from './context.ts';
import type { FlagSpecs, FlagsOf } from './flag-spec.ts';
import { type Flags, outputWithDocuments } from './flags.ts';

type SingleArg<A> = A extends { parse: (text: string) => infer T }
  ? T
  : A extends { choices: readonly (infer C)[] }
    ? C
    : string;

type ArgValue<A> = A extends { variadic: true }
  ? SingleArg<A>[]
  : A extends { optional: true }
    ? SingleArg<A> | undefined
    : SingleArg<A>;

/** The arguments of a command by name, and its flags with those of every command. */
export type InputOf<A extends ArgSpecs, F extends FlagSpecs> = {
  -readonly [K in keyof A]: ArgValue<A[K]>;
} & { flags: FlagsOf<F> & Flags };

/** A command: its data and its handler. */
export interface Command extends CommandInfo {
  // biome-ignore lint/suspicious/noExplicitAny: defineCommand has checked the handler against its arguments and flags.
  run(ctx: Context, input: any): Promise<void>;
}

interface CommandSpec<A extends ArgSpecs, F extends FlagSpecs> extends Omit<CommandInfo, 'args' | 'flags'> {
  args?: A & { flags?: never };
  flags?: F;
  run(ctx: Context, input: InputOf<A, F>): Promise<void>;
}

/** Declares a command. The types of what `run` is given follow from `args` and `flags`. */
export function defineCommand<
  const A extends ArgSpecs = Record<never, ArgSpec>,
  const F extends FlagSpecs = Record<never, never>,
>(spec: CommandSpec<A, F>): Command {
  const { documents } = spec;
  const flags = {
    ...spec.flags,
    ...(canReadSnapshot(spec) ? atFlag : {}),
    ...(documents === undefined ? {} : outputWithDocuments(documents)),
  };
  return { ...spec, args: spec.args ?? {}, flags };
}

/** Loads a command. Only the command that is run is loaded. */
export type LoadCommand = () => Promise<Command>;

export interface CommandGroup {
  examples: Examples;
  /** The verbs by their names, in the order of the help. */
  commands: Readonly<Record<string, LoadCommand>>;
}

/** An entry of the program's front page: a group, or a command at the top. */
export type CommandEntry = {
  name: string;
  alias?: string;
  summary: string;
  /** False where no command needs a login: advice then names no `--profile`. */
  usesProfile?: false;
} & (CommandGroup | { load: LoadCommand });
