import { AppError } from '../platform/core/errors.ts';
import { outcomeUnknownHint } from '../platform/http/network-errors.ts';
import type { HttpRequest, HttpResponse } from '../platform/http/types.ts';

/**
 * The error to say when not Twilio has answered but something in between: a network that wants a sign-in (status 511:
 * RFC 6585, section 6), a redirect, a web page, or a status that no success of Twilio's has. A page with a server fault is left to those who know how to go on after one.
 * Undefined when it may well have been Twilio.
 *
 * @param write whether the request was to change something
 */
export function detectForeignResponse(
  answer: HttpResponse,
  { method, url }: Pick<HttpRequest, 'method' | 'url'>,
  write: boolean,
): AppError | undefined {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    return new AppError(
      write ? 'unknown-outcome' : 'failure',
      `${url.origin} answered with a redirect, which is not followed`,
      {
        hint: write
          ? outcomeUnknownHint
          : 'Check the address it was asked for: TWILIO_ORG_API_URL, TWILIO_ORG_OAUTH_URL, and any proxy in between',
        status,
      },
    );
  }
  if (status === 511) {
    return new AppError(
      'failure',
      `The network wants a sign-in before it lets anything through to ${url.origin}`,
      {
        hint: 'Open any page in a browser to sign in, then run this again',
        outcome: 'refused',
        status,
      },
    );
  }
  if (!isHtml(answer)) return unexpectedStatus(status, method, url, write);
  if (status >= 500 || status === 429 || status === 408) return undefined;
  const outcomeUnknown = write && status < 400;
  return new AppError(
    outcomeUnknown ? 'unknown-outcome' : 'failure',
    `A web page came from ${url.origin}${url.pathname} where Twilio sends data (status ${status})`,
    {
      hint: outcomeUnknown
        ? `Something answers in Twilio's place, such as a proxy. ${outcomeUnknownHint}`
        : "Something answers in Twilio's place, such as a proxy or a network that wants a sign-in: open any page in a browser to see, then run this again",
      outcome: status >= 400 ? 'refused' : undefined,
      status,
    },
  );
}

/**
 * Success is 200, 201 for what may create something, or 204. Others are no whole answer to the request: 202 (accepted, not
 * done), 203 (changed by a proxy), 206 (a part, and none was asked for), or no status at all, such as 099.
 */
function unexpectedStatus(status: number, method: string, url: URL, write: boolean): AppError | undefined {
  if (status >= 400 || status === 200 || status === 204) return undefined;
  if (status === 201 && /^(POST|PUT|PATCH)$/.test(method)) return undefined;
  const shown = String(status).padStart(3, '0');
  const message = `${url.origin}${url.pathname} answered ${method} with status ${shown}, which is not what Twilio sends on success`;
  return new AppError(write ? 'unknown-outcome' : 'failure', message, {
    hint: write ? outcomeUnknownHint : "Something may be answering in Twilio's place: --debug shows more",
    status,
  });
}

export function isHtml({ headers, text }: HttpResponse): boolean {
  if (!/^\s*</.test(text)) return false;
  return /html/i.test(headers.get('content-type') ?? '') || /<(?:!doctype\s+)?html\b/i.test(text);
}
