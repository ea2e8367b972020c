import { GuardError } from '../../changes/guards/policy.ts';
import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import type { PlanLabels } from '../../changes/plan/people.ts';
import {
  countChanges,
  type Item,
  type Plan,
  type PlanHeader,
  planFromItems,
} from '../../changes/plan/plan.ts';
import { type Recording, recorded } from '../../changes/runs/recording.ts';
import type { View } from '../../platform/terminal/view.ts';
import { type BulkFlags, throttleOptions } from '../bulk-flags.ts';
import type { Context } from '../context.ts';
import { scopeNames } from '../output/scope-names.ts';
import { confirmSelf, warnOfSelf } from './confirm-self.ts';
import { isGroupedDryRun, planClosing, printDryRun } from './dry-run.ts';
import { newPlanHeader, unboundPlanHeader } from './plan-head.ts';
import { labelsFor, planLabels } from './plan-labels.ts';
import { lookOf, planSummary, printNotes, printWarnings } from './plan-summary.ts';
import { refuseUnsafe, type SafetyOptions } from './refusals.ts';
import { refuseTaken } from './refuse-taken.ts';
import { resumeAdvice } from './run-failure.ts';
import { type RunOutputOptions, resultView, runAndPrint } from './run-output.ts';
import { savePlan } from './save-plan.ts';
import { isChangedBy, isForPerson, sentencesOf } from './sentences.ts';

export interface ReviewOptions
  extends SafetyOptions,
    Pick<RunOutputOptions, 'onResult' | 'onRun' | 'makeMutation'>,
    Partial<Pick<RunOutputOptions, 'isBulk'>> {
  /** The line above the question, such as `3 users will be deactivated:`. */
  title: string;
  /** False where the title says it all, so that the question shows neither the changes nor the totals. */
  showsPlan?: boolean;
  /** True where the plan is shown and never executed. */
  isOnlyShown?: boolean;
  /** Shows the plan in place of the usual dry run, with the reasons why guards would refuse it. */
  show?: ((labels: PlanLabels, refusals: readonly string[]) => Promise<void>) | undefined;
  /** The command that executes a saved plan; default: `twilio-org runs apply` with its file. */
  applyCommand?: string | undefined;
  /** True where the command itself has said why items need no change. */
  hasSaidNotes?: boolean;
  /**
   * The plans that need a yes: those with changes, where a person can be asked, or with removals (`changes`, the default);
   * those with removals alone; or all of them.
   */
  asksFor?: 'changes' | 'removals' | 'everything';
  /** A note for a plan without changes. */
  nothingToDo?: string | undefined;
  /** The same, also in place of the last line of a dry run. */
  emptyPlan?: string;
  /** Names for the SIDs of a dry run; when absent, they are looked up. */
  label?: LabelFor;
  /** The row of an item's result, or `none`; the plan's columns and the outcome when absent. */
  view?: RunOutputOptions['view'] | 'none';
  /** False where one request follows the other, so that --concurrency and --rate do not apply. */
  isThrottled?: boolean;
  /** False where the command has no guards, because it removes nothing. */
  isGuarded?: boolean;
  /** Runs after the question, just before the changes. */
  beforeRun?: () => Promise<void>;
  /** Advice on how to finish an interrupted run, where `runs resume` does not know what let it through. */
  finish?: string | undefined;
  /** The run that this one undoes. */
  undoes?: string | undefined;
  /** Records the run; in a new journal when absent. */
  record?: (work: (recording: Recording) => Promise<void>) => Promise<void>;
}

/**
 * The one way from a plan to its end: dry run, guards, plan file, question, run and totals. Resolves to whether the plan was
 * executed.
 *
 * Nothing is sent before the guards have agreed. Off a terminal, removals need --yes.
 */
