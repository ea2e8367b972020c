import type { Api } from '../../organization/workspace/api.ts';
import { AppError } from '../../platform/core/errors.ts';
import { mapConcurrently } from '../../platform/core/side-by-side.ts';
import { isStoppedBeforeSending, notSentError } from '../../platform/http/client.ts';
import type { SendPermit } from '../../platform/http/types.ts';
import { isBusinessRule } from '../../twilio/execute-once.ts';
import type { Mutation } from '../../twilio/mutation.ts';
import type { Change, ChangeResult, Sent } from '../plan/change.ts';
import { checkStatus, kindOf, type toMutation } from '../plan/change-kinds.ts';
import type { Item, Plan } from '../plan/plan.ts';
import type { Journal } from './journal.ts';
import type { Semaphore } from './ordered-pool.ts';
import { type ChangeEnd, type ItemResult, isDone, summarizeItem } from './outcomes.ts';
import type { Intent, Outcome } from './records.ts';

export interface ItemExecution {
  api: Api;
  journal: Journal;
  item: Item;
  index: number;
  before: (Intent | Outcome)[] | undefined;
  resumed: boolean;
  /** True for a single change of a command that names it: its refusal is thrown as it is. */
  isSingle: boolean;
  /** Makes the request of a change. */
  makeMutation: typeof toMutation;
  head: Plan['head'];
  slots: Semaphore;
  /** Changes of the item in progress at the same time, at most. */
  concurrency: number;
  /** True when no further item may begin. */
  stopped: () => boolean;
  /** Called after each change that is done. */
  done: (step: Change) => void;
  /** Called for each failure before the next request may be sent. */
  failed: (error: AppError) => void;
}

/**
 * Makes the changes of an item in their order, up to the first that fails unless the item continues on failure. Roles of the same
 * item are given, or taken away, side by side.
 */
export async function executeItem(work: ItemExecution): Promise<{ result: ItemResult; errors: AppError[] }> {
  const { item, before, head, concurrency } = work;
  const progress: Progress = { begun: new Set() };
  let madeUser: string | undefined;
  let isStopped = false;
  const errors: (AppError | undefined)[] = [];
  const ends: ChangeEnd[] = [];
  const objects: unknown[] = [];
  async function attempt(number: number): Promise<void> {
    const needed = item.needs?.[number];
    if (isStopped || (needed !== undefined && !isDone(ends[needed]))) return;
    const earlier = before?.[number];
    const { end, error, object }: Ended = isDone(earlier)
      ? { end: earlier }
      : await triedStep({ ...work, progress }, number, madeUser);
    ends[number] = end;
    objects[number] = object;
    errors[number] = error;
    if (item.steps[number]?.do === 'create-user') madeUser = end.sid;
    // Twilio forbids the whole, such as deactivating the Owner, so the rest is not tried.
    const continues = item.independent && error?.kind !== 'cancelled' && error?.kind !== 'forbidden';
    isStopped ||= error !== undefined && !continues;
  }
  for (const numbers of stepsSideBySide(item)) {
    await mapConcurrently(numbers, concurrency, attempt);
    // A stop lets an item finish that is past its first changes, also one that was resumed.
    for (const number of numbers) progress.begun.add(number);
  }
  const failures = errors.filter((error) => error !== undefined);
  return { result: { ...summarizeItem(item, ends, head), objects }, errors: failures };
}

/** The steps by number, in groups: those of a group need neither one another nor an order. */
function stepsSideBySide({ steps, needs = {} }: Item): number[][] {
  const groups: number[][] = [];
  for (const [number, step] of steps.entries()) {
    const group = groups.at(-1);
    const [first = 0] = group ?? [];
    const isAlike = step.do === 'create-assignment' || step.do === 'delete-assignment';
    const waits = (needs[number] ?? -1) >= first;
    if (group !== undefined && isAlike && steps[first]?.do === step.do && !waits) group.push(number);
    else groups.push([number]);
  }
  return groups;
}

/** The progress of an item. */
interface Progress {
  /** The changes that were sent, by number. A stop lets their item finish. */
  begun: Set<number>;
}

type StepExecution = ItemExecution & { progress: Progress };

type Ended = { end: Omit<Outcome, 'item' | 'step' | 'at'>; error?: AppError; object?: unknown };

/** Makes one change and records its outcome. */
async function triedStep(work: StepExecution, number: number, madeUser: string | undefined): Promise<Ended> {
  try {
    const { made, object } = await stepDone(work, number, madeUser);
    work.done(work.item.steps[number] as Change);
    return { end: { type: 'outcome', status: 'done', ...made }, object };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const status = statusOf(error);
    const isRequest = work.item.steps[number]?.do === 'send-request';
    const reason = isRequest ? withoutWords(error) : error.message;
    const response = isRequest ? responseOf(error) : {};
    await work.journal.outcome(work.index, number, { status, reason, ...response });
    return { end: { type: 'outcome', status, reason, ...response }, error };
  }
}

