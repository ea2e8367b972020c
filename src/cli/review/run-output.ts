import type { toMutation } from '../../changes/plan/change-kinds.ts';
import { countChanges, type Item, type Plan, type PlanHeader } from '../../changes/plan/plan.ts';
import { executeRun, type RunEnd } from '../../changes/runs/execute.ts';
import { formatTotals, type ItemResult } from '../../changes/runs/outcomes.ts';
import type { Recording } from '../../changes/runs/recording.ts';
import { isOn } from '../../platform/core/env.ts';
import { AppError } from '../../platform/core/errors.ts';
import { headingOf } from '../../platform/terminal/columns.ts';
import type { View } from '../../platform/terminal/output.ts';
import { createProgress, noProgress, type Progress } from '../../platform/terminal/progress.ts';
import type { Column } from '../../platform/terminal/view.ts';
import type { Context } from '../context.ts';
import type { ScopeNames } from '../output/scope-names.ts';
import { scopeColumn } from '../output/views.ts';
import { runFailure, withResume } from './run-failure.ts';

export interface RunOutputOptions {
  /** The row of an item and its result; absent where no rows are printed, because a report or an object follows. */
  view?: View | undefined;
  /** True for commands that take lists: the totals and the way to undo the run follow the rows. */
  isBulk: boolean;
  concurrency?: number;
  /** Called once for every item, in the order of the plan, before its row is printed. Its error ends the run. */
  onResult?: ((item: Item, result: ItemResult) => Promise<void> | void) | undefined;
  /** Called with the run's id before the first request; undefined where nothing is recorded. */
  onRun?: ((run: string | undefined) => void) | undefined;
  makeMutation?: typeof toMutation;
  /** Advice on how to finish this run after an interruption. */
  resume(run: string): string;
}

/** The view of the items of a run: the columns that identify an item, and its result. */
export function resultView(head: Pick<PlanHeader, 'columns'>, scopes?: ScopeNames): View {
  const columns = [...new Set([...head.columns, 'outcome', 'sid', 'reason'])];
  return {
    fields: columns,
    columns,
    people: { list: columns.map((path) => columnOf(path, scopes)) },
  };
}

type Row = Partial<Record<string, string | null>>;

const idHeadings: Readonly<Record<string, string>> = {
  sid: 'SID',
  id: 'User SID',
  identity: 'User SID',
  role_sid: 'Role SID',
};

function columnOf(path: string, scopes: ScopeNames | undefined): Column<Row> {
  if (path === 'scope' && scopes !== undefined) return scopeColumn(scopes);
  return { heading: idHeadings[path] ?? headingOf(path), value: path, isId: Object.hasOwn(idHeadings, path) };
}

/**
 * Executes a recorded plan and prints what happens: the rows on stdout; progress, stops, totals and advice on stderr. Throws
 * the run's failure. Output that fails, such as a closed pipe, ends the rows and not the changes.
 */
export async function runAndPrint(
  ctx: Context,
  recording: Recording,
  { view, isBulk, onResult, onRun, resume, ...options }: RunOutputOptions,
): Promise<void> {
  const { plan, run, state } = recording;
  const isSingle = plan.size === 1 && countChanges(plan) === 1 && !isBulk && state === undefined;
  const isWatched = run !== undefined && !isSingle;
  onRun?.(run);
  const advice = run === undefined ? undefined : resume(run);
  const stop = new AbortController();
  const release = isWatched ? onFirstStop(ctx, stop) : undefined;
  const progress = isWatched ? progressOf(ctx, plan.size) : noProgress;
  /** True where rows and the progress line share the terminal. */
  const isInterleaved = ctx.runtime.stdout.isTTY === true && ctx.out.format.streams;

  let end: RunEnd | undefined;
  async function* executed() {
    end = yield* executeRun(ctx, recording, {
      ...options,
      isSingle,
      stopSignal: stop.signal,
      onItemEnd: (how) => progress.add(how === 'skipped' ? 'before' : how),
    });
  }
  let executionError: unknown;
  async function* printable() {
    try {
      for await (const { item, result } of executed()) {
        await onResult?.(item, result);
        if (isInterleaved) progress.clear();
        yield view === undefined ? {} : rowOf(view, item, result);
      }
    } catch (error) {
      executionError = error;
      throw error;
    } finally {
      // A table is printed after this, so the line goes first.
      progress.end();
    }
  }

  let outputError: unknown;
  const rows = printable();
  try {
    // Without a `return` method, so that output that fails does not close the run.
    if (view === undefined) for await (const _ of rows);
    else await ctx.out.list(view, { [Symbol.asyncIterator]: () => ({ next: () => rows.next() }) });
  } catch (error) {
    for await (const _ of rows);
    outputError = error;
  } finally {
    release?.();
  }
  if (executionError !== undefined || end === undefined) {
    throw executionError instanceof AppError && !isSingle
      ? withResume(executionError, advice)
      : executionError;
  }
  if (isBulk) ctx.messages.note(formatTotals(end.totals, plan.size));
  const failure = runFailure(end, plan, advice);
  if (failure === undefined) {
    if (isBulk && run !== undefined && canUndo(plan, end)) {
      ctx.messages.note(ctx.withProfile(`To undo: twilio-org runs undo ${run}`));
    }
    if (outputError !== undefined) throw outputError;
    return;
  }
  if (outputError instanceof AppError) ctx.messages.warn(outputError.message);
  throw failure;
}

/** False for requests of `api`, which can't be undone, and where nothing changed. */
function canUndo({ steps }: Plan, { totals }: RunEnd): boolean {
  return totals.created + totals.changed > 0 && steps['send-request'] === 0;
}

/** Makes the first Ctrl-C end the run after the items in progress; the second one ends the program at once. */
function onFirstStop(ctx: Context, stop: AbortController): (() => void) | undefined {
  return ctx.runtime.onFirstStop?.(() => {
    stop.abort();
    ctx.skipWaits();
    ctx.messages.say('Stopping after the changes in progress. Press Ctrl-C again to stop at once');
  });
}

function progressOf(ctx: Context, total: number): Progress {
  const { stderr, env, now } = ctx.runtime;
  if (ctx.flags.quiet) return noProgress;
  const live = stderr.isTTY === true && env.TERM !== 'dumb' && !isOn(env.CI);
  const progress = createProgress({ stderr, live, now, all: total });
  ctx.messages.beforeWrite = progress.clear;
  if (!live) return progress;
  const resume = ctx.spinner.suspend();
  return {
    ...progress,
    end() {
      progress.end();
      resume();
    },
  };
}

/** The members of an item and its result that the view knows. */
function rowOf(view: View, item: Item, result: ItemResult): Record<string, unknown> {
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
