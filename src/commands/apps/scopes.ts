import { Help } from 'commander';
import { defineCommand } from '../../cli/command.ts';
import {
  commandsWithScopes,
  parseCommandNames,
  type ScopedCommand,
  scopesNeededBy,
} from '../../cli/command-scopes.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { twilio } from '../../login/config/settings.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';
import {
  grantedNote,
  isMissingScope,
  notProbeableNote,
  probeScopes,
  type ScopeProbe,
} from '../../twilio/scope-probe.ts';
import {
  type AllowedRequest,
  requestsLike,
  roleScopeNote,
  type Scope,
  scopeTable,
} from '../../twilio/scopes.ts';

const flags = defineFlags({
  request: { value: 'request', summary: 'show only the scopes for this request: a method and a path or URL' },
  check: { summary: 'find out which of them this login has; reads only' },
});

export const scopesCommand = defineCommand({
  name: 'apps scopes',
  summary: 'Show the scopes of an OAuth app, and the requests and commands that need them',
  args: {
    command: {
      summary: 'show only what these commands need, such as "users list" or users.list',
      optional: true,
      variadic: true,
    },
  },
  flags,
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org apps scopes',
    'twilio-org apps scopes "users list" "users deactivate"',
    'twilio-org apps scopes --request "DELETE /scim/v2/Users/US0123456789abcdef0123456789abcdef"',
    'twilio-org apps scopes --check -o json',
  ],
  run: (ctx, { command, flags }) => scopes(ctx, command, flags),
});

async function scopes(ctx: Context, words: string[], options: FlagsOf<typeof flags>): Promise<void> {
  const { request, check: checks } = options;
  if (request !== undefined && words.length > 0) {
    throw usageError('Commands and --request exclude each other', 'Pass only one of them');
  }
  const program = await ctx.program();
  const commands = words.length === 0 ? commandsWithScopes(program) : parseCommandNames(program, words);
  const requests = request === undefined ? scopeTable : await scopesFor(ctx, request);
  const of = request === undefined ? scopesNeededBy(commands) : requests;
  if (checks) return check(ctx, new Set(of.map(({ scope }) => scope)));
  return words.length === 0 ? table(ctx, requests, commands) : needed(ctx, commands);
}

/** The scopes that Twilio's pages name for a request such as `DELETE /scim/v2/Users/US…`. */
async function scopesFor(ctx: Context, request: string): Promise<AllowedRequest[]> {
  const [, method = '', target = ''] = /^\s*([a-z]+)\s+(\S+)\s*$/i.exec(request) ?? [];
  const isPath = target.startsWith('/') && !target.startsWith('//');
  if (!isPath && !/^https?:\/\/[^/]/i.test(target)) {
    throw usageError(
      `"${request}" is not a request`,
      'Give a method and a path or URL, such as "GET /scim/v2/Users"',
    );
  }
  const url = URL.canParse(target, twilio.apiUrl) ? new URL(target, twilio.apiUrl) : undefined;
  const isOurs =
    url !== undefined && [twilio.apiUrl, isPath || (await ctx.settings()).apiUrl].includes(url.origin);
  const found = isOurs ? requestsLike(method.toUpperCase(), url.pathname.replace(/(?<=.)\/+$/, '')) : [];
  if (found.length > 0) return found;
  throw new AppError('not-found', `Twilio's pages name no scope for ${method.toUpperCase()} ${target}`, {
    hint: 'The request may need an unknown scope. To see the known requests: twilio-org apps scopes',
  });
}

const tableView: View = {
  fields: ['scope', 'method', 'endpoint', 'documentation', 'commands', 'allows'],
  columns: ['scope', 'method', 'endpoint', 'documentation', 'commands'],
};

