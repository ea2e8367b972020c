import type { Finding, LintResult } from '../organization/lint/finding.ts';
import { assumptionInWords } from '../organization/permissions/doubts.ts';
import { pluralize } from '../platform/core/text.ts';
import { sourceFacts } from './source-facts.ts';

/** Findings that a report shows together. */
export interface LintSection {
  title: string;
  kind: 'error' | 'warning' | 'note' | 'undecided' | 'suppressed';
  findings: readonly Finding[];
}

/** The sections of a report, from the most serious; those without findings are left out. What is in the baseline is only counted. */
export function lintSections({ findings }: Pick<LintResult, 'findings'>): LintSection[] {
  const isNew = ({ state }: Finding) => state === 'new';
  const isCertain = ({ answer }: Finding) => answer === 'yes';
  const ofSeverity = (severity: Finding['severity']) =>
    findings.filter((finding) => isNew(finding) && isCertain(finding) && finding.severity === severity);
  const sections: LintSection[] = [
    { title: 'Errors', kind: 'error', findings: ofSeverity('error') },
    { title: 'Warnings', kind: 'warning', findings: ofSeverity('warning') },
    { title: 'Notes', kind: 'note', findings: ofSeverity('note') },
    {
      title: 'Undecided',
      kind: 'undecided',
      findings: findings.filter((finding) => isNew(finding) && !isCertain(finding)),
    },
    {
      title: 'Suppressed',
      kind: 'suppressed',
      findings: findings.filter(({ state }) => state === 'suppressed'),
    },
  ];
  return sections.filter(({ findings }) => findings.length > 0);
}

/** Counts in words, such as `3 new findings: 1 error, 2 warnings; 4 in the baseline, 1 suppressed`. */
export function lintCountsInWords({ counts }: Pick<LintResult, 'counts'>): string {
  const severities = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    counts[severity] === 0 ? [] : pluralize(counts[severity], severity),
  );
  const others = [
    counts.undecided === 0 ? [] : `${counts.undecided} undecided`,
    counts.baseline === 0 ? [] : `${counts.baseline} in the baseline`,
    counts.suppressed === 0 ? [] : `${counts.suppressed} suppressed`,
  ].flat();
  const found = counts.new === 0 ? 'No new findings' : pluralize(counts.new, 'new finding');
  return [
    found,
    severities.length === 0 ? '' : `: ${severities.join(', ')}`,
    others.length === 0 ? '' : `; ${others.join(', ')}`,
  ].join('');
}

/** The source of a result, and the assumption that takes part in it. */
export function lintFacts(result: LintResult): [name: string, value: string][] {
  const { assumed_inheritance: assumed, outdated_baseline: outdated } = result;
  return [
    ...sourceFacts(result),
    ...(assumed === null ? [] : [['Assumed', assumptionInWords(assumed)] satisfies [string, string]]),
    ...(outdated === 0
      ? []
      : [
          ['Entries of the baseline that match nothing any more', String(outdated)] satisfies [
            string,
            string,
          ],
        ]),
  ];
}