export async function reviewAndRun(
  ctx: Context,
  plan: Plan,
  flags: BulkFlags,
  options: ReviewOptions,
): Promise<boolean> {
  const { isBulk = true, title, showsPlan = true, undoes, makeMutation, onResult, onRun } = options;
  const { planOut } = ctx.flags;
  const dryRun = ctx.flags.dryRun === true || options.isOnlyShown === true;
  const changes = countChanges(plan);
  const emptyPlan = changes === 0 ? options.emptyPlan : undefined;
  const asks = !ctx.flags.yes && needsYes(ctx, plan, options.asksFor);
  // The question, and the dry run on a terminal, show notes and warnings beside the person they are about.
  const isGrouped = dryRun ? options.show === undefined && isGroupedDryRun(ctx, plan) : asks && showsPlan;
  if (showsPlan && options.hasSaidNotes !== true && !isGrouped && (dryRun || changes === 0))
    await printNotes(ctx, plan);
  if (!isGrouped) printWarnings(ctx, plan);
  // Removals are guarded whatever the command says of itself.
  const isGuarded = options.isGuarded !== false || plan.removals.length > 0;
  let safety: Promise<void> | undefined;
  const checkSafety = () =>
    (safety ??= isGuarded ? refuseUnsafe(ctx, plan, flags, options) : Promise.resolve());
  if (dryRun) {
    const label = options.label ?? (await labelsFor(ctx, plan));
    if (options.show === undefined)
      await printDryRun(ctx, plan, {
        isBulk,
        label,
        makeMutation,
        closing: emptyPlan ?? (ctx.flags.dryRun ? undefined : planClosing(plan)),
      });
    else {
      await options.show(await planLabels(ctx, label), await refusalsFrom(checkSafety()));
      if (emptyPlan !== undefined) ctx.messages.note(emptyPlan);
    }
  }
  await checkSafety();
  if (isGuarded && (dryRun || planOut !== undefined)) await warnOfSelf(ctx, plan.removals, flags);
  if (planOut !== undefined) {
    await savePlan(ctx, plan, planOut, { undoes, applyCommand: options.applyCommand, guards: flags });
    return false;
  }
  if (dryRun) return false;
  if (changes === 0 && options.nothingToDo !== undefined) ctx.messages.note(options.nothingToDo);
  if (emptyPlan !== undefined) ctx.messages.note(emptyPlan);
  if (asks) {
    ctx.requireConfirmable();
    ctx.messages.say(showsPlan ? `${title}:` : title);
    if (isGrouped) {
      const labels = await planLabels(ctx, options.label ?? (await labelsFor(ctx, plan)));
      ctx.messages.show(await planSummary(plan, labels, await lookOf(ctx)));
    }
    await ctx.confirm();
  }
  await confirmSelf(ctx, plan.removals, flags);
  await options.beforeRun?.();
  // Lists have a table and totals; what a person named one by one ends in sentences.
  const isTold = !isBulk && isForPerson(ctx);
  const labels = isTold ? await planLabels(ctx, options.label ?? (await labelsFor(ctx, plan))) : undefined;
  const told: string[] = [];
  let run: string | undefined;
  const view = isTold && plan.size === 1 ? 'none' : (options.view ?? (await resultViewOf(ctx, plan)));
  const output: RunOutputOptions = {
    view: view === 'none' ? undefined : view,
    isBulk,
    resume: (id) => options.finish ?? resumeAdvice(id, flags),
    async onResult(item, result) {
      if (labels !== undefined && isChangedBy(result)) told.push(...sentencesOf(item, labels));
      await onResult?.(item, result);
    },
    onRun(id) {
      run = id;
      onRun?.(id);
    },
    ...(makeMutation === undefined ? {} : { makeMutation }),
    ...(options.isThrottled === false ? {} : throttleOptions(ctx, flags)),
  };
  const record = options.record ?? ((work) => recorded(ctx, plan, { undoes, isBulk }, work));
  try {
    await record((recording) => runAndPrint(ctx, recording, output));
  } finally {
    // The response to a request of `api` is the result, and nothing can undo it.
    if (plan.steps['send-request'] > 0) ctx.messages.note(...told);
    else if (told.length > 0) {
      await ctx.out.text(told.join('\n'));
      if (run !== undefined) ctx.messages.note(ctx.withProfile(`To undo: twilio-org runs undo ${run}`));
    }
  }
  return true;
}

/** A change of one thing, for {@link reviewAndRunOne}. */
export interface SingleChange
  extends Pick<PlanHeader, 'columns' | 'done'>,
    Partial<Pick<PlanHeader, 'command'>>,
    Pick<ReviewOptions, 'makeMutation' | 'asksFor' | 'label' | 'beforeRun'> {
  item: Item;
  /** The line above the question, where the change needs a yes. */
  title?: string;
  /** The changes that guards check, where the item does not show them. */
  guarded?: Pick<Plan, 'removals' | 'addressChanges'>;
}

/**
 * Takes a single change through the same review. Throws the error of the change as it is. Resolves to the API's object, such as
 * the user that was created, or to undefined when nothing was executed, or when a sentence has said it.
 *
 * @param flags absent where the command has no guards
 */
export async function reviewAndRunOne<T>(
  ctx: Context,
  { item, columns, done, command, title = '', guarded, ...options }: SingleChange,
  flags?: BulkFlags,
): Promise<{ object: T } | undefined> {
  const { dryRun = false, planOut } = ctx.flags;
  if (dryRun || planOut !== undefined) await refuseTaken(ctx, item);
  // A dry run of a single change needs no token for its plan, unless it saves it.
  const isOnlyShown = dryRun && planOut === undefined;
  const head = await (isOnlyShown ? unboundPlanHeader(ctx, columns) : newPlanHeader(ctx, columns, done));
  const plan = planFromItems(command === undefined ? head : { ...head, command }, [item]);
  let object: unknown;
  const isExecuted = await reviewAndRun(ctx, { ...plan, ...guarded }, flags ?? {}, {
    asksFor: 'removals',
    label: (sid) => sid,
    ...options,
    title,
    showsPlan: false,
    isBulk: false,
    isThrottled: false,
    isGuarded: flags !== undefined,
    view: 'none',
    onResult(_, result) {
      object = result.objects?.[0];
    },
  });
  // On a terminal the sentence has said it. The response to a request of `api` is its result.
  const isTold = isForPerson(ctx) && plan.steps['send-request'] === 0;
  return isExecuted && !isTold ? { object: object as T } : undefined;
}

/** The results with names of scopes, where people read them. */
async function resultViewOf(ctx: Context, { head }: Plan): Promise<View> {
  const namesScopes = ctx.out.format.forPeople && head.columns.includes('scope');
  return resultView(head, namesScopes ? await scopeNames(ctx) : undefined);
}

/** The reasons of a refusal, for a document that shows them. */
async function refusalsFrom(checked: Promise<void>): Promise<readonly string[]> {
  try {
    await checked;
    return [];
  } catch (error) {
    if (error instanceof GuardError) return error.lines;
    throw error;
  }
}

function needsYes(ctx: Context, plan: Plan, asksFor: ReviewOptions['asksFor'] = 'changes'): boolean {
  if (asksFor === 'everything' || plan.removals.length > 0) return true;
  return asksFor === 'changes' && countChanges(plan) > 0 && ctx.prompts.interactive;
}
