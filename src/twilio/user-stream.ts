import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { objectParser } from '../platform/core/object-parser.ts';
import type { ApiRequest, Send } from './client.ts';
import { invalidResponse } from './decode.ts';
import { parseUser, resourcesIn, type User } from './users.ts';

/** Takes users as they arrive. */
export interface UserSink {
  /** Called before the first user, and again when a retry begins the list anew. */
  start(): Promise<void>;
  add(users: readonly User[]): Promise<void>;
}

/**
 * Reads all users without holding their list: Twilio sends it as one response, which has 25 MB for 50,000 users.
 * Scope: managed-users/list.
 *
 * @throws failure for a list that is inconsistent; the sink may have got a part of it
 */
export async function streamUsers(send: Send, sink: UserSink): Promise<void> {
  let ids = new Set<string>();
  /** The error that ends the list. A reader must not throw, because that would count as a broken connection. */
  let failure: { error: unknown } | undefined;
  let wasRead = false;

  async function add(values: readonly unknown[]): Promise<void> {
    const users = values.map(parseUser);
    for (const { id } of users) {
      if (ids.has(id)) throw inconsistent(`it contains ${id} twice`);
      ids.add(id);
    }
    if (users.length > 0) await sink.add(users);
  }

  async function start(): Promise<void> {
    ids = new Set();
    await sink.start();
  }

  async function readBody(body: AsyncIterable<Uint8Array>): Promise<unknown> {
    wasRead = true;
    failure = undefined;
    let arrived: unknown[] = [];
    const parser = objectParser({ member: 'Resources', take: (user) => arrived.push(user) });
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      if (failure !== undefined) return;
      try {
        await work();
      } catch (error) {
        failure = { error: error instanceof SyntaxError ? notJson(error) : error };
      }
    };
    await attempt(start);
    for await (const bytes of body) {
      await attempt(async () => {
        parser.push(bytes);
        const users = arrived;
        arrived = [];
        await add(users);
      });
    }
    let rest: unknown;
    await attempt(async () => {
      rest = parser.end();
    });
    return rest;
  }

  const request: ApiRequest = { method: 'GET', path: '/scim/v2/Users', readBody };
  const response = await send(request);
  if (failure !== undefined) throw (failure as { error: unknown }).error;
  const others = resourcesIn(response);
  if (others === undefined) throw invalidResponse('a list of users', 'Resources');
  // A response that is not read in parts comes as a whole.
  if (!wasRead) {
    await start();
    await add(others);
  }
  const total = (isObject(response) ? response.totalResults : undefined) ?? ids.size;
  if (total !== ids.size) throw inconsistent(`totalResults is ${String(total)}, but it contains ${ids.size}`);
}

function notJson(cause: SyntaxError): AppError {
  return new AppError('failure', "Twilio's list of users is something that is not JSON", {
    hint: 'A proxy may have responded instead of Twilio. --debug shows more',
    cause,
  });
}

function inconsistent(why: string): AppError {
  return new AppError('failure', `Twilio's list of users is inconsistent: ${why}`, {
    hint: 'The response was discarded. Run the command again. If the error persists, report it to Twilio support',
  });
}
