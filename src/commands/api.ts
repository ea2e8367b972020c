import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { checkGuards } from '../changes/guards/check.ts';
import type { Change, Sent } from '../changes/plan/change.ts';
import { defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { defineFlags, type FlagsOf } from '../cli/flag-spec.ts';
import { guardFlags } from '../cli/guard-flags.ts';
import type { Api } from '../organization/workspace/api.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { shellQuote } from '../platform/core/text.ts';
import { createOutput, type Output, type View } from '../platform/terminal/output.ts';
import type { ApiRequest, Method, ResponseInfo } from '../twilio/client.ts';
import { equalsIgnoreCase } from '../twilio/decode.ts';
import { isNotListable } from '../twilio/errors.ts';
import type { Mutation } from '../twilio/mutation.ts';
import { paginate } from '../twilio/pagination.ts';
import { getUser, resourcesIn, type User } from '../twilio/users.ts';

const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The fields of a response are unknown, so it is printed whole, as JSON. */
const view: View = { fields: [], columns: [] };

const flags = defineFlags({
  ...guardFlags,
  input: { value: 'file', summary: 'read the JSON body from this file, or - for standard input' },
  paginate: { summary: 'follow next_page_url and print the items of all pages' },
});

export const apiCommand = defineCommand({
  name: 'api',
  summary: "Send any request with this program's login and retries",
  args: {
    method: {
      summary: `${methods.join(', ')}, in any case`,
      ask: {
        question: 'Which method?',
        example: 'GET',
        choices: async () => methods.map((value) => ({ name: value, value })),
      },
    },
    path: {
      summary: 'path and query below the API, such as /scim/v2/Users',
      ask: { question: 'Which path?', example: '/scim/v2/Users' },
    },
  },
  flags,
  scopes: 'as-sent',
  effect: 'removes',
  examples: [
    'twilio-org api GET /v2/Organizations/Roles?PageSize=5',
    'twilio-org api GET /v2/Organizations/RoleAssignments --paginate -o jsonl',
    'twilio-org api POST /v2/Organizations/RoleAssignments --input assignment.json --dry-run',
  ],
  run: (ctx, { method, path, flags }) => run(ctx, method, path, flags),
});

async function run(
  ctx: Context,
  methodText: string,
  path: string,
  options: FlagsOf<typeof flags>,
): Promise<void> {
  const method = methods.find((known) => known === methodText.toUpperCase());
  if (method === undefined)
    throw usageError(`"${methodText}" is not a method`, `Use one of ${methods.join(', ')}`);
  if (options.paginate && method !== 'GET')
    throw usageError('--paginate only works with GET', 'Leave it out');
  if (options.input !== undefined && method === 'GET')
    throw usageError('--input does not work with GET', 'Leave it out, or use another method');
  if (ctx.flags.fields !== undefined) {
    throw usageError('--fields does not work with api, which prints whole responses', 'Leave it out');
  }
  const { apiUrl } = await ctx.settings();
  const request: ApiRequest = { method, path: parseApiPath(apiUrl, path) };
  if (options.input !== undefined) {
    request.body = await readBody(ctx, options.input);
    if (request.path.startsWith('/scim/')) request.contentType = 'application/scim+json';
  }
  const needsConfirmation = method === 'DELETE' || deactivates(request);
  if (needsConfirmation) ctx.requireConfirmable();
  const connection = await ctx.api();
  if (method !== 'GET')
    return write(ctx, connection, { ...request, method, typedPath: path, needsConfirmation }, options);
  // Guard flags that are looser than the profile are refused for reads as well.
  await checkGuards(ctx, [], options);
  if (options.paginate) return printPages(ctx, connection, request);
  await printResponse(ctx, await connection.send(request));
}

async function printResponse(ctx: Context, response: unknown): Promise<void> {
  if (response !== undefined) await jsonOutput(ctx).item(view, response);
}

interface WriteRequest extends ApiRequest {
  method: Exclude<Method, 'GET'>;
  /** The path as typed on the command line. */
  typedPath: string;
  /** True if it needs a confirmation. */
  needsConfirmation: boolean;
}

/** Sends a write as a run. Its query and body are not recorded, because they may contain secrets. */
async function write(
  ctx: Context,
  connection: Api,
  { typedPath, needsConfirmation, ...request }: WriteRequest,
  options: FlagsOf<typeof flags>,
): Promise<void> {
  const { method } = request;
  const path = withoutQuery(request.path);
  // Loaded here, because reads don't need it.
  const { reviewAndRunOne } = await import('../cli/review/review.ts');
  const sent = await reviewAndRunOne<unknown>(
    ctx,
    {
      item: { row: { method, path }, steps: [{ do: 'send-request', method, path }] },
      columns: ['method', 'path'],
      command: ctx.commandLine.replaceAll(shellQuote(typedPath), shellQuote(withoutQuery(typedPath))),
      title: `This will be sent: ${method} ${request.path}`,
      asksFor: needsConfirmation ? 'everything' : 'removals',
      guarded: {
        removals: await removalsIn(connection, request),
        addressChanges: await addressChangesIn(connection, request),
      },
      makeMutation: () => unverifiableMutation(request),
    },
    options,
  );
  if (sent !== undefined) await printResponse(ctx, sent.object);
}

/** The removals of a request, for the kinds of requests that this program knows. */
async function removalsIn({ send }: Api, request: ApiRequest): Promise<Change[]> {
  const isDeletion = request.method === 'DELETE';
  if (!isDeletion && !deactivates(request)) return [];
  const assignments = isDeletion ? sidsIn(request, 'IY') : [];
  const steps: Change[] = assignments.map((sid) => ({ do: 'delete-assignment', assignment: { sid } }));
  for (const sid of sidsIn(request, 'US')) {
    const user = await getUser(send, sid);
    if (user.active !== false) steps.push({ do: 'delete-user', user });
  }
  return steps;
}

/**
 * The users to whom a request gives an address that they do not have yet. A user whom the login may not read counts in any
 * case.
 */
async function addressChangesIn({ send }: Api, request: ApiRequest): Promise<Change[]> {
  const { method, body } = request;
  const addresses = method === 'DELETE' ? [] : [...addressesIn(body)];
  if (addresses.length === 0) return [];
  const changes: Change[] = [];
  for (const id of sidsIn(request, 'US')) {
    const user = await readableUser(send, id);
    const own = [user.userName, ...(user.emails ?? []).map(({ value }) => value)].filter(Boolean);
    const isOwn = (address: unknown) => own.some((each) => equalsIgnoreCase(each, String(address)));
    const email = addresses.find((address) => !isOwn(address));
    if (email !== undefined) changes.push({ do: 'update-user', user, fields: { email: String(email) } });
  }
  return changes;
}

async function readableUser(send: Api['send'], id: string): Promise<User> {
  try {
    return await getUser(send, id);
  } catch (error) {
    if (!isNotListable(error)) throw error;
    return { id } as User;
  }
}

/** The SIDs of users or role assignments anywhere in a path. It is lenient, because a server may be as well. */
function sidsIn({ path }: ApiRequest, prefix: 'US' | 'IY'): string[] {
  const found = decodePath(path.replace(/\?.*$/, '')).match(new RegExp(`${prefix}[0-9a-f]{32}`, 'gi')) ?? [];
  return [...new Set(found.map((sid) => prefix + sid.slice(2).toLowerCase()))];
}

/** Decodes all percent-escapes, nested ones as well. */
function decodePath(path: string): string {
  const less = path.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return less === path ? path : decodePath(less);
}

/** True if it may set a user's `active` to another value than true. A PUT also resets the members that it leaves out. */
function deactivates(request: ApiRequest): boolean {
  const { method, body } = request;
  if (method === 'GET' || method === 'DELETE' || sidsIn(request, 'US').length === 0) return false;
  const values = [...valuesOf(/\bactive\b/i, body)];
  if (values.length === 0) return method === 'PUT';
  return values.some((value) => !/^true$/i.test(String(value)));
}

/** The values of a member in a body: under its full name as well, or in a PATCH operation. */
function* valuesOf(member: RegExp, body: unknown): Generator<unknown> {
  if (Array.isArray(body)) for (const each of body) yield* valuesOf(member, each);
  if (!isObject(body)) return;
  const isMember = (name: unknown) => member.test(String(name));
  for (const [name, value] of Object.entries(body)) {
    if (isMember(name)) yield value;
    else if (/^path$/i.test(name) && isMember(value)) {
      yield /^(add|replace)$/i.test(String(body.op)) ? body.value : undefined;
    } else yield* valuesOf(member, value);
  }
}

/** The addresses that a body gives to a user. */
function* addressesIn(body: unknown): Generator<unknown> {
  for (const given of [...valuesOf(/\b(?:userName|emails)\b/i, body)].flat()) {
    if (isObject(given)) {
      for (const [name, value] of Object.entries(given)) if (/^value$/i.test(name)) yield value;
    } else if (given !== undefined) yield given;
  }
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

/** A write whose effect this program can't verify. */
function unverifiableMutation(request: ApiRequest): Mutation<Sent> {
  let last: ResponseInfo | undefined;
  return {
    request,
    onResponse(response) {
      last = response;
    },
    parse: (object) => ({
      made: {
        ...(last === undefined ? {} : { http_status: last.status }),
        ...(last?.requestId === undefined ? {} : { request_id: last.requestId }),
      },
      object,
    }),
    verify: async () => ({
      outcome: 'ambiguous',
      why: 'only you know which request shows whether it took effect',
    }),
    inspectCommand: `twilio-org api GET ${withoutQuery(request.path)}`,
  };
}

/** The path and query. A whole URL is accepted if its origin is that of the API. */
function parseApiPath(apiUrl: string, text: string): string {
  const url = URL.canParse(text, apiUrl) ? new URL(text, apiUrl) : undefined;
  if (url === undefined || url.origin !== apiUrl || !(text.startsWith('/') || text.startsWith(apiUrl))) {
    throw usageError(`"${text}" is not a path of the API`, 'Start it with a slash, such as /scim/v2/Users');
  }
  return url.pathname + url.search;
}

async function readBody(ctx: Context, file: string): Promise<unknown> {
  const name = file === '-' ? 'standard input' : file;
  let text: string;
  try {
    const { stdin, signal } = ctx.runtime;
    text = file === '-' ? await readAll(addAbortSignal(signal, stdin)) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError('usage', `${name} could not be read`, {
      hint: 'Check the file name given with --input',
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('usage', `${name} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

async function printPages(ctx: Context, { send, url }: Api, first: ApiRequest): Promise<void> {
  async function* items() {
    for await (const page of paginate(send, first, url, itemsOf)) yield* page;
  }
  await jsonOutput(ctx).list(view, items());
}

/** The output for a response: JSON in place of a format that can't show nested data. */
function jsonOutput({ out, runtime, spinner }: Context): Output {
  if (out.format.structured) return out;
  const { stdout, env } = runtime;
  return createOutput({ stdout, env, format: 'json', color: false, beforeWrite: spinner.clear });
}

/** The items of a list response: in the member that `meta.key` names, or in SCIM's `Resources`. */
function itemsOf(response: unknown): unknown[] {
  if (isObject(response)) {
    const key =
      isObject(response.meta) && typeof response.meta.key === 'string' ? response.meta.key : 'Resources';
    const items = key === 'Resources' ? resourcesIn(response) : response[key];
    if (Array.isArray(items)) return items;
  }
  throw new AppError('failure', 'The response has no list, so --paginate has nothing to follow', {
    hint: 'Leave out --paginate to see the response',
  });
}
