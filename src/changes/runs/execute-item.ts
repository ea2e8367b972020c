import type { Api } from '../../organization/workspace/api.ts';
import { AppError } from '../../platform/core/errors.ts';
import { isStoppedBeforeSending, notSentError } from '../../platform/http/client.ts';
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
  /** Makes the request of a step. */
  makeMutation: typeof toMutation;
  head: Plan['head'];
  slots: Semaphore;
  /** Whether nothing more is to be sent. */
  stopped: () => boolean;
  /** Told of each step that holds now. */
  done: (step: Change) => void;
  /** Told of each failure before the next may be sent. */
  failed: (error: AppError) => void;
}

/** Takes an item through its steps, as far as they go. */
export async function executeItem(work: ItemExecution): Promise<{ result: ItemResult; errors: AppError[] }> {
  const { item, before, head } = work;
  let madeUser: string | undefined;
  const errors: AppError[] = [];
  const ends: ChangeEnd[] = [];
  const objects: unknown[] = [];
  for (const [number, step] of item.steps.entries()) {
    const needed = item.needs?.[number];
    if (needed !== undefined && !isDone(ends[needed])) continue;
    const earlier = before?.[number];
    const { end, error, object }: Ended = isDone(earlier)
      ? { end: earlier }
      : await triedStep(work, number, madeUser);
    ends[number] = end;
    objects[number] = object;
    if (step.do === 'create-user') madeUser = end.sid;
    if (error !== undefined) errors.push(error);
    // What Twilio forbids, such as to deactivate the Owner, is not to be done by half.
    const goesOn = item.independent && error?.kind !== 'cancelled' && error?.kind !== 'forbidden';
    if (error !== undefined && !goesOn) break;
  }
  return { result: { ...summarizeItem(item, ends, head), objects }, errors };
}

type Ended = { end: Omit<Outcome, 'item' | 'step' | 'at'>; error?: AppError; object?: unknown };

/** How the step ended, written down as well. */
async function triedStep(work: ItemExecution, number: number, madeUser: string | undefined): Promise<Ended> {
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

/** Why a request of `api` failed. Twilio's own words may quote the body or the query, which are not kept. */
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

/** Sends one step and writes down before and after what happens. */
async function stepDone(work: ItemExecution, number: number, madeUser: string | undefined): Promise<Sent> {
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
  const write = work.makeMutation(step, madeUser);
  await journal.intent(index, number);
  const result = await sent(work, number, write);
  await journal.outcome(index, number, { status: 'done', ...result.made });
  return result;
}

/** Whether what is there now may be the step's own effect. */
function mayBeSent(before: Intent | Outcome | undefined): boolean {
  return before?.type === 'intent' || before?.status === 'unknown';
}

/** An item that has begun is finished, also when the run is to stop. */
async function sent(
  { api, slots, stopped, failed }: ItemExecution,
  number: number,
  write: Mutation<Sent>,
): Promise<Sent> {
  await slots.acquire();
  try {
    if (number === 0 && stopped()) throw notSentError;
    return await api.write(write);
  } catch (error) {
    if (error instanceof AppError) failed(error);
    throw error;
  } finally {
    slots.release();
  }
}

/** The journal's word for an error. An error that only kept its own step from being sent counts as failed. */
function statusOf(error: AppError): Outcome['status'] {
  if (isStoppedBeforeSending(error)) return 'not sent';
  return error.outcome === 'unknown' ? 'unknown' : 'failed';
}
