import { setMaxListeners } from 'node:events';
import type { Context } from '../../cli/context.ts';
import { addProfileFlag } from '../../cli/profile-hint.ts';
import { recordRemovals } from '../../organization/listing-baseline.ts';
import { isOn } from '../../platform/core/env.ts';
import { AppError } from '../../platform/core/errors.ts';
import { isStoppedBeforeSending } from '../../platform/http/client.ts';
import { maxRetryAfterMs } from '../../platform/http/retry.ts';
import type { View } from '../../platform/terminal/output.ts';
import {
  createProgress,
  noProgress,
  type Progress as ProgressLine,
} from '../../platform/terminal/progress.ts';
import { toMutation } from '../plan/change.ts';
import { countChanges, type Item, type Plan, type PlanHeader, planFromItems } from '../plan/plan.ts';
import { executeItem } from './execute-item.ts';
import { type Journal, nullJournal, openJournal } from './journal.ts';
import { createSemaphore, mapOrdered } from './ordered-pool.ts';
import {
  emptyTotals,
  formatTotals,
  type ItemResult,
  isDone,
  isFailed,
  summarizeItem,
  type Totals,
  tally,
} from './outcomes.ts';
import { type Recording, recorded } from './recording.ts';
import type { JournalState, StoredRun } from './records.ts';
import { canResume } from './resumable.ts';
import { withRoleNames } from './role-names.ts';

export interface RunOptions {
  view: View;
  /** Whether rows are printed; they are, unless a report comes in their place. */
  rows?: boolean;
  /** Whether the closing summary is said; it is by commands that take lists. */
  summary?: boolean;
  /** How many items are worked on at the same time. */
  concurrency?: number;
  /** Told of every item once, in the order of the plan, before its row is printed. */
  onResult?: (item: Item, result: ItemResult) => Promise<void> | void;
  /** Told of the run's id before anything is sent; undefined where there is none. */
  onRun?: (run: string | undefined) => void;
  /** The person and the app that resume a run, if something is left of it. */
  resumedBy?: Parameters<Journal['resumed']>[0];
  /** Makes the request of a step that the plan does not hold whole. */
  writeOf?: typeof toMutation;
}

/** Failures in a row after which a run gives up: whatever is broken is not the single item. */
const enough = 10;

/**
 * Carries out a plan that was checked and agreed to. It is written to a journal first, a single change too, so that the latest
 * run is always the latest change. Several changes do not begin where they can't be recorded; a single one goes on.
 */
export async function executePlan(
  ctx: Context,
  plan: Plan,
  options: RunOptions,
  undoes?: string,
): Promise<void> {
  const changes = countChanges(plan);
  // That a run is taken back is written down also where nothing has to be changed: it is not resumed any more.
  if (changes === 0 && undoes === undefined) return work(ctx, { plan, journal: nullJournal }, options);
  // For a single change nothing more is read than it needs itself.
  const head = changes === 1 && !options.summary ? plan.head : await withRoleNames(ctx, plan);
  const optional = changes === 1 && undoes === undefined;
  await recorded(ctx, { ...plan, head }, { undoes, optional }, (recording) => work(ctx, recording, options));
}

/**
 * Carries out a plan of one change, which prints nothing; its errors are those of the change itself. Gives what the API gave
 * back, such as the user that was created.
 */
export async function executeOne<T>(
  ctx: Context,
  head: PlanHeader,
  item: Item,
  options: Pick<RunOptions, 'writeOf'> = {},
): Promise<T> {
  let object: unknown;
  await executePlan(ctx, planFromItems(head, [item]), {
    ...options,
    view: { fields: [], columns: [] },
    rows: false,
    onResult(_, { objects }) {
      object = objects?.[0];
    },
  });
  return object as T;
}

/**
 * Goes on with a run under its lock: what is done stays so, and everything else is looked at before it is sent.
 *
 * @param stillHeld throws when the lock was lost
 */
export async function resumeRun(
  ctx: Context,
  file: string,
  kept: StoredRun,
  options: RunOptions,
  stillHeld: () => void,
): Promise<void> {
  const journal = await openJournal(file, ctx.runtime.now, stillHeld);
  if (options.resumedBy !== undefined) await journal.resumed(options.resumedBy);
  await work(ctx, { plan: kept.plan, journal, run: kept.head.run, progress: kept.progress }, options);
}

interface Work extends Recording {
  /** How far it got before; absent at the first time. */
  progress?: JournalState;
}

