import type { Finding, LintResult } from '../organization/lint/finding.ts';
import { type LintSection, lintCountsInWords, lintFacts, lintSections } from './lint-sections.ts';
import {
  type MarkdownSection,
  markdownCode,
  markdownDocument,
  markdownTableHead,
  markdownTableRow,
  markdownText,
} from './markdown.ts';

/** The findings as Markdown, for a comment or the summary of a job. */
export function lintMarkdown(result: LintResult, maxLength?: number): string {
  const { unchecked } = result;
  const lines = [
    '## Access lint',
    '',
    `**${lintCountsInWords(result)}.**`,
    '',
    ...lintFacts(result).map(([name, value]) => `- ${name}: ${markdownText(value)}`),
  ];
  const sections: MarkdownSection[] = lintSections(result).map(sectionOf);
  if (unchecked.length > 0)
    sections.push({
      head: ['### Not checked', ''],
      items: unchecked.map(({ rule, why }) => `- ${markdownCode(rule)}: ${markdownText(why)}`),
    });
  const more = (left: readonly number[]) =>
    `**And ${left.reduce((sum, count) => sum + count, 0)} more, for which there is no room here.**`;
  return markdownDocument(lines, sections, more, maxLength);
}

function sectionOf({ title, kind, findings }: LintSection): MarkdownSection {
  const [heading, cell] =
    kind === 'suppressed'
      ? ['Because', ({ because = '', until = '' }: Finding) => markdownText(`${because} (until ${until})`)]
      : ['Fix', ({ fix }: Finding) => markdownCode(fix ?? '')];
  return {
    head: [`### ${title} (${findings.length})`, '', ...markdownTableHead(['Rule', 'Finding', heading])],
    items: findings.map((finding) =>
      markdownTableRow([markdownCode(finding.rule), markdownText(finding.message), cell(finding)]),
    ),
  };
}
