import type { Command } from 'commander';
import { isLacking, onlyByWriting, type Tried, tryEach, whenHeld } from '../../api/held-scopes.ts';
import { allowed, type Scope } from '../../api/scopes.ts';
import { always, commandsWithScopes, namedCommands, neededBy } from '../../auth/command-scopes.ts';
import type { Cli } from '../../command.ts';
import type { Context } from '../../context.ts';
import type { AppError } from '../../errors.ts';
import type { View } from '../../terminal/output.ts';

interface Options {
  check?: boolean;
}

export function scopesCommand(cli: Cli): Command {
  const command = cli
    .command('scopes', 'Show the scopes of an OAuth app, and which commands need them')
    .argument('[command...]', 'commands such as "users list" or users.list: only what these need')
    .option('--check', 'find out, by reading alone, which of them the login in force has')
    .action(cli.action(scopes));
  return cli.examples(command, [
    'twilio-org apps scopes',
    'twilio-org apps scopes "users list" "users deactivate"',
    'twilio-org apps scopes --check -o json',
  ]);
}

async function scopes(ctx: Context, words: string[], options: Options): Promise<void> {
  const commands = words.length === 0 ? commandsWithScopes : namedCommands(words);
  if (options.check) return check(ctx, commands);
  return words.length === 0 ? everyScope(ctx) : needed(ctx, commands);
}

const tableView: View = {
  fields: ['scope', 'allows', 'commands'],
  columns: ['scope', 'allows', 'commands'],
};

/** All scopes. As text, a command with an asterisk needs one for some of what it can be asked. */
async function everyScope(ctx: Context): Promise<void> {
  ctx.out.checkFields(tableView);
  const rows = neededBy(commandsWithScopes).map(({ scope, commands }) => ({
    scope,
    allows: allowed[scope],
    commands: commands.map((command) => ({ command, needed: whenNeeded(command, scope) })),
  }));
  if (isJson(ctx)) {
    await ctx.out.list(tableView, rows);
    return;
  }
  const texts = rows.map((row) => ({
    ...row,
    commands: row.commands
      .map(({ command, needed }) => (needed === always ? command : `${command}*`))
      .join(', '),
  }));
  if (ctx.out.format === 'table' && ctx.flags.fields === undefined) {
    const blocks = texts.map(({ scope, allows, commands }) => `${scope}: ${allows}\n  ${commands}\n`);
    await ctx.out.text(blocks.join('\n'));
  } else {
    await ctx.out.list(tableView, texts);
  }
  ctx.messages.note(
    '* only for some of what the command can be asked: twilio-org apps scopes "users get" tells',
    "For roles, Twilio's pages name roles/list here and role-assignments/list there: either may do",
    'The commands api and runs need the scopes of the requests that they send',
  );
}

function whenNeeded(command: string, scope: Scope): string | undefined {
  return neededBy([command]).find((need) => need.scope === scope)?.needed;
}

const neededView: View = { fields: ['scope', 'needed', 'commands'], columns: ['scope', 'needed'] };

async function needed(ctx: Context, commands: string[]): Promise<void> {
  ctx.out.checkFields(neededView);
  const rows = neededBy(commands);
  const texts = () => rows.map((row) => ({ ...row, commands: row.commands.join(', ') }));
  await ctx.out.list(neededView, isJson(ctx) ? rows : texts());
}

const checkView: View = { fields: ['scope', 'held', 'found'], columns: ['scope', 'held', 'found'] };

async function check(ctx: Context, commands: string[]): Promise<void> {
  ctx.out.checkFields(checkView);
  const wanted = new Set<Scope>(neededBy(commands).map(({ scope }) => scope));
  const { send } = await ctx.api();
  const tried = await tryEach(send, (scope) => wanted.has(scope));
  await ctx.out.list(checkView, tried.map(verdictOn));
}

/** Any answer but "you lack it" says nothing of scopes: it is an error as everywhere else. */
function verdictOn({ scope, result }: Tried) {
  if (result === undefined) return { scope, held: 'unknown', found: onlyByWriting };
  if (result === 'held') return { scope, held: 'yes', found: whenHeld(scope) };
  if (!isLacking(result.error)) throw result.error;
  const { hint, message } = result.error as AppError;
  return { scope, held: 'no', found: hint ?? message };
}

/** Lists are for programs; in a cell they are a text. */
function isJson({ out }: Context): boolean {
  return out.format === 'json' || out.format === 'jsonl';
}