async function work(
  ctx: Context,
  { plan, journal, run, progress }: Work,
  options: RunOptions,
): Promise<void> {
  const api = await ctx.api();
  const { view, onResult } = options;
  /** A change that stands alone: its error says everything, and there is nothing to finish before it stops. */
  const alone = plan.size === 1 && countChanges(plan) === 1 && !options.summary && progress === undefined;
  const totals = emptyTotals();
  let taken = 0;
  let first: AppError | undefined;
  /** Whether all that failed has the same remedy. */
  let alike = true;
  /** Reports whether all that failed was refused in the same way. */
  let sameCause = true;
  /** Set when resuming may do what is left. */
  let resumable = false;
  let inARow = 0;
  /** Why nothing more is begun. */
  let stop: AppError | undefined;
  /** Whether that was because nothing worked. */
  let gaveUp = false;
  options.onRun?.(run);
  const soften = run === undefined || alone ? undefined : ctx.runtime.onFirstStop;
  const release = soften?.(() => {
    stop ??= new AppError('cancelled', 'Stopped');
    ctx.skipWaits();
    ctx.messages.say('Stopping: what is under way is finished first; once more stops at once');
  });
  // Whoever waits for its turn listens to it, and Node warns of more than ten.
  setMaxListeners(0, ctx.runtime.signal);

  const concurrency = options.concurrency ?? 1;
  const slots = createSemaphore(concurrency);
  const line = run === undefined || alone ? noProgress : progressFor(ctx, plan.size);
  /** Do rows come out on the terminal one by one? */
  const interleaved = ctx.runtime.stdout.isTTY === true && ctx.out.format.streams;

  function nothingLeft(index: number, item: Item): boolean {
    return item.steps.every((_, number) => isDone(progress?.get(index)?.[number]));
  }

  async function triedResultOf(index: number, item: Item): Promise<ItemResult> {
    const before = progress?.get(index);
    // What is done, or needs nothing, stays what it is when the run is stopped.
    if (stop !== undefined || nothingLeft(index, item)) {
      return summarizeItem(item, before ?? [], plan.head);
    }
    const { result, errors } = await executeItem({
      api,
      journal,
      item,
      index,
      before,
      resumed: progress !== undefined,
      writeOf: options.writeOf ?? toMutation,
      head: plan.head,
      slots,
      stopped: () => stop !== undefined,
      done(step) {
        if (step.do === 'delete-assignment') taken += 1;
      },
      failed(error) {
        if (endsAll(error)) stop ??= error;
      },
    });
    const [error] = errors;
    if (error !== undefined && isStoppedBeforeSending(error)) return result;
    resumable ||= canResume(errors);
    inARow = error === undefined ? 0 : inARow + 1;
    if (error === undefined) return result;
    // Whoever resumes a run has seen what is refused, and wants the rest.
    if (progress !== undefined && isRefusal(error)) inARow = 0;
    if (alone) throw error;
    first ??= error;
    alike &&= error.hint === first.hint;
    sameCause &&= error.kind === first.kind && error.code === first.code;
    if (inARow >= enough && stop === undefined) {
      stop = error;
      gaveUp = true;
    }
    if (ctx.runtime.signal.aborted) stop ??= error;
    return result;
  }

  async function countedResultOf(index: number, item: Item): Promise<ItemResult> {
    const result = await triedResultOf(index, item);
    const holds = nothingLeft(index, item) ? 'before' : 'done';
    if (result.outcome !== 'not tried') line.add(isFailed(result) ? 'failed' : holds);
    return result;
  }

  /** What ended the run before every item had a result. */
  let broken: unknown;
  async function* rows() {
    try {
      for await (const [item, result] of mapOrdered(plan.items(), concurrency * 2, countedResultOf)) {
        tally(totals, result);
        await onResult?.(item, result);
        if (interleaved) line.clear();
        yield shown(view, item, result);
      }
    } catch (error) {
      broken = error;
      throw error;
    } finally {
      // Before what was collected is printed.
      line.end();
    }
  }

  const outcomes = rows();
  let unprinted: unknown;
  const outer = ctx.http.mayLeave;
  ctx.http.mayLeave = () => {
    outer?.();
    journal.check();
  };
  ctx.http.patient = !alone;
  try {
    // Without a `return`, so that output that fails does not end the changes.
    if (options.rows === false) for await (const _ of outcomes);
    else await ctx.out.list(view, { [Symbol.asyncIterator]: () => ({ next: () => outcomes.next() }) });
  } catch (error) {
    for await (const _ of outcomes);
    unprinted = error;
  } finally {
    release?.();
    ctx.http.mayLeave = outer;
    ctx.http.patient = false;
    await journal.close();
    if (taken > 0) await recordRemovals(ctx, taken);
  }
  if (broken !== undefined) throw broken instanceof AppError && !alone ? withResume(broken, run) : broken;
  if (options.summary) ctx.messages.note(formatTotals(totals, plan.size));
  const goesOn = resumable || totals.notTried > 0 ? run : undefined;
  const failure = failureOf(totals, plan, { first, alike, sameCause, stop, gaveUp, run: goesOn });
  if (failure === undefined) {
    // Requests of `api` can't be undone, and what changed nothing need not be.
    const canBeUndone = totals.created + totals.changed > 0 && plan.steps['send-request'] === 0;
    if (options.summary && run !== undefined && canBeUndone) {
      ctx.messages.note(addProfileFlag(`To take it back: twilio-org runs undo ${run}`, ctx.flags.profile));
    }
    if (unprinted !== undefined) throw unprinted;
    return;
  }
  if (unprinted instanceof AppError) ctx.messages.warn(unprinted.message);
  throw failure;
}

