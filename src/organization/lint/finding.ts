import type { Doubt } from '../permissions/decide.ts';

/** From the most serious. */
export const severities = ['error', 'warning', 'note'] as const;

export type Severity = (typeof severities)[number];

export interface RuleInfo {
  /** As people write it in a file of rules, such as `duplicate-role`. */
  id: string;
  /** One line: what the rule finds. */
  summary: string;
  /** The reason why it matters, and what to do. */
  help: string;
  severity: Severity;
}

/** Something that a rule found. Members have the names that JSON output uses, so these stay. */
export interface Finding {
  rule: string;
  severity: Severity;
  /** One sentence without a full stop. */
  message: string;
  /** `undecided` where the published model of permissions does not say whether it is so. */
  answer: 'yes' | 'undecided';
  doubts?: readonly Doubt[];
  person?: { sid: string; userName: string | null };
  role?: { sid: string; name: string | null };
  scope?: string;
  scope_name?: string;
  assignment_sids: string[];
  /** The command that fixes it, quoted for a shell; null where no single command does. */
  fix: string | null;
  /** The place in the file of rules that it is about, from 1. */
  place?: { file: string; line: number; column: number };
  /** Equal in each run that finds the same, whatever the names of people, roles and accounts: a baseline keeps it. */
  fingerprint: string;
  state: 'new' | 'baseline' | 'suppressed';
  /** The reason of the suppression, and its last day. */
  because?: string;
  until?: string;
}

/** A rule that could not be applied, and the reason. */
export interface Unchecked {
  rule: string;
  why: string;
}

export interface LintCounts {
  /** Findings of each state that are certain. */
  new: number;
  baseline: number;
  suppressed: number;
  /** Findings that are new, and undecided. They are in none of the other counts. */
  undecided: number;
  /** The certain new ones by severity. */
  error: number;
  warning: number;
  note: number;
}

export interface LintResult {
  /** SID of the organization; null where it is not known. */
  organization: string | null;
  /** Id of the snapshot; null for what was read live. */
  at: string | null;
  /** The origin that it was read from, now or for the snapshot. */
  api_url: string;
  /** The time that the result describes, in ISO 8601. */
  time: string;
  /** The answer to what Twilio does not publish, where the file of rules gives one. */
  assumed_inheritance: 'yes' | 'no' | null;
  /** The rules that were applied, with the active severities. */
  rules: RuleInfo[];
  findings: Finding[];
  unchecked: Unchecked[];
  counts: LintCounts;
  /** Entries of the baseline that match nothing any more. */
  outdated_baseline: number;
}
