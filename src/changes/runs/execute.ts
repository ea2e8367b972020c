import { setMaxListeners } from 'node:events';
import { subtractRemovedAssignments } from '../../organization/listing-baseline.ts';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { isStoppedBeforeSending } from '../../platform/http/client.ts';
import { maxRetryAfterMs } from '../../platform/http/retry.ts';
import { toMutation } from '../plan/change-kinds.ts';
import type { Item } from '../plan/plan.ts';
import { executeItem, isRefusal } from './execute-item.ts';
import { createKeyOrder } from './key-order.ts';
import { createSemaphore, mapOrdered } from './ordered-pool.ts';
import {
  emptyTotals,
  type ItemResult,
  isDone,
  isFailed,
  summarizeItem,
  type Totals,
  tally,
} from './outcomes.ts';
import type { Recording } from './recording.ts';
import { canResume } from './resumable.ts';

export interface ExecuteOptions {
  /** Items in progress at the same time; 1 when absent. */
  concurrency?: number;
  /**
   * True for a single change of a command that names it. Its error is thrown as it is, and a stop has nothing to finish
   * first.
   */
  isSingle?: boolean;
  /** Makes the request of a change that the plan holds only in part. */
  makeMutation?: typeof toMutation;
  /** Aborted when no further item may begin. Items in progress are finished. */
  stopSignal?: AbortSignal | undefined;
  /** Called when an item ends, in any order; `skipped` when earlier work had done it, or it has nothing to do. */
  onItemEnd?: (end: 'done' | 'failed' | 'skipped') => void;
}

export interface ExecutedItem {
  item: Item;
  result: ItemResult;
}

/** The failures of a run, and why it ended early. */
export interface RunFailures {
  first: AppError | undefined;
  /** True when the hint of the first failure fits all of them. */
  haveSameHint: boolean;
  /** True when one reason explains all failures: there is a single one, or the one that ended the run. */
  haveSameCause: boolean;
  /** The error that ended the run early. */
  stop: AppError | undefined;
  /** True when the run ended after too many failures in a row. */
  gaveUp: boolean;
}

/** The end of a run: how many items ended how, and why. */
export interface RunEnd {
  totals: Totals;
  failures: RunFailures;
  /** True when resuming the run may complete more of it. */
  canResume: boolean;
}

/** A run gives up after this many failures in a row: the cause is then more than a single item. */
export const maxFailuresInARow = 10;

/**
 * Executes a plan that was reviewed and recorded. Yields each item with its result, in the order of the plan, and returns
 * the end of the run. Has to be read to its end, or closed: then it finishes the items in progress and closes the journal.
 *
 * Throws the error of a single change, and whatever keeps the journal from being written.
 */
export async function* executeRun(
  workspace: Workspace,
  { plan, journal, state }: Pick<Recording, 'plan' | 'journal' | 'state'>,
  options: ExecuteOptions = {},
): AsyncGenerator<ExecutedItem, RunEnd> {
  const { concurrency = 1, isSingle = false, makeMutation = toMutation, stopSignal, onItemEnd } = options;
  const { http, signal } = workspace;
  const api = await workspace.api();
  const slots = createSemaphore(concurrency);
  const { inOrder } = createKeyOrder();
  const totals = emptyTotals();
  const failures: RunFailures = {
    first: undefined,
    haveSameHint: true,
    haveSameCause: true,
    stop: undefined,
    gaveUp: false,
  };
  let removed = 0;
  let isResumable = false;
  let failuresInARow = 0;

  function isComplete(index: number, item: Item): boolean {
    return item.steps.every((_, number) => isDone(state?.get(index)?.[number]));
  }

  async function attempt(index: number, item: Item): Promise<ItemResult> {
    const before = state?.get(index);
    // A stop does not change the result of an item that needs nothing.
    if (failures.stop !== undefined || isComplete(index, item)) {
      return summarizeItem(item, before ?? [], plan.head);
    }
    const { result, errors } = await executeItem({
      api,
      journal,
      item,
      index,
      before,
      resumed: state !== undefined,
      isSingle,
      makeMutation,
      head: plan.head,
      slots,
      concurrency,
      stopped: () => failures.stop !== undefined,
      done(step) {
        if (step.do === 'delete-assignment') removed += 1;
      },
      failed(error) {
        if (endsRun(error)) failures.stop ??= error;
      },
    });
    const [error] = errors;
    if (error !== undefined && isStoppedBeforeSending(error)) return result;
    isResumable ||= canResume(errors);
    failuresInARow = error === undefined ? 0 : failuresInARow + 1;
    if (error === undefined) return result;
    // The person who resumes a run has seen the refusals and wants the rest.
    if (state !== undefined && isRefusal(error)) failuresInARow = 0;
    if (isSingle) throw error;
    noteFailure(error);
    return result;
  }

  function noteFailure(error: AppError): void {
    failures.first ??= error;
    failures.haveSameHint &&= error.hint === failures.first.hint;
    failures.haveSameCause &&= error.kind === failures.first.kind && error.code === failures.first.code;
    if (failuresInARow >= maxFailuresInARow && failures.stop === undefined) {
      failures.stop = error;
      failures.gaveUp = true;
    }
    if (signal.aborted) failures.stop ??= error;
  }

  async function resultOf(index: number, item: Item): Promise<ItemResult> {
    const result = await inOrder(item, () => attempt(index, item));
    const end = isComplete(index, item) ? 'skipped' : 'done';
    if (result.outcome !== 'not tried') onItemEnd?.(isFailed(result) ? 'failed' : end);
    return result;
  }

  const stopEarly = () => {
    failures.stop ??= new AppError('cancelled', 'Stopped');
  };
  const outerMayLeave = http.beforeSend;
  // Each waiting request listens to the signal, and Node warns of more than ten listeners.
  setMaxListeners(0, signal);
  stopSignal?.addEventListener('abort', stopEarly);
  http.beforeSend = () => {
    outerMayLeave?.();
    journal.check();
  };
  http.patient = !isSingle;
  try {
    if (stopSignal?.aborted) stopEarly();
    for await (const executed of mapOrdered(plan.items(), concurrency * 2, resultOf)) {
      tally(totals, executed.result);
      yield executed;
    }
  } finally {
    stopSignal?.removeEventListener('abort', stopEarly);
    http.beforeSend = outerMayLeave;
    http.patient = false;
    await journal.close();
    if (removed > 0) await subtractRemovedAssignments(workspace, removed);
  }
  // The number of items that were in progress when the cause came is no part of it.
  failures.haveSameCause = totals.failed === 1 || (failures.haveSameCause && isEnding(failures.stop));
  return { totals, failures, canResume: isResumable || totals.notTried > 0 };
}

function isEnding(stop: AppError | undefined): boolean {
  return stop !== undefined && endsRun(stop);
}

/** True for errors that every later request would get as well. */
function endsRun({ kind, code, retryAfterMs: retryAfter = 0 }: AppError): boolean {
  if (retryAfter > maxRetryAfterMs) return true;
  return kind === 'auth' || kind === 'cancelled' || (kind === 'forbidden' && code === 20003);
}
