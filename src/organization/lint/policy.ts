import type { PermissionPattern } from '../permissions/pattern.ts';
import type { UserReference } from '../references.ts';
import type { Severity } from './finding.ts';

/** A place in a file of rules, from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** A role, or everything that a pattern of permissions contains, with its name for people. */
export type Ability =
  | { role: string; name: string; can?: undefined }
  | { can: PermissionPattern; name: string; role?: undefined };

/** Roles and permissions of which a person may have one alone. */
export interface Separation {
  abilities: readonly Ability[];
  /** True where they are kept apart within one scope alone. */
  sameScope: boolean;
  severity?: Severity | undefined;
  place: Place;
}

/** One's own rule: nobody but these may have the role, or may do it. */
export interface Reservation {
  id: string;
  ability: Ability;
  /** SID; undefined for any scope. */
  scope: string | undefined;
  only: readonly PersonPattern[];
  severity?: Severity | undefined;
  summary?: string | undefined;
  place: Place;
}

/** A user, or the pattern of an address with `*` and `?`. */
export type PersonPattern = UserReference | { pattern: string };

/** Findings that are accepted for a time. Each part that is given must fit. */
export interface Suppression {
  rule?: string | undefined;
  fingerprint?: string | undefined;
  person?: PersonPattern | undefined;
  /** SID or name, as it is written. */
  role?: string | undefined;
  /** SID. */
  scope?: string | undefined;
  because: string;
  /** Its last day in UTC, as YYYY-MM-DD. */
  until: string;
  place: Place;
}

/** Changes to a rule. */
export interface RuleSettings {
  isOff?: boolean;
  severity?: Severity | undefined;
  numbers?: Readonly<Record<string, number>>;
}

/** The content of a file of rules, with names that are resolved. */
export interface LintPolicy {
  rules: ReadonlyMap<string, RuleSettings>;
  reservations: readonly Reservation[];
  suppressions: readonly Suppression[];
}

export const noPolicy: LintPolicy = { rules: new Map(), reservations: [], suppressions: [] };
