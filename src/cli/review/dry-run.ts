import { toMutation } from '../../changes/plan/change-kinds.ts';
import { describeChange } from '../../changes/plan/describe.ts';
import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import { countChanges, type ItemColumn, type Plan } from '../../changes/plan/plan.ts';
import { pluralize } from '../../platform/core/text.ts';
import { createOutput, type View } from '../../platform/terminal/output.ts';
import type { Context } from '../context.ts';

export interface DryRunOptions {
  /** True for commands that take lists: their closing line counts the changes. */
  isBulk: boolean;
  label: LabelFor;
  makeMutation?: typeof toMutation | undefined;
}

/** The columns that name a person. Where a plan has one, its SIDs stay out of the table. */
const personColumns: readonly ItemColumn[] = ['email', 'user', 'userName'];

/** Prints a plan, a row for each change: in a table the person and the change, in JSON the request as well. */
export async function printDryRun(
  ctx: Context,
  plan: Plan,
  { isBulk, label, makeMutation = toMutation }: DryRunOptions,
): Promise<void> {
  const api = await ctx.api();
  async function* rows() {
    for await (const { row, steps } of plan.items()) {
      for (const step of steps) {
        const { method, path, headers, body } = makeMutation(step, 'the new user').request;
        const url = new URL(path, api.url).href;
        yield { ...row, change: describeChange(step, label), method, url, headers, body };
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
  await out.list(dryRunView(plan), rows());
  ctx.messages.note(closingLine(plan, isBulk));
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
  return `Dry run: nothing was changed. It would make ${pluralize(changes, 'change')} to ${pluralize(plan.size, 'item')}`;
}
