import type { Change } from '../../changes/plan/change.ts';
import { toMutation } from '../../changes/plan/change-kinds.ts';
import { describeChange, detailsOf } from '../../changes/plan/describe.ts';
import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import { changesByPerson, type PlanLabels, personOf, reasonOf } from '../../changes/plan/people.ts';
import { countChanges, type Item, type ItemColumn, type Plan } from '../../changes/plan/plan.ts';
import { pluralize } from '../../platform/core/text.ts';
import { createOutput, type View } from '../../platform/terminal/output.ts';
import type { Context } from '../context.ts';
import { planLabels } from './plan-labels.ts';
import { lookOfResult, totalLines } from './plan-summary.ts';
import { personLines } from './plan-text.ts';
import { isForPerson } from './sentences.ts';

export interface DryRunOptions {
  /** True for commands that take lists: their closing line counts the changes. */
  isBulk: boolean;
  label: LabelFor;
  /** The last line; that of the number of changes when absent. */
  closing?: string | undefined;
  makeMutation?: typeof toMutation | undefined;
}

/** The columns that name a person. Where a plan has one, its SIDs stay out of the table. */
const personColumns: readonly ItemColumn[] = ['email', 'user', 'userName'];

/** True on a terminal, unless a table was asked for by name: there a plan is grouped by person. */
export function isGroupedDryRun(ctx: Context, plan: Plan): boolean {
  // A request of `api` concerns no person.
  return isForPerson(ctx) && plan.steps['send-request'] === 0;
}

/**
 * Prints a plan. On a terminal it is grouped by person. Otherwise each change is a row: in a table who, what, from, to and why, in
 * other formats the columns of the plan and the change, in JSON the request as well.
 */
export async function printDryRun(
  ctx: Context,
  plan: Plan,
  { isBulk, label, makeMutation = toMutation, closing = closingLine(plan, isBulk) }: DryRunOptions,
): Promise<void> {
  if (isGroupedDryRun(ctx, plan)) {
    await printGrouped(ctx, plan, label);
    ctx.messages.note(closing);
    return;
  }
  const api = await ctx.api();
  const isTable = ctx.out.format.name === 'table' && plan.steps['send-request'] === 0;
  const labels = isTable ? await planLabels(ctx, label) : undefined;
  async function* rows() {
    for await (const item of plan.items()) {
      for (const step of item.steps) {
        if (labels !== undefined) {
          yield* tableRows(item, step, plan, labels);
          continue;
        }
        const { method, path, headers, body } = makeMutation(step, 'the new user').request;
        const url = new URL(path, api.url).href;
        yield { ...item.row, change: describeChange(step, label), method, url, headers, body };
      }
    }
  }
  const { stdout, env } = ctx.runtime;
  // `--fields` selects from the result, and a dry run has none.
  const out = createOutput({
    stdout,
    env,
    format: ctx.out.format.name,
    color: false,
    beforeWrite: ctx.spinner.clear,
  });
  await out.list(isTable ? tableView : dryRunView(plan), rows());
  ctx.messages.note(closing);
}

const tableColumns = ['who', 'what', 'from', 'to', 'why'];
const tableView: View = { fields: tableColumns, columns: tableColumns };

function* tableRows(item: Item, step: Change, { head }: Plan, labels: PlanLabels) {
  const { who } = personOf(item, step, labels);
  const why = reasonOf(item, head);
  for (const { what, from, to } of detailsOf(step, labels.label)) yield { who, what, from, to, why };
}

/** Prints the whole plan on stdout, the totals last. */
async function printGrouped(ctx: Context, plan: Plan, label: LabelFor): Promise<void> {
  const look = await lookOfResult(ctx);
  for await (const person of changesByPerson(plan.items(), await planLabels(ctx, label))) {
    await ctx.out.text(personLines(person, look).join('\n'));
  }
  const totals = totalLines(plan, look);
  if (totals.length > 0) await ctx.out.text(totals.join('\n'));
}

function dryRunView({ head, steps }: Plan): View {
  const fields = [...new Set([...head.columns, 'change', 'method', 'url', 'headers', 'body'])];
  // A request of `api` is its own description.
  if (steps['send-request'] > 0) return { fields, columns: ['method', 'url', 'body'] };
  const hasPerson = head.columns.some((name) => personColumns.includes(name));
  const columns = hasPerson ? head.columns.filter((name) => name !== 'id') : ['user', 'identity'];
  return { fields, columns: [...new Set([...columns, 'change'])] };
}

function closingLine(plan: Plan, isBulk: boolean): string {
  const changes = countChanges(plan);
  if (!isBulk)
    return changes === 0 ? 'Dry run: nothing to change, already done' : 'Dry run: nothing was changed';
  return `Dry run: nothing was changed. It would make ${changesInWords(plan)}`;
}

/** The last line of a command that only plans, where nobody asked for a dry run. */
export function planClosing(plan: Plan): string {
  return `Nothing was changed. The plan has ${changesInWords(plan)}`;
}

function changesInWords(plan: Plan): string {
  return `${pluralize(countChanges(plan), 'change')} to ${pluralize(plan.size, 'item')}`;
}
