import { AppError } from '../platform/core/errors.ts';
import { outcomeUnknownHint } from '../platform/http/network-errors.ts';
import type { HttpRequest, HttpResponse } from '../platform/http/types.ts';

/**
 * The error for a response that came from something other than Twilio: a network that requires a sign-in (status 511: RFC
 * 6585, section 6), a redirect, a web page, or a success status that Twilio does not use. Undefined when it may be from
 * Twilio, and for a web page with a server error, which the caller handles.
 *
 * @param write true when the request was to change something
 */
export function detectForeignResponse(
  response: HttpResponse,
  { method, url }: Pick<HttpRequest, 'method' | 'url'>,
  write: boolean,
): AppError | undefined {
  const { status } = response;
  if (status >= 300 && status < 400) {
    return new AppError(
      write ? 'unknown-outcome' : 'failure',
      `${url.origin} responded with a redirect, which is not followed`,
      {
        hint: write
          ? outcomeUnknownHint
          : 'Check the address in TWILIO_ORG_API_URL or TWILIO_ORG_OAUTH_URL, and any proxy in between',
        status,
      },
    );
  }
  if (status === 511) {
    return new AppError(
      'failure',
      `The network requires a sign-in before it allows requests to ${url.origin}`,
      {
        hint: 'Open any page in a browser to sign in, then run the same command again',
        outcome: 'refused',
        status,
      },
    );
  }
  if (!isHtml(response)) return unexpectedStatus(status, method, url, write);
  if (status >= 500 || status === 429 || status === 408) return undefined;
  const outcomeUnknown = write && status < 400;
  return new AppError(
    outcomeUnknown ? 'unknown-outcome' : 'failure',
    `A web page came from ${url.origin}${url.pathname} where Twilio sends data (status ${status})`,
    {
      hint: outcomeUnknown
        ? `Something other than Twilio responded, such as a proxy. ${outcomeUnknownHint}`
        : 'Something other than Twilio responded, such as a proxy or a network that requires a sign-in. Open any page in a browser to check, then run the same command again',
      outcome: status >= 400 ? 'refused' : undefined,
      status,
    },
  );
}

/**
 * Success is 200, 204, or 201 for requests that may create something. Other statuses are no complete response: 202
 * (accepted, not done), 203 (changed by a proxy), 206 (a part, without a range request), or an invalid one such as 099.
 */
function unexpectedStatus(status: number, method: string, url: URL, write: boolean): AppError | undefined {
  if (status >= 400 || status === 200 || status === 204) return undefined;
  if (status === 201 && /^(POST|PUT|PATCH)$/.test(method)) return undefined;
  const shown = String(status).padStart(3, '0');
  const message = `${url.origin}${url.pathname} answered ${method} with status ${shown}, which is not what Twilio sends on success`;
  return new AppError(write ? 'unknown-outcome' : 'failure', message, {
    hint: write ? outcomeUnknownHint : 'Something other than Twilio may be responding. --debug shows more',
    status,
  });
}

export function isHtml({ headers, text }: HttpResponse): boolean {
  if (!/^\s*</.test(text)) return false;
  return /html/i.test(headers.get('content-type') ?? '') || /<(?:!doctype\s+)?html\b/i.test(text);
}
