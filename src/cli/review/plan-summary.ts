import type { Change } from '../../changes/plan/change.ts';
import { changesByPerson, type PlanLabels } from '../../changes/plan/people.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { pluralize } from '../../platform/core/text.ts';
import { loadStyle, shouldUseColor } from '../../platform/terminal/color.ts';
import type { Context } from '../context.ts';
import { itemName } from './plan-labels.ts';
import { type PlanLook, personLines, wrapped } from './plan-text.ts';

/** Notes that are shown one by one. The rest is counted. */
const maxLines = 20;

/** The look of a plan on stderr. */
export async function lookOf(ctx: Context): Promise<PlanLook> {
  const { stderr } = ctx.runtime;
  const { loadMeasure } = await import('../../platform/terminal/text-width.ts');
  const width = stderr.isTTY ? stderr.columns || 80 : undefined;
  return { style: ctx.messages.style, width, measure: await loadMeasure() };
}

/** The look of a plan on stdout, where stdout is a terminal. */
export async function lookOfResult({ runtime: { stdout, env }, flags }: Context): Promise<PlanLook> {
  const { loadMeasure } = await import('../../platform/terminal/text-width.ts');
  return {
    style: await loadStyle(shouldUseColor(env, stdout, flags.color === false)),
    width: stdout.columns || 80,
    measure: await loadMeasure(),
  };
}

/** Warnings that are shown one by one. */
const maxWarnings = 10;

/** Prints the warnings of a plan. The results repeat each beside its item. */
export function printWarnings(ctx: Context, { warnings }: Plan): void {
  for (const warning of [...warnings].slice(0, maxWarnings)) ctx.messages.warn(warning);
  const more = warnings.size - maxWarnings;
  if (more > 0) ctx.messages.warn(`and ${more} more of this kind; the results name each`);
}

/** Prints the reasons why items need no change, because the rows of changes do not have them. */
export async function printNotes(ctx: Context, plan: Plan): Promise<void> {
  let notes = 0;
  for await (const item of plan.items()) {
    if (item.note !== undefined && notes++ < maxLines) ctx.messages.note(`${itemName(item)}: ${item.note}`);
  }
  if (notes > maxLines) ctx.messages.note(`and ${notes - maxLines} more that need no change`);
}

const kinds: Record<Change['do'], [noun: string, verb: string]> = {
  'create-user': ['user', 'to create; Twilio sends them a welcome e-mail'],
  'update-user': ['user', 'to change'],
  'delete-user': ['user', 'to deactivate'],
  'create-assignment': ['role', 'to give'],
  'delete-assignment': ['role', 'to remove'],
  'send-request': ['request', 'to send'],
};

/** People, and lines, that a question shows. The rest is counted. */
const [maxPeople, maxPersonLines] = [20, 60];

/** The changes of a plan by person, and the totals, which come last: there a long list does not push them off the screen. */
export async function planSummary(plan: Plan, labels: PlanLabels, look: PlanLook): Promise<string[]> {
  const lines: string[] = [];
  let [people, shown] = [0, 0];
  for await (const person of changesByPerson(plan.items(), labels)) {
    if (people >= maxPeople || lines.length >= maxPersonLines) break;
    lines.push(...personLines(person, look));
    people += 1;
    shown += person.items;
  }
  const more = plan.size - shown;
  const left = `and ${pluralize(more, 'more item')}; --dry-run shows all`;
  if (people >= maxPeople || lines.length >= maxPersonLines) {
    if (more > 0) lines.push(...wrapped(left, '  ', '  ', look));
  }
  return [...lines, ...totalLines(plan, look)];
}

/** The totals in lines that fit. */
export function totalLines(plan: Plan, look: PlanLook): string[] {
  return planTotals(plan).flatMap((line) => wrapped(line.trimStart(), indentOf(line), '    ', look));
}

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

/** The number of changes of each kind; nothing for a plan without changes. */
function planTotals(plan: Plan): string[] {
  const lines: string[] = [];
  for (const [kind, count] of Object.entries(plan.steps)) {
    const [noun, verb] = kinds[kind as Change['do']];
    if (count > 0) lines.push(`  ${pluralize(count, noun)} ${verb}`);
  }
  const leaving = plan.removals.filter((step) => step.do === 'update-user').length;
  if (leaving > 0) lines.push(`  ${pluralize(leaving, 'user')} can no longer sign in`);
  if (plan.reactivated > 0) lines.push(`  ${pluralize(plan.reactivated, 'user')} can sign in again`);
  return lines.length === 0 ? [] : ['In all:', ...lines];
}
