import { AppError } from '../platform/core/errors.ts';
import { sendWithRetries } from '../platform/http/client.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import { detectForeignResponse, isHtml } from '../twilio/foreign-response.ts';
import { fromError, ok, unknown, type Verdict, warning } from './finding.ts';

export interface Reachability {
  verdict: Verdict;
  /** Milliseconds by which this machine's clock is ahead of the origin's; undefined if unknown. */
  clockAheadMs: number | undefined;
}

/** Sends a request without a login. Any response counts: it shows that the origin can be reached. */
export async function checkReachable(origin: string, path: string, http: HttpOptions): Promise<Reachability> {
  const sent = http.now();
  try {
    const request = { method: 'GET', url: new URL(path, origin), headers: {}, repeatable: true };
    const response = await sendWithRetries(request, http);
    const received = http.now();
    const other = detectForeignResponse(response, request, false);
    // The token endpoint does not support GET and may respond with a web page.
    if (other !== undefined && !(isHtml(response) && response.status >= 400)) throw other;
    const proxy = http.transportFor?.(request.url).proxy;
    const by = proxy === undefined ? '' : ` through the proxy ${proxy.shown}`;
    // The header has whole seconds, so its time is half a second old on average.
    const theirMs = Date.parse(response.headers.get('date') ?? '') + 500;
    return {
      verdict: ok(`${origin} responded${by} within ${received - sent} ms`),
      clockAheadMs: Number.isNaN(theirMs) ? undefined : (sent + received) / 2 - theirMs,
    };
  } catch (error) {
    // A redirect or a web page is a response, but probably not Twilio's.
    const responded = error instanceof AppError && error.status !== undefined;
    return { verdict: fromError(error, responded ? 'warning' : 'problem'), clockAheadMs: undefined };
  }
}

/** A difference beyond what a slow response explains. */
const clockToleranceMs = 60_000;

export function checkClock(aheadMs: number | undefined): Verdict {
  if (aheadMs === undefined) return unknown("No response had Twilio's time");
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= clockToleranceMs) return ok(`Within ${seconds + 1} s of Twilio's`);
  return warning(
    `This machine's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} Twilio's`,
    'Set the clock: times are shown wrong, and valid certificates may be refused',
  );
}
