import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { checkGuards } from '../changes/guards/check.ts';
import type { Change, Sent } from '../changes/plan/change.ts';
import { defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { defineFlags, type FlagsOf } from '../cli/flag-spec.ts';
import { guardFlags } from '../cli/guard-flags.ts';
import { selfFlag } from '../cli/review/confirm-self.ts';
import type { Api } from '../organization/workspace/api.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { shellQuote } from '../platform/core/text.ts';
import { createOutput, type Output, type View } from '../platform/terminal/output.ts';
import type { ApiRequest, Method, ResponseInfo } from '../twilio/client.ts';
import type { Mutation } from '../twilio/mutation.ts';
import { paginate } from '../twilio/pagination.ts';
import { getUser, resourcesIn } from '../twilio/users.ts';

const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What an answer holds nobody knows beforehand: it is printed whole, as JSON. */
const view: View = { fields: [], columns: [] };

const flags = defineFlags({
  ...guardFlags,
  ...selfFlag,
  input: { value: 'file', summary: 'read the JSON body from this file, or - for standard input' },
  paginate: { summary: 'follow next_page_url and print the items of all pages' },
});

export const apiCommand = defineCommand({
  name: 'api',
  summary: "Send any request with this program's login and retries",
  args: {
    method: { summary: `${methods.join(', ')}, in any case` },
    path: { summary: 'path and query below the API, such as /scim/v2/Users' },
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
  if (options.paginate && method !== 'GET') throw usageError('--paginate goes with GET only', 'Leave it out');
  if (options.input !== undefined && method === 'GET')
    throw usageError('--input does not go with GET', 'Leave it out, or name another method');
  if (ctx.flags.fields !== undefined) {
    throw usageError('--fields does not go with api: answers are printed whole', 'Leave it out');
  }
  const { apiUrl } = await ctx.settings();
  const request: ApiRequest = { method, path: pathBelow(apiUrl, path) };
  if (options.input !== undefined) {
    request.body = await bodyFrom(ctx, options.input);
    if (request.path.startsWith('/scim/')) request.contentType = 'application/scim+json';
  }
  const asks = method === 'DELETE' || deactivates(request);
  if (asks) ctx.requireConfirmable();
  const connection = await ctx.api();
  if (method !== 'GET') return write(ctx, connection, { ...request, method, typedPath: path, asks }, options);
  // Guard flags that contradict the profile are refused on a read as well.
  await checkGuards(ctx, [], options);
  if (options.paginate) return printPages(ctx, connection, request);
  await printResponse(ctx, await connection.send(request));
}

async function printResponse(ctx: Context, response: unknown): Promise<void> {
  if (response !== undefined) await jsonOutput(ctx).item(view, response);
}

interface WriteRequest extends ApiRequest {
  method: Exclude<Method, 'GET'>;
  /** The path as the person typed it. */
  typedPath: string;
  /** True when it needs a yes. */
  asks: boolean;
}

/** Sends a write as a run. Neither its query nor its body is recorded, because they may hold anything. */
async function write(
  ctx: Context,
  connection: Api,
  { typedPath, asks, ...request }: WriteRequest,
  options: FlagsOf<typeof flags>,
): Promise<void> {
  const { method } = request;
  const path = withoutQuery(request.path);
  // Loaded here, because a read does without it.
  const { reviewAndRunOne } = await import('../cli/review/review.ts');
  const sent = await reviewAndRunOne<unknown>(
    ctx,
    {
      item: { row: { method, path }, steps: [{ do: 'send-request', method, path }] },
      columns: ['method', 'path'],
      command: ctx.commandLine.replaceAll(shellQuote(typedPath), shellQuote(withoutQuery(typedPath))),
      title: `This will be sent: ${method} ${request.path}`,
      asksFor: asks ? 'everything' : 'removals',
      removals: await removalsIn(connection, request),
      makeMutation: () => unseen(request),
    },
    options,
  );
  if (sent !== undefined) await printResponse(ctx, sent.object);
}

/** What a request takes away, as far as it is one that this program knows. */
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

/** The users or role assignments that a path names, wherever and however: what a server makes of an odd one nobody knows. */
function sidsIn({ path }: ApiRequest, prefix: 'US' | 'IY'): string[] {
  const found = plain(path.replace(/\?.*$/, '')).match(new RegExp(`${prefix}[0-9a-f]{32}`, 'gi')) ?? [];
  return [...new Set(found.map((sid) => prefix + sid.slice(2).toLowerCase()))];
}

/** Without escapes, also where an escape is escaped. */
function plain(path: string): string {
  const less = path.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return less === path ? path : plain(less);
}

/** Whether it may set a user's `active` to anything but true; a PUT replaces also what it does not name. */
function deactivates(request: ApiRequest): boolean {
  const { method, body } = request;
  if (method === 'GET' || method === 'DELETE' || sidsIn(request, 'US').length === 0) return false;
  const values = [...valuesOfActive(body)];
  if (values.length === 0) return method === 'PUT';
  return values.some((value) => !/^true$/i.test(String(value)));
}

/** What a body says of `active`: as a member, by its full name too, or in an operation of PATCH. */
function* valuesOfActive(body: unknown): Generator<unknown> {
  if (Array.isArray(body)) for (const each of body) yield* valuesOfActive(each);
  if (!isObject(body)) return;
  const isActive = (name: unknown) => /\bactive\b/i.test(String(name));
  for (const [name, value] of Object.entries(body)) {
    if (isActive(name)) yield value;
    else if (/^path$/i.test(name) && isActive(value)) {
      yield /^(add|replace)$/i.test(String(body.op)) ? body.value : undefined;
    } else yield* valuesOfActive(value);
  }
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

/** A write of which this program knows no way to look whether it took effect. */
function unseen(request: ApiRequest): Mutation<Sent> {
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
    verify: async () => ({ outcome: 'ambiguous', why: 'only you know what would show whether it happened' }),
    inspectCommand: `twilio-org api GET ${withoutQuery(request.path)}`,
  };
}

/** The path, also of a whole URL, as long as it is one of the API's own. */
function pathBelow(apiUrl: string, text: string): string {
  const url = URL.canParse(text, apiUrl) ? new URL(text, apiUrl) : undefined;
  if (url === undefined || url.origin !== apiUrl || !(text.startsWith('/') || text.startsWith(apiUrl))) {
    throw usageError(
      `"${text}" is not a path of the API`,
      `Give it from the first slash on, such as /scim/v2/Users`,
    );
  }
  return url.pathname + url.search;
}

async function bodyFrom(ctx: Context, file: string): Promise<unknown> {
  const name = file === '-' ? 'standard input' : file;
  let text: string;
  try {
    const { stdin, signal } = ctx.runtime;
    text = file === '-' ? await readAll(addAbortSignal(signal, stdin)) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError('usage', `${name} could not be read`, {
      hint: 'Check the name given with --input',
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('usage', `${name} does not hold JSON: ${(cause as Error).message}`, { cause });
  }
}

async function printPages(ctx: Context, { send, url }: Api, first: ApiRequest): Promise<void> {
  async function* items() {
    for await (const page of paginate(send, first, url, itemsOf)) yield* page;
  }
  await jsonOutput(ctx).list(view, items());
}

/** A response is structured: a format that can't show that is replaced by JSON. */
function jsonOutput({ out, runtime }: Context): Output {
  if (out.format.structured) return out;
  return createOutput({ stdout: runtime.stdout, env: runtime.env, format: 'json', color: false });
}

/** The list in an answer: under the member that `meta.key` names, or SCIM's `Resources`. */
function itemsOf(answer: unknown): unknown[] {
  if (isObject(answer)) {
    const key = isObject(answer.meta) && typeof answer.meta.key === 'string' ? answer.meta.key : 'Resources';
    const items = key === 'Resources' ? resourcesIn(answer) : answer[key];
    if (Array.isArray(items)) return items;
  }
  throw new AppError('failure', 'The answer holds no list, so --paginate has nothing to follow', {
    hint: 'Leave out --paginate to see the answer',
  });
}
