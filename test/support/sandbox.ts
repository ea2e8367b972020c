import { onTestFinished } from 'vitest';
import type { Role } from '../../src/sandbox/iam/role-fixtures.ts';
import { type Sandbox, type SandboxOptions, startSandbox, type User } from '../../src/sandbox/server.ts';
import type { Assignment } from '../../src/sandbox/state/state.ts';

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';
export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A clock that only moves when it is told to. */
export function testClock(start = Date.UTC(2025, 5, 1, 12)) {
  let time = start;
  return {
    now: () => time,
    advance(milliseconds: number) {
      time += milliseconds;
    },
  };
}

/** A sandbox that is closed when the test is over. */
export async function sandboxFor(options?: SandboxOptions): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

/** All members that a response may hold: each test knows which to expect. */
interface Body extends User, Omit<Assignment, 'order'> {
  code: number;
  access_token: string;
  refresh_token: string;
  Resources: User[];
  roles: Role[];
  content: Assignment[];
  meta: User['meta'] & {
    page: number;
    first_page_url: string;
    next_page_url: string | null;
    previous_page_url: string | null;
  };
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Requests with a valid token; a path may be an absolute URL. */
export function callerOf(sandbox: Sandbox, token = sandbox.issueToken()): Call {
  return async (method, path, body, headers = {}) => {
    const type = path.includes('/scim/') ? 'application/scim+json' : 'application/json';
    const response = await fetch(new URL(path, sandbox.apiUrl), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return answerOf(response);
  };
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}

/** The seeded user with this number, from 0. */
export function userAt(sandbox: Sandbox, index: number) {
  const user = [...sandbox.state.users.all()][index];
  if (user === undefined) throw new Error(`There is no user ${index}`);
  return user;
}

/** `POST /v2/token` with a form. */
export async function postToken(sandbox: Sandbox, form: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams(form);
  return answerOf(await fetch(`${sandbox.oauthUrl}/v2/token`, { method: 'POST', body }));
}

export function authorizeUrl(sandbox: Sandbox, parameters: Record<string, string | undefined> = {}): URL {
  const url = new URL('/v2/authorize', sandbox.oauthUrl);
  const { client_id, redirect_uri } = sandbox.apps.authorization_code;
  const usual = {
    client_id,
    redirect_uri: redirect_uri ?? '',
    response_type: 'code',
    scope: 'offline_access',
    state: 'xyz',
  };
  for (const [name, value] of Object.entries({ ...usual, ...parameters })) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** Opens the consent page and presses a button; the URL that the browser is sent to. */
export async function consent(url: URL, decision: 'approve' | 'deny' = 'approve'): Promise<URL> {
  const page = await (await fetch(url)).text();
  const formToken = formTokenIn(page);
  const response = await pressed(url, formToken, decision);
  return new URL(response.headers.get('location') ?? '');
}

export function pressed(url: URL, formToken: string, decision: string): Promise<Response> {
  const body = new URLSearchParams({ form_token: formToken, decision });
  return fetch(new URL('/v2/authorize', url), { method: 'POST', body, redirect: 'manual' });
}

export function formTokenIn(page: string): string {
  return /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

/** A code that the user approved. */
export async function approvedCode(
  sandbox: Sandbox,
  parameters: Record<string, string | undefined> = {},
): Promise<string> {
  return (await consent(authorizeUrl(sandbox, parameters))).searchParams.get('code') ?? '';
}
