import { AppError, type ErrorKind } from '../platform/core/errors.ts';
import { formatSeconds, shellQuote } from '../platform/core/text.ts';
import { requestId, retryAfterOf, truncate } from '../platform/http/client.ts';
import type { HttpResponse } from '../platform/http/types.ts';

interface Problem {
  code?: number;
  message?: string;
  /** Name of the error in OAuth (RFC 6749, section 5.2). */
  oauthError?: string;
  moreInfo?: string;
}

/** Advice by Twilio's error code. Source: Twilio's error dictionary. */
const advice: Record<number, { hint: string; kind?: ErrorKind }> = {
  20001: { hint: 'A field is invalid: the message names it' },
  20404: { hint: 'Check the SID', kind: 'not-found' },
  25001: { hint: 'Twilio filters users only by userName eq "…" and externalId eq "…"' },
  25002: { hint: 'A given name has 2 to 255 characters' },
  25003: { hint: 'A family name has 2 to 255 characters' },
  25004: { hint: 'An external id has 2 to 255 characters' },
  25005: { hint: 'A user name has 2 to 255 characters' },
  25006: { hint: 'This looks like a bug in twilio-org: report it with the output of --debug' },
  25007: { hint: "Your organization's limit of managed users is reached: ask Twilio support to raise it" },
  25008: { hint: 'Only users managed by the organization are visible: check the SID', kind: 'not-found' },
  25009: {
    hint: "The user's status does not allow this: suspended users can't be changed",
    kind: 'forbidden',
  },
  25010: { hint: 'A user needs a primary e-mail address' },
  25011: { hint: 'The primary e-mail address is not valid' },
  25012: { hint: "Your organization can't change e-mail addresses: ask Twilio support", kind: 'forbidden' },
  25013: { hint: "Your organization can't change user names: ask Twilio support", kind: 'forbidden' },
  25014: { hint: 'The user name and the primary e-mail address must be equal: pass --email' },
  25015: { hint: 'Twilio did not accept the PATCH: check its operations' },
  25016: {
    hint: "The Organization Owner can't be changed or deactivated: ask Twilio support",
    kind: 'forbidden',
  },
  25017: { hint: 'Verify the e-mail domain first: Console > Organization settings > Domains' },
  25018: { hint: 'Log in again, and check that it is the right organization: twilio-org auth status' },
  25019: { hint: 'Check the current state of the resource, then try again' },
  25020: { hint: 'It was changed in the meantime: check it, then try again', kind: 'conflict' },
  25022: {
    hint: 'A user with this e-mail address or external id exists: `twilio-org users get` shows it',
    kind: 'conflict',
  },
  25023: { hint: 'The list changed while it was read: start the listing again' },
  25100: { hint: 'No such organization: check the SID', kind: 'not-found' },
  25101: { hint: 'No such account: check the SID', kind: 'not-found' },
  25102: { hint: "Your organization's limit of accounts is reached: ask Twilio support to raise it" },
  25105: { hint: 'Log in again, and check that it is the right organization: twilio-org auth status' },
  25106: { hint: 'Check the current state of the resource, then try again' },
  25107: { hint: 'Log in again, and check that it is the right organization: twilio-org auth status' },
  25200: {
    hint: 'The scope was the organization or an independent account. Pass a managed account: --scope with the SID (AC…) of an account that your organization manages',
  },
  25201: { hint: 'Roles can be given only to users managed by the organization' },
  25202: { hint: '`twilio-org roles list` shows the roles and the lowest level each is valid at' },
  25203: { hint: 'This organization lists role assignments only with a filter: pass --user or --scope' },
};

/** The code for an address or an external id that another user has. */
const alreadyExists = 25022;

/** Names the user who has it, so that the advised command can be given as it is; undefined for another wording. */
function ownerHint(said: string): string | undefined {
  const [, kind, key = ''] = /^(User name|External id) (\S+) exists\b/i.exec(said) ?? [];
  if (kind === undefined) return undefined;
  const user = shellQuote(/^user/i.test(kind) ? key : `external:${key}`);
  return `Another user has it: \`twilio-org users get ${user}\` shows who`;
}

/** Codes that mean the same as status 429. */
const rateLimits = new Set<number | undefined>([20429, 25021, 25109]);

const refusedToken =
  'Log in again: twilio-org auth login. If TWILIO_ORG_ACCESS_TOKEN is set, Twilio refused that token';

const kindOfStatus: Record<number, ErrorKind> = {
  401: 'auth',
  403: 'forbidden',
  404: 'not-found',
  408: 'temporary',
  409: 'conflict',
  412: 'conflict',
  429: 'temporary',
};

/**
 * Converts a response with an error status to an error. Its body may have the form of Twilio, of SCIM (RFC 7644, section
 * 3.12), of OAuth (RFC 6749, section 5.2) or any other.
 *
 * @param scopes the scopes any of which allows the request
 * @param write true when the request was to change something
 */
