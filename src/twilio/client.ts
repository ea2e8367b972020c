import { AppError } from '../platform/core/errors.ts';
import { parseByElement } from '../platform/core/large-json.ts';
import type { Secret } from '../platform/core/secret.ts';
import { isStoppedBeforeSending, requestId, sendWithRetries } from '../platform/http/client.ts';
import { outcomeUnknownHint } from '../platform/http/network-errors.ts';
import type { BodyReader, HttpOptions, HttpResponse } from '../platform/http/types.ts';
import { toApiError } from './errors.ts';
import { detectForeignResponse } from './foreign-response.ts';
import { requestsLike, type Scope, scopesFor } from './scopes.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request to the Organization API as data, to be sent or shown by a dry run. */
export interface ApiRequest {
  method: Method;
  /** Path and query below the API's origin, such as `/scim/v2/Users`. */
  path: string;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  /** Reads a response that is too long to be held as a whole; its result takes the place of the parsed response. */
  readBody?: BodyReader;
}

/** Source of bearer tokens. */
export interface TokenProvider {
  /** A token that should be valid. */
  get(): Promise<Secret>;
  /** Another token after this one was refused; undefined when there is none. */
  replaceRejected(refused: Secret): Promise<Secret | undefined>;
}

/** The status of a response, and Twilio's id of the request. */
export interface ResponseInfo {
  status: number;
  requestId: string | undefined;
}

/**
 * Sends a request and returns the parsed response, undefined when it is empty.
 *
 * @param onResponse receives the last response, whatever its status
 * @throws AppError for an error status
 */
export type Send = (request: ApiRequest, onResponse?: (response: ResponseInfo) => void) => Promise<unknown>;

export function createSend(apiUrl: string, tokens: TokenProvider, options: HttpOptions): Send {
  return async (request, onResponse) => {
    const url = new URL(request.path, apiUrl);
    if (url.origin !== new URL(apiUrl).origin) {
      throw new AppError('failure', `${url.origin} is not the API's origin: nothing was sent`, {
        outcome: 'not-sent',
      });
    }
    const debugs = options.debug !== undefined;
    const token = await tokens.get().catch(unrelatedToRequest);
    let response = await sendWithRetries(httpRequest(request, url, token, debugs), options);
    if (response.status === 401) {
      const fresh = await tokens.replaceRejected(token).catch(unrelatedToRequest);
      if (fresh !== undefined)
        response = await sendWithRetries(httpRequest(request, url, fresh, debugs), options);
    }
    onResponse?.({ status: response.status, requestId: requestId(response) });
    const write = request.method !== 'GET';
    if (response.read !== undefined && request.readBody === undefined) {
      const chunks = response.read.value as readonly Uint8Array[];
      const large = parsedByElement(chunks);
      if (large !== undefined) return large;
      const { status, headers } = response;
      response = { status, headers, text: textOf(chunks) };
    }
    const other = detectForeignResponse(response, { method: request.method, url }, write);
    if (other !== undefined) throw other;
    if (response.status >= 400) {
      const scopes = scopesFor(request.method, url.pathname);
      throw toApiError(response, { scopes, write, now: options.now() });
    }
    return response.read === undefined ? parseResponse(response, url, write) : response.read.value;
  };
}

/**
 * Rethrows the failure of a token request without its outcome: the request that waits for the token has none yet. A stop keeps
 * it, because then neither of them is sent.
 */
function unrelatedToRequest(error: unknown): never {
  if (!(error instanceof AppError) || error.outcome === undefined || isStoppedBeforeSending(error))
    throw error;
  const { kind, message, cause } = error;
  const hint = error.outcome === 'unknown' ? undefined : error.hint;
  throw new AppError(kind, message, { ...error, hint, cause, outcome: undefined });
}

/** Checks that a header can carry the token, because the error of `fetch` would quote it. */
function sendable(token: Secret): string {
  const text = token.reveal().trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new AppError('auth', 'The access token contains an invalid character, such as a line break', {
    hint: 'Check TWILIO_ORG_ACCESS_TOKEN, or log in again: twilio-org auth login',
    outcome: 'not-sent',
  });
}

function httpRequest(request: ApiRequest, url: URL, token: Secret, debugs: boolean) {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const bearer = sendable(token);
  return {
    method: request.method,
    url,
    label: labelOf(request.method, url.pathname),
    headers: {
      accept: 'application/json, application/scim+json',
      ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      ...request.headers,
      authorization: `Bearer ${bearer}`,
    },
    secrets: [bearer],
    body,
    debugBody: body,
    debugResponse: true,
    repeatable: request.method === 'GET',
    // The lines of --debug need the text.
    readBody: request.readBody ?? (request.method === 'GET' && !debugs ? chunksOf : undefined),
  };
}

/** The request in words, for a person who waits; undefined for an unknown one. */
function labelOf(method: Method, path: string): string | undefined {
  const [first] = requestsLike(method, path);
  return first && doing[first.scope];
}

const doing: Record<Scope, string> = {
  'managed-users/read': 'Reading a user',
  'managed-users/list': 'Reading users',
  'managed-users/create': 'Creating a user',
  'managed-users/update': 'Changing a user',
  'managed-users/delete': 'Deactivating a user',
  'role-assignments/list': 'Reading role assignments',
  'role-assignments/create': 'Giving a role',
  'role-assignments/delete': 'Taking a role away',
  'roles/list': 'Reading roles',
};

/** From this size on, in bytes, a response is parsed element by element. */
const largeBytes = 1024 * 1024;

async function chunksOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}

function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** The object in a large response; undefined for a small response, and for one that is unusable. */
function parsedByElement(chunks: readonly Uint8Array[]): unknown {
  if (chunks.reduce((size, { length }) => size + length, 0) < largeBytes) return undefined;
  const value = parseByElement(chunks);
  return isDeeper(value, maxDepth) ? undefined : value;
}

function parseResponse(response: HttpResponse, url: URL, write: boolean): unknown {
  if (response.status === 204 || response.text.trim() === '') return undefined;
  let cause: unknown;
  try {
    const value: unknown = JSON.parse(response.text);
    if (!isDeeper(value, maxDepth)) return value;
  } catch (error) {
    cause = error;
  }
  const what = cause === undefined ? 'JSON that is nested too deep' : 'something that is not JSON';
  throw new AppError(
    write ? 'unknown-outcome' : 'failure',
    `${url.origin}${url.pathname} responded with ${what}`,
    {
      hint: write ? outcomeUnknownHint : 'A proxy may have responded instead of Twilio. --debug shows more',
      status: response.status,
      cause,
    },
  );
}

/** Far deeper than Twilio's responses, and far less than recursion can take. */
const maxDepth = 100;

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, depth - 1));
  // `Object.values` would make an array for each object of a long list.
  for (const name in value) {
    if (isDeeper((value as Record<string, unknown>)[name], depth - 1)) return true;
  }
  return false;
}
