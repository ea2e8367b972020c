import type { PlannedGrant } from '../changes/plan/change.ts';
import { kindOf } from '../changes/plan/change-kinds.ts';
import { type PlanLabels, personOf } from '../changes/plan/people.ts';
import type { Item, Plan } from '../changes/plan/plan.ts';
import { pushTo } from '../platform/core/push-to.ts';
import { pluralize } from '../platform/core/text.ts';
import { resourceInWords } from '../twilio/resources.ts';
import {
  type MarkdownSection,
  markdownCode,
  markdownDocument,
  markdownTableHead,
  markdownTableRow,
  markdownText,
} from './markdown.ts';

export interface PlanDocumentOptions {
  /** The directory of the files. */
  directory: string;
  /** Sentences about why the plan would be refused. */
  refusals: readonly string[];
}

const headings = ['Who', 'Role', 'Where', 'Why'];

/**
 * A plan of role assignments as Markdown, for the comment of a pull request: the totals, all removals, then what is given by
 * role. It ends with the number of what has no room.
 */
export async function accessPlanMarkdown(
  plan: Plan,
  labels: PlanLabels,
  { directory, refusals }: PlanDocumentOptions,
): Promise<string> {
  const removals: string[] = [];
  const leftAlone: string[] = [];
  const given = new Map<string, string[]>();
  for await (const item of plan.items()) {
    if (item.steps.length === 0) leftAlone.push(leftAloneLine(item));
    for (const step of item.steps) {
      const role = labels.label(kindOf(step).assignment(step)?.role_sid ?? '');
      if (step.do === 'delete-assignment') removals.push(rowOf(item, step, labels));
      else pushTo(given, role, rowOf(item, step, labels));
    }
  }
  const additions = plan.steps['create-assignment'];
  const table = (title: string, items: readonly string[]): MarkdownSection => ({
    head: [title, '', ...markdownTableHead(headings)],
    items,
  });
  const sections: MarkdownSection[] = [
    table('### Removed', removals),
    { head: ['### Left alone', ''], items: leftAlone },
    ...[...given].map(([role, rows]) => table(`### Given: ${markdownCode(role)}`, rows)),
  ];
  const totals =
    removals.length + additions === 0
      ? `Nothing to do: the organization is as ${markdownCode(directory)} says.`
      : `**${pluralize(removals.length, 'role')} to remove, ${additions} to give**, so that the organization is as ${markdownCode(directory)} says.`;
  const refused = refusals.map((line) => `- ${markdownText(line)}`);
  const lines = [
    '## Access plan',
    '',
    totals,
    ...(refused.length === 0
      ? []
      : ['', '**This plan will be refused:**', '', ...refused.slice(0, maxRefusals)]),
    ...(refused.length > maxRefusals ? [`- and ${refused.length - maxRefusals} more reasons`] : []),
  ];
  return markdownDocument(lines, sections, notShown);
}

/** The numbers of what has no room, by the sections of the document. */
function notShown([removals = 0, leftAlone = 0, ...given]: readonly number[]): string {
  const additions = given.reduce((sum, count) => sum + count, 0);
  const are = leftAlone === 1 ? 'is' : 'are';
  const counts = [
    ...(removals > 0 ? [pluralize(removals, 'removal')] : []),
    ...(leftAlone > 0 ? [`${pluralize(leftAlone, 'role')} that ${are} left alone`] : []),
    ...(additions > 0 ? [pluralize(additions, 'addition')] : []),
  ];
  return `Not shown: ${counts.join(', ')}. Run \`twilio-org access plan\` to see all.`;
}

const maxRefusals = 20;

function rowOf(item: Item, step: Item['steps'][number], labels: PlanLabels): string {
  const { who } = personOf(item, step, labels);
  const assignment: Partial<PlannedGrant> = kindOf(step).assignment(step) ?? {};
  const { role_sid = '', scope = '' } = assignment;
  const where = [labels.label(scope), resourceInWords(assignment)]
    .filter(Boolean)
    .map(markdownCode)
    .join(', ');
  return markdownTableRow([markdownCode(who), markdownCode(labels.label(role_sid)), where, whyOf(item)]);
}

function whyOf({ row: { why, because }, warning }: Item): string {
  return [
    ...(why === undefined ? [] : [markdownCode(String(why))]),
    ...[because, warning].flatMap((text) => (text == null ? [] : markdownText(String(text)))),
  ].join(' · ');
}

function leftAloneLine({ row, note = '' }: Item): string {
  return `- ${markdownCode(String(row.userName))}: ${markdownText(note)}`;
}