export function toApiError(
  response: HttpResponse,
  context: { scopes: readonly string[]; write: boolean; now: number },
): AppError {
  const { status } = response;
  const problem = parseErrorBody(response.text);
  const known = problem.code === undefined ? undefined : advice[problem.code];
  const { details, said } = errorDetails(
    response,
    problem,
    context.now,
    `Twilio responded with status ${status}`,
  );
  if (status === 429 || (status < 500 && rateLimits.has(problem.code))) {
    return new AppError('temporary', said, {
      ...details,
      outcome: 'refused',
      hint: 'Twilio limits the rate of requests. Run the same command again later, with a lower --concurrency if it has that flag',
    });
  }
  // A request that timed out (408) may still have arrived complete.
  if (status >= 500 || (status === 408 && context.write)) {
    return new AppError(context.write ? 'unknown-outcome' : 'temporary', said, {
      ...details,
      hint: context.write
        ? "The problem is on Twilio's side, and the change may or may not have happened. Check before you run the command again"
        : "The problem is on Twilio's side. Run the same command again later",
    });
  }
  if (problem.code === unauthorized) {
    return new AppError('forbidden', said, {
      ...details,
      outcome: 'refused',
      hint: perhapsScope(context.scopes),
    });
  }
  if (status === 403 && known?.kind === undefined) {
    return new AppError('forbidden', said, {
      ...details,
      outcome: 'refused',
      hint: known?.hint ?? scopeHint(context.scopes),
    });
  }
  const kind = known?.kind ?? kindOfStatus[status] ?? 'failure';
  const hint =
    (problem.code === alreadyExists ? ownerHint(said) : undefined) ??
    known?.hint ??
    (status === 401 ? refusedToken : whereToLook(problem));
  return new AppError(kind, said, { ...details, outcome: 'refused', hint });
}

/** Advice about an unknown error. */
function whereToLook({ moreInfo }: Problem): string {
  return moreInfo === undefined ? '--debug shows the request and the whole response' : `See ${moreInfo}`;
}

/** The facts and the message of an error response. @param otherwise the message for a response without one */
export function errorDetails(
  response: HttpResponse,
  { code, message, oauthError, moreInfo }: Problem,
  now: number,
  otherwise: string,
) {
  const retryAfterMs = retryAfterOf(response, now);
  const details = {
    status: response.status,
    code,
    oauthError,
    moreInfo,
    requestId: requestId(response),
    retryAfterMs,
  };
  const name = oauthError === undefined || oauthError === message ? '' : ` (${oauthError})`;
  return { details, said: `${message ?? otherwise}${name}${waitOf(retryAfterMs)}` };
}

const yearMs = 365 * 24 * 60 * 60 * 1000;

function waitOf(retryAfterMs: number | undefined): string {
  if (!retryAfterMs) return '';
  const time =
    retryAfterMs > yearMs ? 'more than a year' : formatSeconds(Math.ceil(retryAfterMs / 1000) * 1000);
  return `: retry after ${time}`;
}

/** Twilio's "authorization failed". It also comes with 401 when the token is valid and the app lacks a scope. */
const unauthorized = 70051;

function perhapsScope(scopes: readonly string[]): string {
  const scope = scopes.length === 0 ? 'a scope for this' : `the scope ${scopes.join(' or ')}`;
  return `The OAuth app may lack ${scope}: tick it in the app (Console > Organization settings > Organization API access), then log in again. If the app has it, check the login: twilio-org auth status --check`;
}

function scopeHint(scopes: readonly string[]): string {
  if (scopes.length === 0) return 'The OAuth app lacks a scope for this, or Twilio forbids it';
  return `The login lacks the scope ${scopes.join(' or ')}: tick it in the OAuth app (Console > Organization settings > Organization API access), then log in again`;
}

export function parseErrorBody(text: string): Problem {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof body !== 'object' || body === null) return {};
  const fields = body as Record<string, unknown>;
  const code = Number(fields.code);
  const oauthError = firstText(fields.error);
  const message = firstText(fields.message, fields.detail, fields.error_description) ?? oauthError;
  const moreInfo = firstText(fields.more_info, fields.moreInfo);
  return {
    ...(Number.isInteger(code) && code > 0 ? { code } : {}),
    ...(message === undefined ? {} : { message }),
    ...(oauthError === undefined ? {} : { oauthError }),
    ...(moreInfo === undefined ? {} : { moreInfo }),
  };
}

/** Longer than any error message, and short enough for a terminal. */
const maxMessageLength = 1000;

function firstText(...values: unknown[]): string | undefined {
  const found = values.find((value): value is string => typeof value === 'string' && value !== '');
  return found === undefined ? undefined : truncate(found, maxMessageLength);
}

/** True when the organization lists role assignments only with a filter. */
export function wantsFilter(error: unknown): error is AppError & { code: 25203 } {
  return error instanceof AppError && error.code === 25203;
}

/** True when the login lacks the scope for a list, or the organization requires a filter. */
export function isNotListable(error: unknown): error is AppError {
  return wantsFilter(error) || (error instanceof AppError && error.kind === 'forbidden');
}
