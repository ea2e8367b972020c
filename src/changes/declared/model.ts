/** A place in a declared file, as compilers print it; lines and columns count from 1. */
export interface Position {
  /** The path under the directory's name as the user gave it, with `/` between directories. */
  file: string;
  line: number;
  column: number;
}

/** A value with the place where it begins. */
export interface Located<T> extends Position {
  value: T;
}

/** A line of `owns`: each of the roles in the scope is one pair. */
export interface OwnedPairs extends Position {
  scope: Located<string>;
  roles: Located<string>[];
}

/** The resource that an assignment is limited to. */
export interface DeclaredResource {
  type: string;
  id: string;
}

/** A line of `access`, at the place where it begins. All texts are as written, without blanks around them. */
export interface DeclaredEntry extends Position {
  /** A user by SID, address or `external:ID`, or `group:NAME`. */
  who: Located<string>;
  role: Located<string>;
  where: Located<string>;
  resource: Located<DeclaredResource> | undefined;
  /** The first day, as YYYY-MM-DD. */
  from: Located<string> | undefined;
  /** The last day, as YYYY-MM-DD. */
  until: Located<string> | undefined;
  because: Located<string> | undefined;
}

export interface DeclaredGroup extends Position {
  name: string;
  members: Located<string>[];
}

/** A planned clean-up: as many removals are allowed until that day. */
export interface AllowedRemovals extends Position {
  count: number;
  until: Located<string>;
  because: Located<string>;
}

export interface DeclaredFile {
  /** As in {@link Position.file}. */
  path: string;
  /** The position of `everything`, by which the file owns all pairs. */
  everything: Position | undefined;
  owns: OwnedPairs[];
  /** By name. An entry may name a group of any file of the directory. */
  groups: Map<string, DeclaredGroup>;
  entries: DeclaredEntry[];
  /** The IANA time zone of the days, in its usual spelling; UTC when undefined. */
  timezone: Located<string> | undefined;
  allowRemovals: AllowedRemovals | undefined;
}

/** Something wrong with a file. */
export interface FileProblem {
  at: Position;
  /** Begins in lower case, and has no full stop. */
  message: string;
  advice?: string | undefined;
}

export interface DeclaredAccess {
  /** In the order of their paths. A file with a syntax error is left out. */
  files: DeclaredFile[];
  /** Everything that is wrong without a look at the organization. */
  problems: FileProblem[];
  /** Oddities that change nothing. */
  warnings: FileProblem[];
}

/** A resource as files name it, such as `billing_group/bg_1`. */
export function writtenResource({ type, id }: DeclaredResource): string {
  return `${type}/${id}`;
}

/** The resource that a text without blanks around it names; undefined where it names none. */
export function readResource(text: string): DeclaredResource | undefined {
  const [, type, id] = /^([^/]*[^/\s])\s*\/\s*(\S.*)$/s.exec(text) ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}

export const groupPrefix = 'group:';

/** The name of the group that a `who` names; undefined for a user. */
export function groupNameIn(who: string): string | undefined {
  return who.startsWith(groupPrefix) ? who.slice(groupPrefix.length).trim() : undefined;
}
