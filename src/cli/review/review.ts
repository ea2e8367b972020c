import { checkGuards } from '../../changes/guards/check.ts';
import { type Change, toMutation } from '../../changes/plan/change.ts';
import { describeChange, type LabelFor } from '../../changes/plan/describe.ts';
import { countChanges, type Item, type Plan, type PlanHeader } from '../../changes/plan/plan.ts';
import { executePlan, type RunOptions } from '../../changes/runs/execute.ts';
import { assertPlanPath, writePlanFile } from '../../changes/runs/plan-file.ts';
import { withRoleNames } from '../../changes/runs/role-names.ts';
import { newRunHeader } from '../../changes/runs/run-store.ts';
import { loadRoles } from '../../organization/roles.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize, shellQuote } from '../../platform/core/text.ts';
import { outputFileHint } from '../../platform/fs/errors.ts';
import { createOutput, type View } from '../../platform/terminal/output.ts';
import { type BulkFlags, throttleOptions } from '../bulk-flags.ts';
import type { Context } from '../context.ts';
import { addProfileFlag } from '../profile-hint.ts';
import { confirmSelf } from './confirm-self.ts';

export interface ReviewOptions {
  onResult?: RunOptions['onResult'] | undefined;
  onRun?: RunOptions['onRun'] | undefined;
  /** What is said above the question, such as `3 users will be changed`. */
  title: string;
  /** Whether rows are printed; they are, unless a report comes in their place. */
  rows?: boolean;
  /** The run that this one takes back. */
  undoes?: string;
}

/** How many changes are shown before the question; the rest is counted. */
const shownAtMost = 20;

/**
 * Takes a plan from its check to its end: the guards, then `--dry-run` and `--plan-out`, or the question and the changes.
 * On a terminal it asks; off it only what takes something away has to be agreed to, with --yes.
 */
export async function reviewAndRun(
  ctx: Context,
  plan: Plan,
  flags: BulkFlags,
  proposal: ReviewOptions,
): Promise<void> {
  const view = resultView(plan.head);
  const asks =
    countChanges(plan) > 0 && !ctx.flags.yes && (ctx.prompts.interactive || plan.removals.length > 0);
  if (ctx.flags.dryRun || asks || countChanges(plan) === 0) await sayNotes(ctx, plan);
  if (ctx.flags.dryRun) await showPlan(ctx, plan);
  await checkGuards(ctx, plan.removals, flags);
  if (flags.planOut !== undefined) return savePlan(ctx, plan, flags.planOut, proposal.undoes);
  if (ctx.flags.dryRun) return;
  if (asks) {
    ctx.requireConfirmable();
    await ctx.confirm(`${proposal.title}:`, ...(await summaryOf(ctx, plan)));
  }
  await confirmSelf(ctx, plan.removals, flags);
  const { undoes, onResult, onRun, rows } = proposal;
  const options: RunOptions = { view, summary: true, ...throttleOptions(ctx, flags) };
  if (onResult !== undefined) options.onResult = onResult;
  if (onRun !== undefined) options.onRun = onRun;
  if (rows !== undefined) options.rows = rows;
  await executePlan(ctx, plan, options, undoes);
}

/** What is printed of each item of a run: what identifies it, and what came of it. */
export function resultView(head: Pick<PlanHeader, 'columns'>): View {
  const columns = [...new Set([...head.columns, 'outcome', 'sid', 'reason'])];
  return { fields: columns, columns };
}

/** Why nothing is done where something was asked for: neither the plan nor a narrow table has room for it. */
async function sayNotes(ctx: Context, plan: Plan): Promise<void> {
  let count = 0;
  for await (const item of plan.items()) {
    if (item.note !== undefined && count++ < shownAtMost) ctx.messages.note(`${whom(item)}: ${item.note}`);
  }
  if (count > shownAtMost) ctx.messages.note(`and ${count - shownAtMost} more of which nothing is done`);
}