/** Twilio's own table. In text, an asterisk marks a command that needs the scope only under a condition. */
async function table(
  ctx: Context,
  requests: readonly AllowedRequest[],
  commands: readonly ScopedCommand[],
): Promise<void> {
  ctx.out.checkFields(tableView);
  const rows = requests.map((request) => {
    const needing = commands.flatMap((command) => {
      const needed = whenNeeded(command, request.scope);
      return needed === undefined ? [] : { command: command.name, needed };
    });
    return { ...describeRequest(request), commands: needing };
  });
  if (ctx.out.format.structured) {
    await ctx.out.list(tableView, rows);
    return;
  }
  const texts = rows.map((row) => ({
    ...row,
    commands: row.commands
      .map(({ command, needed }) => (needed === alwaysNeeded ? command : `${command}*`))
      .join(', '),
  }));
  if (ctx.out.format.forPeople && ctx.flags.fields === undefined) {
    await ctx.out.text(texts.map(block).join('\n'));
  } else {
    await ctx.out.list(tableView, texts);
  }
  const sources = requests.flatMap(({ source }) => source ?? []);
  const some = rows.some((row) => row.commands.some(({ needed }) => needed !== alwaysNeeded));
  ctx.messages.note(
    ...(some
      ? [
          '* needs the scope only in some cases. To see them, name the command: twilio-org apps scopes "users get"',
        ]
      : []),
    ...(requests === scopeTable ? wholeTable : sources),
  );
}

const wholeTable = [
  roleScopeNote,
  'The commands api and runs need the scopes of the requests that they send. To look one up: twilio-org apps scopes --request "GET /scim/v2/Users"',
];

/** Twilio's data about a request, with its scope in words. */
function describeRequest({ scope, method, endpoint, documentation }: AllowedRequest) {
  return {
    scope,
    method,
    endpoint,
    documentation,
    allows: scopeTable.find((known) => known.scope === scope)?.allows,
  };
}

/** A row as several lines, because it is too wide for a table in a terminal. */
function block(row: ReturnType<typeof describeRequest> & { commands: string }): string {
  const { scope, allows, commands, method, endpoint, documentation } = row;
  const lines = new Help().boxWrap(commands.replaceAll(/(?<!,) /g, '_'), 76).replaceAll('_', ' ');
  return `${scope}: ${allows}\n  ${lines.replaceAll('\n', '\n  ')}\n  ${method} ${endpoint}\n  ${documentation}\n`;
}

function whenNeeded(command: ScopedCommand, scope: Scope): string | undefined {
  return scopesNeededBy([command]).find((need) => need.scope === scope)?.needed;
}

const neededView: View = {
  fields: ['scope', 'needed', 'commands', 'method', 'endpoint', 'documentation'],
  columns: ['scope', 'needed'],
};

async function needed(ctx: Context, commands: readonly ScopedCommand[]): Promise<void> {
  ctx.out.checkFields(neededView);
  const rows = scopesNeededBy(commands).map((row) => {
    const request = scopeTable.find(({ scope }) => scope === row.scope);
    const { method, endpoint, documentation } = request ?? {};
    return { ...row, method, endpoint, documentation };
  });
  const texts = () => rows.map((row) => ({ ...row, commands: row.commands.join(', ') }));
  await ctx.out.list(neededView, ctx.out.format.structured ? rows : texts());
}

const checkView: View = { fields: ['scope', 'held', 'found'], columns: ['scope', 'held', 'found'] };

async function check(ctx: Context, wanted: ReadonlySet<Scope>): Promise<void> {
  ctx.out.checkFields(checkView);
  const { send } = await ctx.api();
  const probes = await probeScopes(send, (scope) => wanted.has(scope));
  await ctx.out.list(checkView, probes.map(verdictOn));
}

/** A missing scope is a result; any other error says nothing about scopes and is thrown. */
function verdictOn({ scope, result }: ScopeProbe) {
  if (result === undefined) return { scope, held: 'unknown', found: notProbeableNote };
  if (result === 'held') return { scope, held: 'yes', found: grantedNote(scope) };
  if (!isMissingScope(result.error)) throw result.error;
  const { hint, message } = result.error as AppError;
  return { scope, held: 'no', found: hint ?? message };
}
