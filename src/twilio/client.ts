import { AppError } from '../platform/core/errors.ts';
import { type ObjectParser, objectParser } from '../platform/core/object-parser.ts';
import type { Secret } from '../platform/core/secret.ts';
import { isStoppedBeforeSending, requestId, sendWithRetries } from '../platform/http/client.ts';
import { outcomeUnknownHint } from '../platform/http/network-errors.ts';
import type { BodyReader, HttpOptions, HttpResponse, SendPermit } from '../platform/http/types.ts';
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
  permit?: SendPermit;
  /** Makes the elements of a long list smaller as they arrive. Those of other responses stay as they are. */
  pack?: ListPacker;
}

/** Makes something smaller of each element of a list; one that it can't use stays as it is. */
export interface ListPacker {
  /** The name of the list in the response. */
  member: string;
  map(element: unknown): unknown;
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
      const read = response.read.value as ReadBody;
      const { status, headers } = response;
      if ('parsed' in read) return checkedResponse(read.parsed, url, { write, status });
      response = { status, headers, text: textOf(read.chunks) };
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
    permit: request.permit,
    // The lines of --debug need the text.
    readBody:
      request.readBody ??
      (request.method === 'GET' && !debugs ? (bytes) => readLarge(bytes, request.pack) : undefined),
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

/** From this size on, in bytes, an object is parsed while it arrives. */
const largeBytes = 1024 * 1024;

type Parsed = { value: unknown } | { error: unknown };
/** The bytes of a response, or what a large one was parsed to. */
type ReadBody = { chunks: readonly Uint8Array[] } | { parsed: Parsed };

async function readLarge(body: AsyncIterable<Uint8Array>, pack?: ListPacker): Promise<ReadBody> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let parser: ObjectParser | undefined;
  let failure: { error: unknown } | undefined;
  function attempt(work: () => void): void {
    if (failure !== undefined) return;
    try {
      work();
    } catch (error) {
      // Thrown at once, it would count as a broken connection.
      failure = { error };
    }
  }
  for await (const chunk of body) {
    size += chunk.length;
    if (parser === undefined) chunks.push(chunk);
    else attempt(() => parser?.push(chunk));
    if (parser !== undefined || size < largeBytes || !beginsObject(chunks)) continue;
    parser = objectParser(pack && { ...pack, map: (element) => packed(element, pack) });
    const begun = chunks;
    chunks = [];
    attempt(() => {
      for (const one of begun) parser?.push(one);
    });
  }
  if (parser === undefined) return { chunks };
  let value: unknown;
  attempt(() => {
    value = parser?.end();
  });
  return { parsed: failure ?? { value } };
}

/** The packed element. One that is nested too deep stays as it is, and is refused with its response. */
function packed(element: unknown, { map }: ListPacker): unknown {
  return isDeeper(element, maxDepth) ? element : map(element);
}

function beginsObject([first]: readonly Uint8Array[]): boolean {
  return /^\s*\{/.test(Buffer.from(first?.subarray(0, 100) ?? []).toString('latin1'));
}

function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function parseResponse({ status, text }: HttpResponse, url: URL, write: boolean): unknown {
  if (status === 204 || text.trim() === '') return undefined;
  let parsed: Parsed;
  try {
    parsed = { value: JSON.parse(text) };
  } catch (error) {
    parsed = { error };
  }
  return checkedResponse(parsed, url, { write, status });
}

function checkedResponse(
  parsed: Parsed,
  url: URL,
  { write, status }: { write: boolean; status: number },
): unknown {
  if ('value' in parsed && !isDeeper(parsed.value, maxDepth)) return parsed.value;
  const cause = 'error' in parsed ? parsed.error : undefined;
  const what = 'error' in parsed ? 'something that is not JSON' : 'JSON that is nested too deep';
  throw new AppError(
    write ? 'unknown-outcome' : 'failure',
    `${url.origin}${url.pathname} responded with ${what}`,
    {
      hint: write ? outcomeUnknownHint : 'A proxy may have responded instead of Twilio. --debug shows more',
      status,
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
  // `Object.values` would make an array for each object of a long list, and most members are texts.
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === 'object' && isDeeper(member, depth - 1)) return true;
  }
  return false;
}
