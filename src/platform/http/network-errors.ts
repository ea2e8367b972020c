import type { Env } from '../core/env.ts';
import { AppError } from '../core/errors.ts';
import { describeErrorCode, exhaustedHint, isExhausted } from '../core/system-errors.ts';
import { formatSeconds } from '../core/text.ts';
import { responseTooLarge, unknownEncoding } from './read-body.ts';
import type { HttpRequest } from './types.ts';

/** Advice when it is unknown whether a write took effect. */
export const outcomeUnknownHint = 'It may or may not have happened. Check before you run it again';

/** Codes of errors before the first byte of the request is sent. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function failedBeforeSending(failure: unknown): boolean {
  return tunnelErrorIn(failure) !== undefined || causesOf(failure).some(isUnconnected);
}

/** The system call of an error tells: on an existing connection, part of the request may have been sent. */
function isUnconnected(error: Error): boolean {
  const { code, syscall = '' } = error as NodeJS.ErrnoException;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return beforeSending.has(code ?? '') && !/^(read|write|shutdown)/.test(syscall);
}

/** True when a retry would fail the same way, as with a certificate or the login of a proxy. */
export function isPermanent(failure: unknown): boolean {
  const tunnelError = tunnelErrorIn(failure);
  if (tunnelError !== undefined) return tunnelError.kind !== 'temporary';
  const code = codeOf(failure);
  return isCertificateError(failure) || code === responseTooLarge || code === unknownEncoding;
}

/**
 * The error for a request without a response: `temporary` when it never left or may be repeated, `unknown-outcome` when a
 * write was sent.
 *
 * @param timeoutMs the time that the response had
 * @param by the route, such as ` through the proxy …`
 */
export function toNetworkError(
  request: HttpRequest,
  failure: unknown,
  { timeoutMs, by, env }: { timeoutMs: number; by: string; env: Env },
): AppError {
  const tunnelError = tunnelErrorIn(failure);
  if (tunnelError !== undefined) return tunnelError;
  const { origin, pathname } = request.url;
  const what = describeNetworkError(failure, timeoutMs);
  if (isCertificateError(failure)) {
    return new AppError('failure', `The certificate of ${origin} is not trusted: ${what}`, {
      hint: certificateHint(failure, env),
      outcome: 'not-sent',
      cause: failure,
    });
  }
  const unread = hintsForUnread[codeOf(failure) ?? ''];
  if (request.repeatable && unread !== undefined) {
    return new AppError('failure', `The response of ${origin}${pathname} was not read: ${what}`, {
      hint: unread,
      cause: failure,
    });
  }
  if (failedBeforeSending(failure) && isExhausted(codeOf(failure))) {
    return new AppError('temporary', `No request could be sent to ${origin}${by}: ${what}`, {
      hint: exhaustedHint,
      outcome: 'not-sent',
      cause: failure,
    });
  }
  if (failedBeforeSending(failure)) {
    return new AppError('temporary', `${origin} could not be reached${by}: ${what}`, {
      hint: 'Check the network and the address, then run the same command again',
      outcome: 'not-sent',
      cause: failure,
    });
  }
  if (request.repeatable) {
    return new AppError('temporary', `${origin} sent no complete response${by}: ${what}`, {
      hint: 'Check the network and the address, then run the same command again',
      cause: failure,
    });
  }
  return new AppError('unknown-outcome', `${request.method} ${pathname}: no response (${what})`, {
    hint: outcomeUnknownHint,
    cause: failure,
  });
}

/** Advice about responses that are refused although they arrived. */
const hintsForUnread: Record<string, string> = {
  [responseTooLarge]: 'If you expect such a response, allow it with --max-answer MB',
  [unknownEncoding]: 'A proxy may have responded instead of the server. --debug shows more',
};

/** Describes a network error in a few words. */
export function describeNetworkError(failure: unknown, timeoutMs: number): string {
  const tunnelError = tunnelErrorIn(failure);
  if (tunnelError !== undefined) return tunnelError.message;
  if (failure instanceof Error && failure.name === 'TimeoutError') {
    return `no complete response within ${formatSeconds(timeoutMs)}`;
  }
  const code = codeOf(failure);
  if (code === responseTooLarge || code === unknownEncoding) return (failure as Error).message;
  if (code?.startsWith('Z_')) return 'its compressed body is damaged';
  if (code?.startsWith('HPE_')) return 'the response is not HTTP';
  return code === undefined ? 'the connection broke' : (words[code] ?? describeErrorCode(code) ?? code);
}

/** Descriptions of codes of undici. */
const words: Record<string, string> = {
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

export function isCertificateError(failure: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(codeOf(failure) ?? '');
}

/** @param env tells which advice is already followed */
export function certificateHint(failure: unknown, env: Env): string {
  const code = codeOf(failure) ?? '';
  if (/EXPIRED|NOT_YET_VALID/.test(code))
    return "Check this machine's clock. If it is right, another server may be answering";
  if (/ALTNAME/.test(code)) return 'It was issued for another host. Another server may be answering there';
  const file = env.NODE_EXTRA_CA_CERTS;
  if (file && code === 'UNABLE_TO_GET_ISSUER_CERT')
    return `${file} (NODE_EXTRA_CA_CERTS) holds an intermediate authority. Add the root certificate above it`;
  if (file)
    return `${file} (NODE_EXTRA_CA_CERTS) does not hold the authority that signed it. Add its root certificate. twilio-org doctor shows the contents of the file`;
  const ignored =
    env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 is not honoured. ' : '';
  return `${ignored}If a proxy of your company re-signs traffic, name its CA file in NODE_EXTRA_CA_CERTS`;
}

/** The error of the tunnel to a proxy, which has its own advice. The request was not sent then. */
function tunnelErrorIn(failure: unknown): AppError | undefined {
  return causesOf(failure).find((error) => error instanceof AppError);
}

function codeOf(failure: unknown): string | undefined {
  for (const error of causesOf(failure)) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}

/** An error and its causes. Of several addresses tried, the first counts. */
function causesOf(failure: unknown): Error[] {
  const errors: Error[] = [];
  for (let error = failure; error instanceof Error && errors.length < 5; ) {
    errors.push(error);
    error = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error.cause;
  }
  return errors;
}
