import type { Finding, LintCounts, LintResult, RuleInfo } from '../../src/organization/lint/finding.ts';

const ada = 'US0123456789abcdef0123456789abcdef';

export const lintRules: RuleInfo[] = [
  { id: 'few-admins', summary: 'Too few admins', help: 'One admin can be locked out.', severity: 'error' },
  { id: 'many-roles', summary: 'Too many roles', help: 'A user has at most 50 roles.', severity: 'warning' },
  { id: 'no-guards', summary: 'No guards', help: 'Guards stop mistakes.', severity: 'note' },
];

let serial = 0;

/** A finding about a person; each has a fingerprint of its own. */
export function lintFinding(more: { [K in keyof Finding]?: Finding[K] | undefined } = {}): Finding {
  serial += 1;
  const finding = {
    rule: 'many-roles',
    severity: 'warning',
    message: 'ada@example.com has 45 of 50 roles; the maximum is 40',
    answer: 'yes',
    person: { sid: ada, userName: 'ada@example.com' },
    assignment_sids: [],
    fix: `twilio-org role-assignments list --user ${ada}`,
    fingerprint: `fingerprint-${serial}`,
    state: 'new',
    ...more,
  };
  return Object.fromEntries(Object.entries(finding).filter(([, value]) => value !== undefined)) as never;
}

/** A result with these findings, counted as the program counts them. */
export function lintResult(findings: Finding[], more: Partial<LintResult> = {}): LintResult {
  const certain = (fits: (finding: Finding) => boolean) =>
    findings.filter((finding) => finding.answer === 'yes' && fits(finding)).length;
  const severity = (wanted: Finding['severity']) =>
    certain((finding) => finding.state === 'new' && finding.severity === wanted);
  const counts: LintCounts = {
    new: certain(({ state }) => state === 'new'),
    baseline: certain(({ state }) => state === 'baseline'),
    suppressed: certain(({ state }) => state === 'suppressed'),
    undecided: findings.filter(({ state, answer }) => state === 'new' && answer === 'undecided').length,
    error: severity('error'),
    warning: severity('warning'),
    note: severity('note'),
  };
  return {
    organization: `OR${'0'.repeat(32)}`,
    at: null,
    api_url: 'https://iam.twilio.com',
    time: '2026-11-27T10:00:00.000Z',
    assumed_inheritance: null,
    rules: lintRules,
    findings,
    unchecked: [],
    counts,
    outdated_baseline: 0,
    ...more,
  };
}

/** One finding of each kind, with all that can be in a result. */
export function everyFinding(): LintResult {
  const findings = [
    lintFinding({
      rule: 'few-admins',
      severity: 'error',
      message: '1 person has the role Admin in the organization; the minimum is 2',
      person: undefined,
      fix: null,
    }),
    lintFinding(),
    lintFinding({
      rule: 'no-guards',
      severity: 'note',
      message: 'The profile default has no guards of its own',
      person: undefined,
      fix: 'twilio-org guards set --max-removals 20',
    }),
    lintFinding({
      rule: 'separation-of-duties',
      answer: 'undecided',
      doubts: ['inheritance'],
      message: 'ada@example.com may both pay and approve',
      fix: null,
    }),
    lintFinding({ state: 'baseline' }),
    lintFinding({ state: 'suppressed', because: 'OPS-4711: moves in May', until: '2027-05-31' }),
    lintFinding({
      rule: 'suppression-unused',
      place: { file: 'rules/access lint.yaml', line: 12, column: 3 },
      person: undefined,
      message: 'A suppression matches nothing',
      fix: null,
    }),
    lintFinding({
      rule: 'duplicate-role',
      person: undefined,
      assignment_sids: ['RA1', 'RA2'],
      role: { sid: 'IX1', name: 'Admin' },
      scope: 'AC1',
      scope_name: 'EU production',
    }),
    lintFinding({ rule: 'unknown-role', person: undefined, role: { sid: 'IX1', name: null } }),
    lintFinding({ rule: 'no-guards', person: undefined, scope: 'AC1' }),
  ];
  return lintResult(findings, {
    at: '20261127T100000Z',
    assumed_inheritance: 'no',
    unchecked: [{ rule: 'no-guards', why: 'A snapshot has no guards' }],
    outdated_baseline: 2,
  });
}

/** Names that attack what shows them. */
export const attackingNames = [
  '<script>window.attacked = true</script>',
  '<img src=x onerror="window.attacked = true">',
  '"><svg onload=window.attacked=true>',
  '@everyone and @acme/security',
  '[click](https://evil.example) ![x](https://evil.example/x.png)',
  'https://evil.example www.evil.example',
  'a|b||c',
  '`code` ```fence``` \\` \\|',
  '\u202egnp.exe\u202c \u200b\u2066x\u2069',
  '\x1b[31mred\x9b2J\r\n::error::x\n##[group]x',
  '{0} {1} ](1)',
  'é'.repeat(10_000),
];