/** The error, with the way to go on with the run. */
function withResume(error: AppError, run: string | undefined): AppError {
  if (run === undefined) return error;
  const resume = `Go on with: twilio-org runs resume ${run}`;
  return error.withHint(error.hint === undefined ? resume : `${error.hint}. ${resume}`);
}

/** The line of a run, for those who want to see one. */
function progressFor(ctx: Context, all: number): ProgressLine {
  const { stderr, env, now } = ctx.runtime;
  if (ctx.flags.quiet) return noProgress;
  const live = stderr.isTTY === true && env.TERM !== 'dumb' && !isOn(env.CI);
  const line = createProgress({ stderr, live, now, all });
  ctx.messages.beforeWrite = line.clear;
  return line;
}

/** Of an item and what came of it, what the view knows. */
function shown(view: View, item: Item, result: ItemResult): Record<string, unknown> {
  const all: Record<string, unknown> = {
    sid: result.sid,
    ...item.row,
    outcome: result.outcome,
    reason: result.reason,
  };
  return Object.fromEntries(
    view.fields.flatMap((field) => (all[field] === undefined ? [] : [[field, all[field]]])),
  );
}

/** After these, all others would fail the same way. */
function endsAll({ kind, code, retryAfter = 0 }: AppError): boolean {
  if (retryAfter > maxRetryAfterMs) return true;
  return kind === 'auth' || kind === 'cancelled' || (kind === 'forbidden' && code === 20003);
}

/** Twilio is there and understands, and this one change is not wanted, or somebody else has changed the same. */
function isRefusal({ kind, status = 0 }: AppError): boolean {
  if (kind === 'conflict') return true;
  return kind !== 'temporary' && kind !== 'unknown-outcome' && status >= 400 && status < 500;
}

interface Ending {
  first: AppError | undefined;
  alike: boolean;
  sameCause: boolean;
  stop: AppError | undefined;
  gaveUp: boolean;
  run: string | undefined;
}

function failureOf(
  totals: Totals,
  plan: Plan,
  { first, alike, sameCause, stop, gaveUp, run }: Ending,
): AppError | undefined {
  const left = totals.failed + totals.notTried;
  if (left === 0) return undefined;
  const done = plan.size - left;
  if (stop?.kind === 'cancelled') {
    const hint = run === undefined ? first?.hint : undefined;
    return withResume(new AppError('cancelled', `Stopped: ${done} of ${plan.size} are done`, { hint }), run);
  }
  // Nothing has changed, for one reason; how many were under way when it came is no part of it.
  const oneReason = totals.failed === 1 || (sameCause && stop !== undefined && endsAll(stop));
  if (first !== undefined && done === 0 && oneReason) return withResume(first, run);
  const rest = gaveUp && totals.notTried > 0 ? `; after ${enough} failures in a row no more were tried` : '';
  return withResume(
    new AppError(
      'partial',
      `${left} of ${plan.size} ${left === 1 ? 'was' : 'were'} not ${plan.head.done ?? 'done'}${rest}`,
      {
        hint: (alike ? first?.hint : undefined) ?? 'The list above says for each what happened',
      },
    ),
    run,
  );
}
