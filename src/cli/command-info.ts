import type { DocumentName } from '../platform/terminal/documents.ts';
import type { Scope } from '../twilio/scopes.ts';
import type { AskSpec } from './ask-spec.ts';
import { dashed, type FlagSpecs } from './flag-spec.ts';

/** A positional argument as data. Its key is its name in the help. */
export interface ArgSpec {
  /** Its line of help. */
  summary: string;
  /** True where the command can do without. Every other argument is asked for when it is missing. */
  optional?: true;
  /** The question about it; default: one made of its line of help. */
  ask?: AskSpec;
  /** True for the last argument, where it takes the rest of the words as a list. */
  variadic?: true;
  /** The only values it takes. */
  choices?: readonly string[];
  /** Reads the word; throws where it is not valid. */
  parse?: (text: string) => unknown;
}

/** Arguments and flags at least one of which is required. */
export interface OneOf {
  /** Keys of arguments and flags. */
  of: readonly [string, ...string[]];
  /** The question about which of them to give. Without it, the first is asked for. */
  question?: string;
  /** Tells from the other values whether one is required. Default: always. */
  when?: (given: { readonly [key: string]: unknown }) => boolean;
}

export type ArgSpecs = Readonly<Record<string, ArgSpec>>;

/**
 * The effect of a command.
 *
 * - `reads`: changes nothing
 * - `local`: changes this machine alone, such as its profiles
 * - `changes`: changes the organization; each change is recorded as a run
 * - `removes`: a change that may take access away; it is confirmed and guarded as well
 */
export type Effect = 'reads' | 'local' | 'changes' | 'removes';

/** The scopes that a command needs, each with the conditions under which it needs it. */
export type ScopeConditions = Readonly<Partial<Record<Scope, readonly [string, ...string[]]>>>;

/** `none`, or `as-sent` for a command that sends whatever it is given, such as `api`. */
export type CommandScopes = ScopeConditions | 'none' | 'as-sent';

/** A command as data, without its handler. */
export interface CommandInfo {
  /** The words that call it, such as `users list`. */
  name: string;
  summary: string;
  args: ArgSpecs;
  flags: FlagSpecs;
  oneOf?: readonly OneOf[];
  scopes: CommandScopes;
  effect: Effect;
  /** True where it continues the run of another command instead of starting its own. */
  continuesRun?: true;
  /** True where it is about the organization as it is now, or chooses snapshots itself: it then has no `--at`. */
  readsPresent?: true;
  /** The documents that it makes of its result, for `-o`, besides the formats of every command. */
  documents?: readonly DocumentName[];
  /** Command lines; the help ends with them. */
  examples: Examples;
  /** Text below the examples. */
  notes?: string;
}

/** True for a command that reads the organization alone: it can read a snapshot as well, with `--at`. */
export function canReadSnapshot({
  effect,
  scopes,
  readsPresent,
}: Pick<CommandInfo, 'effect' | 'scopes' | 'readsPresent'>): boolean {
  return effect === 'reads' && typeof scopes === 'object' && !readsPresent;
}

export type Examples = readonly [string, string, ...string[]];

export interface GroupInfo {
  name: string;
  alias?: string;
  summary: string;
  examples: Examples;
  commands: readonly CommandInfo[];
}

/** The whole program as data. */
export interface ProgramInfo {
  name: string;
  summary: string;
  examples: Examples;
  /** The flags of every command. */
  flags: FlagSpecs;
  /** In the order of the help. */
  entries: readonly (GroupInfo | CommandInfo)[];
}

export function commandsOf({ entries }: ProgramInfo): CommandInfo[] {
  return entries.flatMap((entry) => ('commands' in entry ? entry.commands : [entry]));
}

/** True for a command that starts a run of its own. */
export function startsRun({ effect, continuesRun }: CommandInfo): boolean {
  return (effect === 'changes' || effect === 'removes') && !continuesRun;
}

/** Its last word, such as `list` of `users list`. */
export function verbOf({ name }: CommandInfo): string {
  return name.slice(name.lastIndexOf(' ') + 1);
}

/** `<file>`, `[user...]`. */
export function argTerm(key: string, { optional, variadic }: ArgSpec): string {
  const name = `${dashed(key)}${variadic ? '...' : ''}`;
  return optional ? `[${name}]` : `<${name}>`;
}

export function argTerms(args: ArgSpecs): string[] {
  return Object.entries(args).map(([key, spec]) => argTerm(key, spec));
}