/** The reason why a request of `api` failed. Twilio's message may quote the body or the query, which are not recorded. */
function withoutWords({ kind, status, code }: AppError): string {
  const parts = [kind.replaceAll('-', ' ')];
  if (status !== undefined) parts.push(`status ${status}`);
  if (code !== undefined) parts.push(`Twilio error ${code}`);
  return parts.join(', ');
}

function responseOf({ status, requestId }: AppError): ChangeResult {
  return {
    ...(status === undefined ? {} : { http_status: status }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

/** Sends one change, and records the intent before and the outcome after it. */
async function stepDone(work: StepExecution, number: number, madeUser: string | undefined): Promise<Sent> {
  const { api, journal, item, index, before, resumed } = work;
  let step = item.steps[number] as Item['steps'][number];
  if (resumed && kindOf(step).isVerifiable(step)) {
    const standing = await checkStatus(step, madeUser, api);
    if (standing.is === 'superseded')
      throw new AppError('conflict', standing.why, {
        hint: 'Check the current state, then plan again what is still needed',
      });
    if (standing.is === 'done') {
      const made: ChangeResult = mayBeSent(before?.[number])
        ? standing.made
        : { ...standing.made, found: true };
      await journal.outcome(index, number, { status: 'done', ...made });
      return { made, object: standing.object };
    }
    step = standing.step;
  }
  const made = work.makeMutation(step, madeUser);
  const write = { ...made, request: { ...made.request, permit: permitOf(work, number) } };
  await journal.intent(index, number);
  const result = await sentOrFound(work, step, write, madeUser);
  await journal.outcome(index, number, { status: 'done', ...result.made });
  return result;
}

/** True when the change may have been sent before, so that the current state may be its own effect. */
function mayBeSent(before: Intent | Outcome | undefined): boolean {
  return before?.type === 'intent' || before?.status === 'unknown';
}

/**
 * Sends a request. A refusal is followed by one look: another run may have made the same change since the plan was made. A change
 * that holds is done, and is recorded as found, so that an undo leaves it to the others.
 */
async function sentOrFound(
  work: StepExecution,
  step: Change,
  write: Mutation<Sent>,
  madeUser: string | undefined,
): Promise<Sent> {
  try {
    return await sent(work, write);
  } catch (error) {
    if (work.isSingle || !(error instanceof AppError) || !mayAlreadyHold(error, step)) throw error;
    const status = await checkStatus(step, madeUser, work.api).catch((failure: unknown) => {
      // The refusal says more than an error of the look.
      if (failure instanceof AppError) throw error;
      throw failure;
    });
    if (status.is !== 'done') throw error;
    return { made: { ...status.made, found: true }, object: status.object };
  }
}

/** True for a refusal after which the change may hold nevertheless. Refused business rules were looked up before. */
function mayAlreadyHold(error: AppError, step: Change): boolean {
  if (step.do === 'send-request' || !kindOf(step).isVerifiable(step)) return false;
  return isRefusal(error) && !isBusinessRule(error);
}

/** A stop keeps new items from beginning, also where they wait for the rate limiter, and lets those in progress finish. */
function permitOf({ stopped, progress: { begun } }: StepExecution, number: number): SendPermit {
  return {
    // One that was refused by the rate limit, and would be sent again, has not begun.
    isValid: () => !stopped() || [...begun].some((other) => other !== number),
    onUse: () => void begun.add(number),
  };
}

/** Sends a request when a slot is free. */
async function sent({ api, slots, failed }: StepExecution, write: Mutation<Sent>): Promise<Sent> {
  await slots.acquire();
  try {
    if (write.request.permit?.isValid() === false) throw notSentError;
    return await api.write(write);
  } catch (error) {
    if (error instanceof AppError) failed(error);
    throw error;
  } finally {
    slots.release();
  }
}

/** True when Twilio refused this one change, or somebody else has changed the same thing. */
export function isRefusal({ kind, outcome, status = 0 }: AppError): boolean {
  if (kind === 'temporary' || kind === 'auth' || outcome === 'unknown') return false;
  if (kind === 'conflict') return true;
  return status >= 400 && status < 500;
}

/** The journal's word for an error. An error that kept only its own change from being sent counts as failed. */
function statusOf(error: AppError): Outcome['status'] {
  if (isStoppedBeforeSending(error)) return 'not sent';
  return error.outcome === 'unknown' ? 'unknown' : 'failed';
}
