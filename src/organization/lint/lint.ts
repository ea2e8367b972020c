import { isNamed } from '../../twilio/roles.ts';
import { type Finding, type LintCounts, type LintResult, type RuleInfo, severities } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LintPolicy } from './policy.ts';
import { reservationRule } from './reservation-rule.ts';
import type { Found, Rule } from './rule.ts';
import { builtInRules } from './rules/index.ts';
import { expiredSuppression, unusedSuppression } from './rules/suppressions.ts';
import { type LintFacts, lintSubject, type Subject } from './subject.ts';
import { suppressorFor } from './suppress.ts';

export interface LintOptions {
  policy: LintPolicy;
  /** The rules of accepted findings, by fingerprint. */
  baseline: ReadonlyMap<string, string>;
  /** The day in UTC, as YYYY-MM-DD. */
  today: string;
}

/** The result, and the findings that take no judgement to fix. */
export interface Linted
  extends Pick<
    LintResult,
    'assumed_inheritance' | 'rules' | 'findings' | 'unchecked' | 'counts' | 'outdated_baseline'
  > {
  fixable: ReadonlyMap<Finding, Found>;
}

interface AppliedRule {
  rule: Rule;
  info: RuleInfo;
}

/** Applies all rules that are not switched off. */
export function lint(facts: LintFacts, { policy, baseline, today }: LintOptions): Linted {
  const subject = lintSubject(facts, adminRolesOf(facts));
  const applied = rulesOf(policy, subject);
  const fixable = new Map<Finding, Found>();
  const findings: Finding[] = [];
  const unchecked: LintResult['unchecked'] = [];
  const suppressor = suppressorFor(policy.suppressions, subject, today);
  for (const { rule, info } of applied) {
    const why = rule.whyNot?.(subject);
    if (why !== undefined) {
      unchecked.push({ rule: rule.id, why });
      continue;
    }
    const numbers = { ...rule.numbers, ...policy.rules.get(rule.id)?.numbers };
    for (const found of rule.check(subject, numbers)) {
      const finding = findingOf(info, found, subject);
      const suppression = suppressor.of(finding);
      if (suppression !== undefined) {
        const { because, until } = suppression;
        Object.assign(finding, { state: 'suppressed', because, until });
      } else if (baseline.has(finding.fingerprint)) finding.state = 'baseline';
      if (found.removes !== undefined) fixable.set(finding, found);
      findings.push(finding);
    }
  }
  const { expired, unused } = suppressor.problems(new Set(unchecked.map(({ rule }) => rule)));
  for (const [{ id }, problems] of [
    [expiredSuppression, expired],
    [unusedSuppression, unused],
  ] as const) {
    const rule = applied.find((each) => each.info.id === id);
    if (rule === undefined) continue;
    for (const found of problems) {
      const finding = findingOf(rule.info, found, subject);
      if (baseline.has(finding.fingerprint)) finding.state = 'baseline';
      findings.push(finding);
    }
  }
  const seen = new Set(baseline.size === 0 ? [] : findings.map(({ fingerprint }) => fingerprint));
  const notApplied = new Set(unchecked.map(({ rule }) => rule));
  const { assumeInheritance } = facts;
  return {
    assumed_inheritance: assumeInheritance === undefined ? null : assumeInheritance ? 'yes' : 'no',
    rules: applied.map(({ info }) => info),
    findings: inOrder(findings, applied),
    unchecked,
    counts: countsOf(findings),
    outdated_baseline: [...baseline].filter(
      ([fingerprint, rule]) => !seen.has(fingerprint) && !notApplied.has(rule),
    ).length,
    fixable,
  };
}

function adminRolesOf({ roles, adminRoles }: LintFacts) {
  return roles.roles.filter((role) => adminRoles.some((name) => isNamed(role, name)));
}

function rulesOf({ rules, reservations }: LintPolicy, { inScope }: Subject): AppliedRule[] {
  const all = [...builtInRules, ...reservations.map((each) => reservationRule(each, inScope))];
  return all.flatMap((rule) => {
    const settings = rules.get(rule.id);
    if (settings?.isOff) return [];
    const { id, summary, help, severity } = rule;
    return [{ rule, info: { id, summary, help, severity: settings?.severity ?? severity } }];
  });
}

function findingOf({ id, severity }: RuleInfo, found: Found, subject: Subject): Finding {
  const { person, role, scope, doubts, place } = found;
  const name = scope === undefined ? undefined : subject.scopeName(scope);
  const finding: Partial<Finding> = {
    rule: id,
    severity: found.severity ?? severity,
    message: found.message,
    answer: doubts === undefined ? 'yes' : 'undecided',
  };
  // One by one: an object for each of them takes a multiple of the time, for tens of thousands of findings.
  if (doubts !== undefined) finding.doubts = doubts;
  if (person !== undefined)
    finding.person = { sid: person, userName: subject.user(person)?.userName ?? null };
  if (role !== undefined) finding.role = { sid: role, name: subject.roles.nameOf(role) ?? null };
  if (scope !== undefined) finding.scope = scope;
  if (name !== undefined) finding.scope_name = name;
  finding.assignment_sids = found.assignments.map(({ sid }) => sid);
  finding.fix = found.fix;
  if (place !== undefined) finding.place = place;
  finding.fingerprint = fingerprintOf({ rule: id, person, role, scope, key: found.key });
  finding.state = 'new';
  return finding as Finding;
}

/** The certain ones first, then by severity, rule and person. */
function inOrder(findings: readonly Finding[], applied: readonly AppliedRule[]): Finding[] {
  const ranks = new Map(applied.map(({ info }, index) => [info.id, index]));
  const keyed = findings.map((finding) => {
    const { answer, severity, rule, person } = finding;
    const rank = (answer === 'yes' ? 0 : 1e6) + severities.indexOf(severity) * 1e5 + (ranks.get(rule) ?? 0);
    return { finding, rank, name: (person?.userName ?? person?.sid ?? '').toLowerCase() };
  });
  keyed.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return keyed.map(({ finding }) => finding);
}

export function countsOf(findings: readonly Finding[]): LintCounts {
  const counts = { new: 0, baseline: 0, suppressed: 0, undecided: 0, error: 0, warning: 0, note: 0 };
  for (const { state, answer, severity } of findings) {
    if (answer === 'undecided' && state === 'new') counts.undecided += 1;
    else counts[state] += 1;
    if (answer === 'yes' && state === 'new') counts[severity] += 1;
  }
  return counts;
}
