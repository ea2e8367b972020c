import type { ApiRequest } from '../api/transport.ts';
import type { Api, Context } from '../context.ts';
import { AppError, type ErrorKind, isReaderGone } from '../errors.ts';
import { createOutput, type View } from '../terminal/output.ts';

const requestView: View = {
  fields: ['method', 'url', 'headers', 'body'],
  columns: ['method', 'url', 'body'],
};

/** Under `--dry-run`, shows the requests instead of sending them; tells whether it did. */
export async function onlyShown(ctx: Context, api: Api, requests: readonly ApiRequest[]): Promise<boolean> {
  if (!ctx.flags.dryRun) return false;
  const shown = requests.map(({ method, path, headers, body }) => ({
    method,
    url: new URL(path, api.url).href,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  }));
  // `--fields` is about the result, which there is none of.
  const { out, runtime, flags } = ctx;
  const whole = () => createOutput({ stdout: runtime.stdout, format: out.format, color: false });
  await (flags.fields === undefined ? out : whole()).list(requestView, shown);
  ctx.messages.note(
    requests.length === 0 ? 'Dry run: nothing to send, it holds already' : 'Dry run: nothing was changed',
  );
  return true;
}

/** One of several changes of the same kind. */
export interface Change {
  /** What identifies it in the report: the first columns of its row. */
  row: Record<string, unknown>;
  /** Absent when it already holds. */
  request: ApiRequest | undefined;
}

/**
 * Makes the changes one by one and reports each as a row with its outcome. One that fails does not stop the others,
 * unless the credentials failed or the program is to end: then the rest is reported as not tried. Nor does a reader
 * that goes away.
 *
 * @param done the outcome of a change that was made, such as `deactivated`
 */
export async function makeChanges(
  ctx: Context,
  view: View,
  changes: readonly Change[],
  done: string,
): Promise<void> {
  const api = await ctx.api();
  const requests = changes.flatMap(({ request }) => request ?? []);
  if (await onlyShown(ctx, api, requests)) return;
  const failures: AppError[] = [];
  let stopped = false;
  let notTried = 0;
  async function* rows() {
    for (const { row, request } of changes) {
      if (stopped) {
        notTried += 1;
        yield { ...row, outcome: 'not tried' };
      } else if (request === undefined) {
        yield { ...row, outcome: 'unchanged' };
      } else {
        const failure = await failureOf(api.send(request));
        if (failure === undefined) {
          yield { ...row, outcome: done };
          continue;
        }
        failures.push(failure);
        stopped = failure.kind === 'auth' || failure.kind === 'cancelled';
        // The only change there is: its error says everything.
        if (changes.length === 1) throw failure;
        yield { ...row, outcome: outcomeOf[failure.kind] ?? 'failed', reason: failure.message };
      }
    }
  }
  const outcomes = rows();
  try {
    // Without a `return`, so that output that fails does not end the changes.
    await ctx.out.list(view, { [Symbol.asyncIterator]: () => ({ next: () => outcomes.next() }) });
  } catch (error) {
    for await (const _ of outcomes);
    if (failures.length === 0 || !isReaderGone(error)) throw error;
  }
  if (failures.length === 0) return;
  const cancelled = failures.find((failure) => failure.kind === 'cancelled');
  if (cancelled !== undefined) throw cancelled;
  throw new AppError('partial', `${failures.length + notTried} of ${changes.length} were not ${done}`, {
    hint: failures[0]?.hint ?? 'The list above says for each what happened',
  });
}

const outcomeOf: Partial<Record<ErrorKind, string>> = {
  'unknown-outcome': 'unknown',
  cancelled: 'cancelled',
};

async function failureOf(sent: Promise<unknown>): Promise<AppError | undefined> {
  try {
    await sent;
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
