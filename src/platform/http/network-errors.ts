import type { Env } from '../core/env.ts';
import { AppError } from '../core/errors.ts';
import { describeErrorCode, exhaustedHint, isExhausted } from '../core/system-errors.ts';
import { formatSeconds } from '../core/text.ts';
import { responseTooLarge, unknownEncoding } from './read-body.ts';
import type { HttpRequest } from './types.ts';

/** What to do when nobody knows whether a write took effect. */
export const outcomeUnknownHint = 'It may or may not have happened: look before you run it again';

/** Codes of faults that happen before a byte of the request is sent. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function failedBeforeSending(fault: unknown): boolean {
  return explained(fault) !== undefined || chain(fault).some(isUnconnected);
}

/** The first system error of the chain says at which call it happened: on a connection that was there, much may have been sent. */
function isUnconnected(error: Error): boolean {
  const { code, syscall = '' } = error as NodeJS.ErrnoException;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return beforeSending.has(code ?? '') && !/^(read|write|shutdown)/.test(syscall);
}

/** Whether asking again would bring the same: no certificate and no login of a proxy gets better by it. */
export function isPermanent(fault: unknown): boolean {
  const told = explained(fault);
  if (told !== undefined) return told.kind !== 'temporary';
  const code = faultCode(fault);
  return isCertificateError(fault) || code === responseTooLarge || code === unknownEncoding;
}

/**
 * No answer came: `temporary` when the request never left or may be repeated, `unknown-outcome` when a write was sent.
 *
 * @param timeout the time that the answer had; milliseconds
 * @param by how the request went, such as ` through the proxy …`
 */
export function toNetworkError(
  request: HttpRequest,
  fault: unknown,
  { timeout, by, env }: { timeout: number; by: string; env: Env },
): AppError {
  const told = explained(fault);
  if (told !== undefined) return told;
  const { origin, pathname } = request.url;
  const what = describeNetworkError(fault, timeout);
  if (isCertificateError(fault)) {
    return new AppError('failure', `The certificate of ${origin} is not trusted: ${what}`, {
      hint: certificateHint(fault, env),
      outcome: 'not-sent',
      cause: fault,
    });
  }
  const unread = hintsForUnread[faultCode(fault) ?? ''];
  if (request.repeatable && unread !== undefined) {
    return new AppError('failure', `The answer of ${origin}${pathname} was not read: ${what}`, {
      hint: unread,
      cause: fault,
    });
  }
  if (failedBeforeSending(fault) && isExhausted(faultCode(fault))) {
    return new AppError('temporary', `${origin} was not asked${by}: ${what}`, {
      hint: exhaustedHint,
      outcome: 'not-sent',
      cause: fault,
    });
  }
  if (failedBeforeSending(fault)) {
    return new AppError('temporary', `${origin} could not be reached${by}: ${what}`, {
      hint: 'Check the network and the address, then run the same command again',
      outcome: 'not-sent',
      cause: fault,
    });
  }
  if (request.repeatable) {
    return new AppError('temporary', `${origin} gave no whole answer${by}: ${what}`, {
      hint: 'Check the network and the address, then run the same command again',
      cause: fault,
    });
  }
  return new AppError('unknown-outcome', `${request.method} ${pathname}: no answer came (${what})`, {
    hint: outcomeUnknownHint,
    cause: fault,
  });
}

/** For answers that came whole enough, and are left all the same. */
const hintsForUnread: Record<string, string> = {
  [responseTooLarge]: 'If such an answer is to be expected, allow it with --max-answer MB',
  [unknownEncoding]: "Something may be answering in Twilio's place, such as a proxy: --debug shows more",
};

/** In a few words; `timeout` in milliseconds. */
export function describeNetworkError(fault: unknown, timeout: number): string {
  const told = explained(fault);
  if (told !== undefined) return told.message;
  if (fault instanceof Error && fault.name === 'TimeoutError') {
    return `no whole answer within ${formatSeconds(timeout)}`;
  }
  const code = faultCode(fault);
  if (code === responseTooLarge || code === unknownEncoding) return (fault as Error).message;
  if (code?.startsWith('Z_')) return 'it is compressed, and broken';
  if (code?.startsWith('HPE_')) return 'what came is not HTTP';
  return code === undefined ? 'the connection broke' : (words[code] ?? describeErrorCode(code) ?? code);
}

/** Codes of undici and of Node's HTTP, which are not the system's. */
const words: Record<string, string> = {
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

export function isCertificateError(fault: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(faultCode(fault) ?? '');
}

/** @param env what says which authorities are trusted already: that advice is not given again */
export function certificateHint(fault: unknown, env: Env): string {
  const code = faultCode(fault) ?? '';
  if (/EXPIRED|NOT_YET_VALID/.test(code))
    return "Check this machine's clock; if it is right, something else may be answering";
  if (/ALTNAME/.test(code)) return 'It was made for another host: something else may be answering there';
  const file = env.NODE_EXTRA_CA_CERTS;
  if (file && code === 'UNABLE_TO_GET_ISSUER_CERT')
    return `${file} (NODE_EXTRA_CA_CERTS) holds an authority in the middle of the chain: add the root certificate above it`;
  if (file)
    return `${file} (NODE_EXTRA_CA_CERTS) does not hold the authority that signed it: add its root certificate. twilio-org doctor shows what the file holds`;
  const ignored =
    env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 is not honoured. ' : '';
  return `${ignored}If a proxy of your company re-signs traffic, name its CA file in NODE_EXTRA_CA_CERTS`;
}

/** The fault as it was explained where it happened, on the way to a proxy: nothing of the request was sent then. */
function explained(fault: unknown): AppError | undefined {
  return chain(fault).find((error) => error instanceof AppError);
}

function faultCode(fault: unknown): string | undefined {
  for (const error of chain(fault)) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}

/** An error and its causes; of several addresses that were tried, the first counts. */
function chain(fault: unknown): Error[] {
  const errors: Error[] = [];
  for (let error = fault; error instanceof Error && errors.length < 5; ) {
    errors.push(error);
    error = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error.cause;
  }
  return errors;
}
