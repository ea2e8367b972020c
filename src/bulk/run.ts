import type { Write } from '../api/writes.ts';
import { withLock } from '../config/lock.ts';
import type { Api, Context } from '../context.ts';
import { AppError, isReaderGone } from '../errors.ts';
import type { View } from '../terminal/output.ts';
import { createProgress, noProgress, type Progress as ProgressLine } from '../terminal/progress.ts';
import {
  type Intent,
  itemsIn,
  type Journal,
  type KeptRun,
  newRunHead,
  noJournal,
  type Outcome,
  openJournal,
  type Progress,
  runFile,
  startJournal,
} from './journal.ts';
import { changesIn, type Item, outcomeOf, type Plan } from './plan.ts';
import { count, isDone, noTotals, type Result, summary, type Totals } from './report.ts';
import { described, type Made, standingOf, writeOf } from './steps.ts';

export interface RunOptions {
  view: View;
  /** Whether rows are printed; they are, unless a report comes in their place. */
  rows?: boolean;
  /** Whether the closing summary is said; it is by commands that take lists. */
  summary?: boolean;
  /** How many items are worked on at the same time. */
  concurrency?: number;
  /** Told of every item once, in the order of the plan, before its row is printed. */
  onResult?: (item: Item, result: Result) => Promise<void> | void;
}

/** Failures in a row after which a run gives up: whatever is broken is not the single item. */
const enough = 10;

/** Carries out a plan that was checked and agreed to. A plan of several steps is written to a journal first. */
export async function carryOut(
  ctx: Context,
  plan: Plan,
  options: RunOptions,
  undoes?: string,
): Promise<void> {
  const { now } = ctx.runtime;
  if (changesIn(plan) < 2) return work(ctx, { plan, journal: noJournal }, options);
  const head = await newRunHead(plan.head, now(), undoes);
  const file = runFile(ctx.configDir, head.run);
  const journal = await startJournal(ctx.configDir, head, plan, {
    now,
    warn: (text) => ctx.messages.warn(text),
  });
  // What is in the file is what is carried out, however the plan was made.
  const kept = { ...plan, items: () => itemsIn(file) };
  await withLock(file, () => work(ctx, { plan: kept, journal, run: head.run }, options));
}

/** Goes on with a run: what is done stays so, and everything else is looked at before it is sent. */
export async function goOn(ctx: Context, file: string, kept: KeptRun, options: RunOptions): Promise<void> {
  const journal = await openJournal(file, ctx.runtime.now);
  await work(ctx, { plan: kept.plan, journal, run: kept.head.run, progress: kept.progress }, options);
}

interface Work {
  plan: Plan;
  journal: Journal;
  /** Absent when nothing is written down. */
  run?: string;
  /** How far it got before; absent at the first time. */
  progress?: Progress;
}

async function work(
  ctx: Context,
  { plan, journal, run, progress }: Work,
  options: RunOptions,
): Promise<void> {
  const api = await ctx.api();
  const { view, onResult } = options;
  const totals = noTotals();
  let first: AppError | undefined;
  let inARow = 0;
  /** Why nothing more is begun. */
  let stop: AppError | undefined;
  const soften = run === undefined ? undefined : ctx.runtime.onFirstStop;
  const release = soften?.(() => {
    stop ??= new AppError('cancelled', 'Stopped');
    ctx.messages.say('Stopping: what is under way is finished first; once more stops at once');
  });

  const concurrency = options.concurrency ?? 1;
  const slots = createSlots(concurrency);

  async function resultOf(index: number, item: Item): Promise<Result> {
    if (stop !== undefined) return { outcome: 'not tried' };
    const before = progress?.get(index);
    const { result, error } = await itemDone({
      api,
      journal,
      item,
      index,
      before,
      resumed: progress !== undefined,
      head: plan.head,
      slots,
      stopped: () => stop !== undefined,
      failed(error) {
        if (endsAll(error)) stop ??= error;
      },
    });
    if (error === notSent) return result;
    inARow = error === undefined ? 0 : inARow + 1;
    if (error === undefined) return result;
    // The only change there is: its error says everything.
    if (plan.size === 1 && run === undefined) throw error;
    first ??= error;
    if (inARow >= enough) stop ??= error;
    if (ctx.runtime.signal.aborted) stop ??= error;
    return result;
  }

  const line = run === undefined ? noProgress : progressFor(ctx);
  async function* rows() {
    for await (const [item, result] of inOrder(plan.items(), concurrency * 2, resultOf)) {
      count(totals, result);
      await onResult?.(item, result);
      line.clear();
      yield shown(view, item, result);
      const { failed, notTried, created, changed, unchanged } = totals;
      line.update({
        done: created + changed + unchanged + failed,
        failed: failed + notTried,
        all: plan.size,
      });
    }
  }

  const outcomes = rows();
  try {
    // Without a `return`, so that output that fails does not end the changes.
    if (options.rows === false) for await (const _ of outcomes);
    else await ctx.out.list(view, { [Symbol.asyncIterator]: () => ({ next: () => outcomes.next() }) });
  } catch (error) {
    for await (const _ of outcomes);
    if (first === undefined || !isReaderGone(error)) throw error;
  } finally {
    line.clear();
    release?.();
    await journal.close();
  }
  if (options.summary) ctx.messages.note(summary(totals, plan.size));
  const failure = failureOf(totals, plan, { first, stop, run });
  if (failure !== undefined) throw failure;
}

