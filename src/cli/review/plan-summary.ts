import type { Change } from '../../changes/plan/change.ts';
import { describeChange } from '../../changes/plan/describe.ts';
import { countChanges, type Plan } from '../../changes/plan/plan.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { Context } from '../context.ts';
import { itemName, labelsFor } from './plan-labels.ts';

/** Lines of detail before a question or a dry run. The rest is counted. */
const maxLines = 20;

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

/** The changes of a plan and their totals. The totals come last, where a long list does not push them off the screen. */
export async function planSummary(ctx: Context, plan: Plan): Promise<string[]> {
  const label = await labelsFor(ctx, plan);
  const lines: string[] = [];
  let changes = 0;
  for await (const item of plan.items()) {
    for (const step of item.steps) {
      if (changes++ < maxLines) lines.push(`  ${itemName(item)}: ${describeChange(step, label)}`);
    }
    if (changes > maxLines) break;
  }
  const more = countChanges(plan) - maxLines;
  if (more > 0) lines.push(`  and ${more} more; --dry-run shows all`);
  lines.push('In all:');
  for (const [kind, count] of Object.entries(plan.steps)) {
    const [noun, verb] = kinds[kind as Change['do']];
    if (count > 0) lines.push(`  ${pluralize(count, noun)} ${verb}`);
  }
  const leaving = plan.removals.filter((step) => step.do === 'update-user').length;
  if (leaving > 0) lines.push(`  ${pluralize(leaving, 'user')} can no longer sign in`);
  return lines;
}
