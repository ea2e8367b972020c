import type { Context, Hono } from 'hono';
import { parse } from 'scim2-parse-filter';
import type { SandboxEnv } from '../environment.ts';
import { ApiError } from '../http/errors.ts';
import { readJson } from '../http/request.ts';
import { requireScope } from '../oauth/tokens.ts';
import type { State } from '../state/state.ts';
import { createUser, deactivateUser, findUser, patchUser, replaceUser } from './user-mutations.ts';
import { listResponse, type User } from './user-store.ts';

const scimType = 'application/scim+json';
const bodyTypes = [scimType, 'application/json'];

/** The users, as Twilio's SCIM reference describes them (RFC 7644). */
export function addScimRoutes(app: Hono, { settings, state }: SandboxEnv): void {
  const { now } = settings;
  const requires = (scope: string) => requireScope(state, now, 25018, `managed-users/${scope}`);
  const users = '/scim/v2/Users';

  app.get(users, requires('list'), (c) => {
    const filter = c.req.query('filter');
    // Without startIndex and count, which are not supported, all users come in one response.
    if (filter === undefined) return streamParts(state.users.list());
    return c.body(listResponse(usersBy(state, filter)), 200, { 'content-type': scimType });
  });
  app.get(`${users}/:id`, requires('read'), (c) => sendUser(c, findUser(state, c.req.param('id'))));
  app.post(users, requires('create'), async (c) => {
    const user = createUser(state, await readJson(c.req, 25006, bodyTypes), now());
    c.header('location', new URL(`${users}/${user.id}`, c.req.url).href);
    return sendUser(c, user, 201);
  });
  app.put(`${users}/:id`, requires('update'), async (c) => {
    const body = await readJson(c.req, 25006, bodyTypes);
    return sendUser(c, replaceUser(state, c.req.param('id'), body, c.req.header('if-match'), now()));
  });
  app.patch(`${users}/:id`, requires('update'), async (c) => {
    const body = await readJson(c.req, 25006, bodyTypes);
    return sendUser(c, patchUser(state, c.req.param('id'), body, c.req.header('if-match'), now()));
  });
  app.delete(`${users}/:id`, requires('delete'), (c) => {
    deactivateUser(state, c.req.param('id'), now());
    return c.body(null, 204);
  });
}

function streamParts(parts: Uint8Array[]): Response {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
  });
  return new Response(body, { headers: { 'content-type': scimType, 'content-length': String(length) } });
}

function sendUser(c: Context, user: User, status: 200 | 201 = 200): Response {
  c.header('etag', user.meta.version);
  return c.body(JSON.stringify(user), status, { 'content-type': scimType });
}

/** The users for `userName eq "…"` or `externalId eq "…"`, the only supported filters. Throws 25001 for any other. */
function usersBy({ users }: State, filter: string): User[] {
  const { attribute, value } = readFilter(filter);
  return users.matching(attribute, value);
}

const filterable = ['userName', 'externalId'] as const;

function readFilter(filter: string): { attribute: (typeof filterable)[number]; value: string } {
  // The values are JSON strings (RFC 7644, section 3.4.2.2), but scim2-parse-filter interprets backslashes itself. It therefore gets
  // numbers in place of the values.
  const values: unknown[] = [];
  const numbered = filter.replace(/"(?:[^"\\]|\\.)*"/g, (text) => `"${values.push(parseString(text)) - 1}"`);
  const parsed = parseFilter(numbered);
  if (parsed.op !== 'eq' || typeof parsed.compValue !== 'string') throw new ApiError(25001);
  const value = values[Number(parsed.compValue)];
  // Attribute names are case-insensitive (RFC 7643, section 2.1).
  const attribute = filterable.find((name) => name.toLowerCase() === parsed.attrPath.toLowerCase());
  if (attribute === undefined || typeof value !== 'string') throw new ApiError(25001);
  return { attribute, value };
}

function parseFilter(filter: string): ReturnType<typeof parse> {
  try {
    return parse(filter);
  } catch {
    throw new ApiError(25001, 'Filter is not valid');
  }
}

function parseString(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(25001, 'Filter is not valid');
  }
}