/** The line of a run, for those who want to see one. */
function progressFor(ctx: Context): ProgressLine {
  const { stderr, env, now } = ctx.runtime;
  if (ctx.flags.quiet) return noProgress;
  const live = stderr.isTTY === true && env.TERM !== 'dumb' && !env.CI;
  return createProgress({ stderr, live, now });
}

/** Of an item and what came of it, what the view knows. */
function shown(view: View, item: Item, result: Result): Record<string, unknown> {
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
function endsAll({ kind, code }: AppError): boolean {
  return kind === 'auth' || kind === 'cancelled' || (kind === 'forbidden' && code === 20003);
}

function failureOf(
  totals: Totals,
  plan: Plan,
  { first, stop, run }: { first: AppError | undefined; stop: AppError | undefined; run: string | undefined },
): AppError | undefined {
  const left = totals.failed + totals.notTried;
  if (left === 0) return undefined;
  const resume = run === undefined ? undefined : `Go on with: twilio-org runs resume ${run}`;
  const done = plan.size - left;
  if (stop?.kind === 'cancelled') {
    return new AppError('cancelled', `Stopped: ${done} of ${plan.size} are done`, {
      hint: resume ?? first?.hint,
    });
  }
  // Nothing has changed, for one reason.
  if (first !== undefined && done === 0 && totals.failed === 1) {
    if (resume === undefined) return first;
    const { kind, message, hint, ...more } = first;
    return new AppError(kind, message, { ...more, hint: hint === undefined ? resume : `${hint}. ${resume}` });
  }
  const why = first?.hint ?? 'The list above says for each what happened';
  return new AppError('partial', `${left} of ${plan.size} were not ${plan.head.done ?? 'done'}`, {
    hint: resume === undefined ? why : `${why}. ${resume}`,
  });
}

interface ItemWork {
  api: Api;
  journal: Journal;
  item: Item;
  index: number;
  before: (Intent | Outcome)[] | undefined;
  resumed: boolean;
  head: Plan['head'];
  slots: Slots;
  /** Whether nothing more is to be sent. */
  stopped: () => boolean;
  /** Told of each failure before the next may be sent. */
  failed: (error: AppError) => void;
}

/** What an item ends with that was about to be sent when the run was stopped. */
const notSent = new AppError('cancelled', 'It was not sent');

/** So many may send at the same time. What is done before and after sending, such as writing it down, needs no slot. */
interface Slots {
  take(): Promise<void>;
  free(): void;
}

function createSlots(count: number): Slots {
  let left = count;
  const waiting: (() => void)[] = [];
  return {
    async take() {
      if (left > 0) left -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    free() {
      const next = waiting.shift();
      if (next === undefined) left += 1;
      else next();
    },
  };
}

/** Takes an item through its steps, as far as they go. */
async function itemDone(work: ItemWork): Promise<{ result: Result; error?: AppError }> {
  const { item, before, head } = work;
  let madeUser: string | undefined;
  let sid = item.sid;
  const failures: { number: number; error: AppError }[] = [];
  for (const [number, step] of item.steps.entries()) {
    const earlier = before?.[number];
    const made =
      earlier?.type === 'outcome' && isDone(earlier) ? earlier : await triedStep(work, number, madeUser);
    if (made instanceof AppError) {
      failures.push({ number, error: made });
      if (item.independent && made.kind !== 'cancelled') continue;
      break;
    }
    if (step.do === 'create-user') madeUser = made.sid;
    sid ??= made.sid;
  }
  const [first] = failures;
  if (first?.error === notSent) return { result: { outcome: 'not tried' }, error: notSent };
  if (first === undefined) return { result: { outcome: outcomeOf(item, head), sid, reason: item.note } };
  const unknown = failures.some(({ error }) => isUnknown(error));
  const reason = failures.map(({ number, error }) => reasonOf(item, number, error)).join('; ');
  return { result: { outcome: unknown ? 'unknown' : 'failed', sid, reason }, error: first.error };
}

/** The step's outcome, or the error that it ended with, written down as well. */
async function triedStep(
  work: ItemWork,
  number: number,
  madeUser: string | undefined,
): Promise<Made | AppError> {
  try {
    return await stepDone(work, number, madeUser);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const status = error === notSent ? 'not sent' : isUnknown(error) ? 'unknown' : 'failed';
    await work.journal.outcome(work.index, number, { status, reason: error.message });
    return error;
  }
}

/** Sends one step and writes down before and after what happens. */
async function stepDone(work: ItemWork, number: number, madeUser: string | undefined): Promise<Made> {
  const { api, journal, item, index, resumed } = work;
  let step = item.steps[number] as Item['steps'][number];
  if (resumed) {
    const standing = await standingOf(step, madeUser, api);
    if (standing.is === 'overtaken')
      throw new AppError('conflict', standing.why, {
        hint: 'Look at it, and plan again what is still wanted',
      });
    if (standing.is === 'done') {
      await journal.outcome(index, number, { status: 'done', ...standing.made });
      return standing.made;
    }
    step = standing.step;
  }
  await journal.intent(index, number);
  const made = await sent(work, number, writeOf(step, madeUser));
  await journal.outcome(index, number, { status: 'done', ...made });
  return made;
}

/** An item that has begun is finished, also when the run is to stop. */
async function sent(
  { api, slots, stopped, failed }: ItemWork,
  number: number,
  write: Write<Made>,
): Promise<Made> {
  await slots.take();
  try {
    if (number === 0 && stopped()) throw notSent;
    return await api.write(write);
  } catch (error) {
    if (error instanceof AppError) failed(error);
    throw error;
  } finally {
    slots.free();
  }
}

function isUnknown(error: AppError): boolean {
  // What was cancelled before it left says no more than that.
  return error.kind === 'unknown-outcome' || (error.kind === 'cancelled' && error.hint !== undefined);
}

/** Says how far the item got, when some of its steps are done. */
function reasonOf(item: Item, number: number, error: AppError): string {
  const step = item.steps[number];
  if (step === undefined || item.steps.length === 1) return error.message;
  return `${described(step)}: ${error.message}`;
}

/** How many results may wait for an earlier one that takes its time. */
const longestQueue = 1000;

/** Works on up to `concurrency` items at a time and gives the results in the order of the items. */
async function* inOrder<T>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  resultOf: (index: number, item: T) => Promise<Result>,
): AsyncGenerator<[T, Result]> {
  const queue: Promise<[T, Result]>[] = [];
  let busy = 0;
  let ended = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const changed = () => new Promise<void>((resolve) => waiting.push(resolve));
  async function begin(): Promise<void> {
    let index = 0;
    for await (const item of items) {
      while (!ended && (busy >= concurrency || queue.length >= longestQueue)) await changed();
      if (ended) return;
      busy += 1;
      const result = resultOf(index++, item).finally(() => {
        busy -= 1;
        wake();
      });
      const entry = result.then((value): [T, Result] => [item, value]);
      entry.catch(() => undefined);
      queue.push(entry);
      wake();
    }
  }
  const beginning = begin().finally(() => {
    ended = true;
    wake();
  });
  beginning.catch(() => undefined);
  try {
    for (;;) {
      const next = queue[0];
      if (next !== undefined) {
        const value = await next;
        queue.shift();
        wake();
        yield value;
      } else if (ended) break;
      else await changed();
    }
    await beginning;
  } finally {
    // What is under way is finished before anybody closes the journal.
    ended = true;
    wake();
    await Promise.allSettled([beginning, ...queue]);
  }
}
