import { AppError } from '../platform/core/errors.ts';
import { sendWithRetries } from '../platform/http/client.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import { detectForeignResponse, isHtml } from '../twilio/foreign-response.ts';
import { fromError, ok, unknown, type Verdict, warning } from './finding.ts';

export interface Reachability {
  verdict: Verdict;
  /** How far this machine's clock is ahead of the origin's, in milliseconds; undefined when that is not known. */
  ahead: number | undefined;
}

/** Asks without a login: any answer shows that the way there is open. */
export async function checkReachable(origin: string, path: string, http: HttpOptions): Promise<Reachability> {
  const sent = http.now();
  try {
    const request = { method: 'GET', url: new URL(path, origin), headers: {}, repeatable: true };
    const answer = await sendWithRetries(request, http);
    const received = http.now();
    const other = detectForeignResponse(answer, request, false);
    // The token endpoint is not made for GET: what it says to that may well be a page.
    if (other !== undefined && !(isHtml(answer) && answer.status >= 400)) throw other;
    const proxy = http.transportFor?.(request.url).proxy;
    const by = proxy === undefined ? '' : ` through the proxy ${proxy.shown}`;
    // The header has whole seconds: on average half of one has passed since.
    const theirs = Date.parse(answer.headers.get('date') ?? '') + 500;
    return {
      verdict: ok(`${origin} answered${by} within ${received - sent} ms`),
      ahead: Number.isNaN(theirs) ? undefined : (sent + received) / 2 - theirs,
    };
  } catch (error) {
    // A redirect or a web page has a status: it is an answer, but hardly Twilio's.
    const answered = error instanceof AppError && error.status !== undefined;
    return { verdict: fromError(error, answered ? 'warning' : 'problem'), ahead: undefined };
  }
}

/** A difference that no slow answer explains; milliseconds. */
const tolerance = 60_000;

export function checkClock(ahead: number | undefined): Verdict {
  if (ahead === undefined) return unknown("No answer told Twilio's time");
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (Math.abs(ahead) <= tolerance) return ok(`Within ${seconds + 1} s of Twilio's`);
  return warning(
    `This machine's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} Twilio's`,
    'Set the clock: times are shown wrong, and certificates may seem not to be valid',
  );
}
