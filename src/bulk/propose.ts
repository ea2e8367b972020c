import type { Command } from 'commander';
import { atLeastOne, type Flags } from '../command.ts';
import { namedHint } from '../config/files.ts';
import type { Context } from '../context.ts';
import { createOutput, type View } from '../terminal/output.ts';
import { checkGuards, type GuardFlags, withGuardFlags } from './guards.ts';
import { mustTakePlan, newRunHead, writePlan } from './journal.ts';
import { createPace } from './pace.ts';
import { changesIn, type Plan, type Step } from './plan.ts';
import { carryOut, type RunOptions } from './run.ts';
import { described, writeOf } from './steps.ts';

/** The flags of every command that takes lists. */
export interface BulkFlags extends Flags, GuardFlags {
  concurrency?: number;
}

export function withBulkFlags(command: Command): Command {
  return withPlanFlags(withGuardFlags(command));
}

/** Those of them that are not guards. */
export function withPlanFlags(command: Command): Command {
  return withFlowFlags(command).option(
    '--plan-out <file>',
    'save the plan for `runs apply` instead of carrying it out',
  );
}

export function withFlowFlags(command: Command): Command {
  return command
    .option('--concurrency <n>', 'how many changes are under way at the same time (8)', atLeastOne)
    .option('--rate <n>', 'send at most this many requests a second (as many as Twilio takes)', atLeastOne);
}

/** How the changes of a run flow: their concurrency, and a pace for all requests from here on if --rate has set none. */
export function flowOf(ctx: Context, flags: Pick<BulkFlags, 'concurrency'>): { concurrency: number } {
  ctx.http.pace ??= createPace(undefined, ctx.runtime.signal);
  return { concurrency: flags.concurrency ?? 8 };
}

export interface Proposal {
  onResult?: RunOptions['onResult'] | undefined;
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
 * Takes a plan from its check to its end: the guards, then `--dry-run` or `--plan-out`, or the question and the changes.
 * On a terminal it asks; off it only what takes something away has to be agreed to, with --yes.
 */
export async function propose(ctx: Context, plan: Plan, flags: BulkFlags, proposal: Proposal): Promise<void> {
  const columns = withoutRepeats([...plan.head.columns, 'outcome', 'sid', 'reason']);
  const view: View = { fields: columns, columns };
  if (ctx.flags.dryRun) await showPlan(ctx, plan);
  await checkGuards(ctx, plan.removals, flags);
  if (ctx.flags.dryRun) return;
  if (flags.planOut !== undefined) return savePlan(ctx, plan, flags.planOut, proposal.undoes);
  if (changesIn(plan) > 0 && (ctx.prompts.interactive || plan.removals.length > 0)) {
    ctx.mustBeConfirmable();
    await ctx.confirm(`${proposal.title}:`, ...(await summaryOf(plan)));
  }
  const { undoes, onResult, rows } = proposal;
  const options: RunOptions = { view, summary: true, ...flowOf(ctx, flags) };
  if (onResult !== undefined) options.onResult = onResult;
  if (rows !== undefined) options.rows = rows;
  await carryOut(ctx, plan, options, undoes);
}

/** What a plan would do, a line for each change; JSON has the requests. */
export async function showPlan(ctx: Context, plan: Plan): Promise<void> {
  const api = await ctx.api();
  const columns = withoutRepeats([...plan.head.columns, 'change']);
  const view: View = { fields: withoutRepeats([...columns, 'method', 'url', 'headers', 'body']), columns };
  async function* rows() {
    for await (const { row, steps } of plan.items()) {
      for (const step of steps) {
        const { method, path, headers, body } = writeOf(step, 'the new user').request;
        yield { ...row, change: described(step), method, url: new URL(path, api.url).href, headers, body };
      }
    }
  }
  const { stdout } = ctx.runtime;
  // `--fields` is about the result, which there is none of.
  await createOutput({ stdout, format: ctx.out.format, color: false }).list(view, rows());
  ctx.messages.note(
    `Dry run: nothing was changed. It would be ${changesIn(plan)} changes for ${plan.size} items`,
  );
}

/** Saves a plan for `runs apply`. */
export async function savePlan(ctx: Context, plan: Plan, file: string, undoes?: string): Promise<void> {
  await mustTakePlan(file);
  await writePlan(file, await newRunHead(plan.head, ctx.runtime.now(), undoes), plan.items, namedHint);
  ctx.messages.note(`Nothing was changed. Carry the plan out with: twilio-org runs apply ${file}`);
}

const verbs: Record<Step['do'], string> = {
  'create-user': 'users to create; Twilio sends each a welcome e-mail',
  'update-user': 'users to change',
  'delete-user': 'users to deactivate',
  'create-assignment': 'roles to give',
  'delete-assignment': 'roles to take away',
};

/** The plan as it is shown before the question. */
async function summaryOf(plan: Plan): Promise<string[]> {
  const lines = Object.entries(plan.steps).flatMap(([kind, count]) =>
    count === 0 ? [] : [`  ${count} ${verbs[kind as Step['do']]}`],
  );
  let shown = 0;
  for await (const { row, steps } of plan.items()) {
    const [name] = Object.values(row);
    for (const step of steps) {
      if (shown++ < shownAtMost) lines.push(`    ${String(name)}: ${described(step)}`);
    }
    if (shown > shownAtMost) break;
  }
  const more = changesIn(plan) - shownAtMost;
  return more > 0 ? [...lines, `    and ${more} more; --dry-run shows all`] : lines;
}

function withoutRepeats(names: readonly string[]): string[] {
  return [...new Set(names)];
}
