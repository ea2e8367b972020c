import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { answers } from '../api/pages.ts';
import { isSid } from '../api/sids.ts';
import type { ApiRequest, Method } from '../api/transport.ts';
import { getUser } from '../api/users.ts';
import { isObject } from '../api/values.ts';
import type { Write } from '../api/writes.ts';
import { checkGuards, type GuardFlags, withGuardFlags } from '../bulk/guards.ts';
import type { Step } from '../bulk/plan.ts';
import type { Cli } from '../command.ts';
import type { Api, Context } from '../context.ts';
import { AppError, usageError } from '../errors.ts';
import { createOutput, type Output, type View } from '../terminal/output.ts';
import { onlyShown } from './changes.ts';

interface Options extends GuardFlags {
  /** The file; false after --no-input, which has the same name to the library. */
  input?: string | false;
  paginate?: boolean;
}

const methods: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What an answer holds nobody knows beforehand: it is printed whole, as JSON. */
const view: View = { fields: [], columns: [] };

export function api(cli: Cli, command: Command): void {
  withGuardFlags(command)
    .argument('<method>', `${methods.join(', ')}, in any case`)
    .argument('<path>', 'path and query below the API, such as /scim/v2/Users')
    .option('--input <file>', 'body as JSON from a file, or - for standard input')
    .option('--paginate', 'follow next_page_url and print the items of all pages')
    .action(cli.action(run));
  cli.examples(command, [
    'twilio-org api GET /v2/Organizations/Roles?PageSize=5',
    'twilio-org api GET /v2/Organizations/RoleAssignments --paginate -o jsonl',
    'twilio-org api POST /v2/Organizations/RoleAssignments --input assignment.json --dry-run',
  ]);
}

async function run(ctx: Context, methodText: string, path: string, options: Options): Promise<void> {
  const method = methods.find((known) => known === methodText.toUpperCase());
  if (method === undefined)
    throw usageError(`"${methodText}" is not a method`, `Use one of ${methods.join(', ')}`);
  if (options.paginate && method !== 'GET') throw usageError('--paginate goes with GET only');
  if (typeof options.input === 'string' && method === 'GET') throw usageError('--input does not go with GET');
  if (ctx.flags.fields !== undefined) {
    throw usageError('--fields does not go with api: answers are printed whole', 'Leave it out');
  }
  const { apiUrl } = await ctx.settings();
  const request: ApiRequest = { method, path: pathBelow(apiUrl, path) };
  if (typeof options.input === 'string') {
    request.body = await bodyFrom(ctx, options.input);
    if (request.path.startsWith('/scim/')) request.contentType = 'application/scim+json';
  }
  const asks = method === 'DELETE' || deactivates(request);
  if (asks) ctx.mustBeConfirmable();
  const connection = await ctx.api();
  const shown = method !== 'GET' && (await onlyShown(ctx, connection, [request]));
  await checkGuards(ctx, await removalsIn(connection, request), options);
  if (shown) return;
  if (asks) await ctx.confirm(`This will be sent: ${method} ${request.path}`);
  if (options.paginate) return printPages(ctx, connection, request);
  const answer = method === 'GET' ? await connection.send(request) : await connection.write(unseen(request));
  if (answer !== undefined) await jsonOutput(ctx).item(view, answer);
}

/** What a request takes away, as far as it is one that this program knows. */
async function removalsIn({ send }: Api, request: ApiRequest): Promise<Step[]> {
  const sid = sidIn(request);
  const isDeletion = request.method === 'DELETE';
  if (isSid('IY', sid)) return isDeletion ? [{ do: 'delete-assignment', assignment: { sid } }] : [];
  if (!isSid('US', sid) || !(isDeletion || deactivates(request))) return [];
  const user = await getUser(send, sid);
  return user.active ? [{ do: 'delete-user', user }] : [];
}

/** Of the user or the role assignment that a request is about, as the path has it: in any case, and maybe escaped. */
function sidIn({ path }: ApiRequest): string {
  const [, sid = ''] =
    /^\/(?:scim\/v2\/Users|v2\/Organizations\/RoleAssignments)\/(\w+)/i.exec(plain(path)) ?? [];
  return sid.slice(0, 2).toUpperCase() + sid.slice(2);
}

function plain(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether it is a PUT or PATCH of a user that may set `active` to anything but true. */
function deactivates(request: ApiRequest): boolean {
  if (!['PUT', 'PATCH'].includes(request.method) || !isSid('US', sidIn(request))) return false;
  const { body } = request;
  return /"active"\s*:\s*(?!true)|"path"\s*:\s*"[^"]*\bactive\b/i.test(JSON.stringify(body) ?? '');
}

/** A write of which this program knows no way to look whether it took effect. */
function unseen(request: ApiRequest): Write<unknown> {
  return {
    request,
    read: (answer) => answer,
    look: async () => ({ outcome: 'unclear', why: 'only you know what would show whether it happened' }),
    shownBy: `twilio-org api GET ${request.path.replace(/\?.*$/, '')}`,
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
    text = file === '-' ? await readAll(ctx.runtime.stdin) : await readFile(file, 'utf8');
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
    for await (const answer of answers(send, first, url)) yield* itemsOf(answer);
  }
  await jsonOutput(ctx).list(view, items());
}

/** Answers are JSON, whatever the format of tables is. */
function jsonOutput({ out, runtime }: Context): Output {
  if (out.format === 'jsonl') return out;
  return createOutput({ stdout: runtime.stdout, format: 'json', color: false });
}

/** The list in an answer: under the member that `meta.key` names, or SCIM's `Resources`. */
function itemsOf(answer: unknown): unknown[] {
  if (isObject(answer)) {
    const key = isObject(answer.meta) && typeof answer.meta.key === 'string' ? answer.meta.key : 'Resources';
    const items = answer[key];
    if (Array.isArray(items)) return items;
  }
  throw new AppError('failure', 'The answer holds no list, so --paginate has nothing to follow', {
    hint: 'Leave out --paginate to see the answer',
  });
}