/** What a plan would do, a line for each change; JSON has the requests. */
export async function showPlan(ctx: Context, plan: Plan): Promise<void> {
  const api = await ctx.api();
  const fields = [...new Set([...plan.head.columns, 'change', 'method', 'url', 'headers', 'body'])];
  // A SID beside the name would leave no room for the change.
  const columns = [...new Set([...plan.head.columns.filter((name) => name !== 'id'), 'change'])];
  const view: View = { fields, columns };
  const label = await labels(ctx, plan);
  async function* rows() {
    for await (const { row, steps } of plan.items()) {
      for (const step of steps) {
        const { method, path, headers, body } = toMutation(step, 'the new user').request;
        yield {
          ...row,
          change: describeChange(step, label),
          method,
          url: new URL(path, api.url).href,
          headers,
          body,
        };
      }
    }
  }
  const { stdout, env } = ctx.runtime;
  // `--fields` is about the result, which there is none of.
  await createOutput({ stdout, env, format: ctx.out.format.name, color: false }).list(view, rows());
  ctx.messages.note(
    `Dry run: nothing was changed. It would be ${pluralize(countChanges(plan), 'change')} for ${pluralize(plan.size, 'item')}`,
  );
}

/** Saves a plan for `runs apply`. */
export async function savePlan(ctx: Context, plan: Plan, file: string, undoes?: string): Promise<void> {
  await assertPlanPath(file);
  const head = await newRunHeader(await withRoleNames(ctx, plan), ctx.runtime.now(), undoes);
  await writePlanFile(file, head, plan.items, outputFileHint);
  const apply = addProfileFlag(`twilio-org runs apply ${shellQuote(file)}`, ctx.flags.profile);
  ctx.messages.note(`Nothing was changed. Carry the plan out with: ${apply}`);
}

/** Words for whoever has to judge a plan: `org`, and the names of roles, where the login may list them. */
async function labels(ctx: Context, { steps }: Plan): Promise<LabelFor> {
  if (steps['create-assignment'] + steps['delete-assignment'] === 0) return (sid) => sid;
  const { organizationSid } = await ctx.settings();
  let nameOf: LabelFor = (sid) => sid;
  try {
    nameOf = (await loadRoles(await ctx.api())).displayName;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
  }
  return (sid) => (sid === organizationSid ? 'org' : nameOf(sid));
}

const kinds: Record<Change['do'], [noun: string, verb: string]> = {
  'create-user': ['user', 'to create; Twilio sends them a welcome e-mail'],
  'update-user': ['user', 'to change'],
  'delete-user': ['user', 'to deactivate'],
  'create-assignment': ['role', 'to give'],
  'delete-assignment': ['role', 'to take away'],
  'send-request': ['request', 'to send'],
};

/** The plan as it is shown before the question: the totals are last, where a long list does not push them off the screen. */
async function summaryOf(ctx: Context, plan: Plan): Promise<string[]> {
  const label = await labels(ctx, plan);
  const lines: string[] = [];
  let shown = 0;
  for await (const item of plan.items()) {
    for (const step of item.steps) {
      if (shown++ < shownAtMost) lines.push(`  ${whom(item)}: ${describeChange(step, label)}`);
    }
    if (shown > shownAtMost) break;
  }
  const more = countChanges(plan) - shownAtMost;
  if (more > 0) lines.push(`  and ${more} more; --dry-run shows all`);
  lines.push('In all:');
  for (const [kind, count] of Object.entries(plan.steps)) {
    const [noun, verb] = kinds[kind as Change['do']];
    if (count > 0) lines.push(`  ${pluralize(count, noun)} ${verb}`);
  }
  const out = plan.removals.filter((step) => step.do === 'update-user').length;
  if (out > 0) lines.push(`  ${pluralize(out, 'user')} can no longer sign in`);
  return lines;
}

/** Where an item comes from and whom it is about, as a person would say it. */
function whom({ row }: Item): string {
  const { line, email, user, userName } = row;
  const name = email ?? user ?? userName;
  if (name === undefined) return String(Object.values(row)[0]);
  return line === undefined ? String(name) : `line ${line}, ${name}`;
}
