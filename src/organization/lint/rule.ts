import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { Doubt } from '../permissions/decide.ts';
import type { Finding, RuleInfo, Severity } from './finding.ts';
import type { Subject } from './subject.ts';

/** Something that a rule found, before it gets a fingerprint and a state. */
export interface Found {
  message: string;
  /** SID of the person that it is about. */
  person?: string;
  role?: string;
  scope?: string;
  assignments: readonly RoleAssignment[];
  /** The command that fixes it. */
  fix: string | null;
  /** SIDs and other texts without names that tell it apart from other findings of the rule. */
  key: readonly string[];
  /** The reasons why it is undecided; absent where it is certain. */
  doubts?: readonly Doubt[];
  /** Assignments whose removal fixes it and takes no judgement. */
  removes?: readonly RoleAssignment[];
  /** An assignment that stays, and must exist when `removes` are removed. */
  keeps?: RoleAssignment;
  /** The severity of this finding, if the rule does not decide it. */
  severity?: Severity | undefined;
  place?: Finding['place'];
}

export type RuleNumbers = Readonly<Record<string, number>>;

/** A rule. It is pure: it looks at the subject alone. */
export interface Rule extends RuleInfo {
  /** Numbers that a file of rules may set, with their defaults. */
  numbers: RuleNumbers;
  /** The reason why the rule can't be applied; undefined where it can. */
  whyNot?: (subject: Subject) => string | undefined;
  check(subject: Subject, numbers: RuleNumbers): Iterable<Found>;
}

interface RuleSpec<N extends RuleNumbers> extends Omit<Rule, 'numbers' | 'check'> {
  numbers?: N;
  check(subject: Subject, numbers: { readonly [K in keyof N]: number }): Iterable<Found>;
}

/** Declares a rule. The type of the numbers that `check` gets follows from `numbers`. */
export function defineRule<const N extends RuleNumbers = Record<never, number>>(spec: RuleSpec<N>): Rule {
  return { ...spec, numbers: spec.numbers ?? {} } as Rule;
}
