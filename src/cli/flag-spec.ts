import type { AskSpec } from './ask-spec.ts';

/** A flag as data. Its key in {@link FlagSpecs}, in camel case, is its name: `userName` is `--user-name`. */
export interface FlagSpec {
  /** Its line of help, without the default. */
  summary: string;
  /** The placeholder of its value in the help, such as `file`. A flag without one is a switch. */
  value?: string;
  /** True where the command needs it: it is asked for when it is missing. */
  required?: true;
  /** The question about it; default: one made of its line of help. */
  ask?: AskSpec;
  /** One letter, such as `o` for `-o`. */
  short?: string;
  /** The only values it takes. */
  choices?: readonly string[];
  /** Reads the value; throws where it is not valid. Without it, the value stays a string. */
  parse?: (text: string) => unknown;
  /** True for a flag that may be given several times: its value is a list. */
  repeats?: true;
  /** True for a switch that agrees to a change besides `--yes`, in place of a question of its own. */
  isConsent?: true;
  /** True for a switch that turns something off: `color` is `--no-color`, and false when given. */
  negated?: true;
  /** Keys of the flags that exclude this one. */
  conflicts?: readonly string[];
  /** The value that holds without the flag, as the help shows it. */
  default?: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type SingleValue<F> = F extends { value: string }
  ? F extends { parse: (text: string) => infer T }
    ? T
    : F extends { choices: readonly (infer C)[] }
      ? C
      : string
  : boolean;

type FlagValue<F> = F extends { repeats: true } ? SingleValue<F>[] : SingleValue<F>;

/** The values of these flags, as a handler gets them: a flag that is not required and was not given is absent. */
export type FlagsOf<S extends FlagSpecs> = Flat<
  {
    -readonly [K in keyof S as S[K] extends { required: true } ? never : K]?: FlagValue<S[K]>;
  } & {
    -readonly [K in keyof S as S[K] extends { required: true } ? K : never]: FlagValue<S[K]>;
  }
>;

/** One object type instead of an intersection. */
type Flat<T> = { [K in keyof T]: T[K] };

/** Keeps the literal types of flags that several commands share; a command spreads them into its own. */
export function defineFlags<const S extends FlagSpecs>(flags: S): S {
  return flags;
}

/** `userName` as `--user-name`. */
export function longName(key: string, { negated }: FlagSpec): string {
  return `--${negated ? 'no-' : ''}${dashed(key)}`;
}

/** The flag as the help shows it, such as `-o, --output <format>`. */
export function flagTerm(key: string, spec: FlagSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  return `${short}${longName(key, spec)}${spec.value === undefined ? '' : ` <${spec.value}>`}`;
}

/** The flag's line of help, with what else its data says. */
export function flagDescription({ summary, repeats, default: standard }: FlagSpec): string {
  return [
    summary,
    repeats ? '; may be given several times' : '',
    standard === undefined ? '' : ` (default: ${standard})`,
  ].join('');
}

export function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
