import { usageError } from '../platform/core/errors.ts';
import { type Scope, scopeNames } from '../twilio/scopes.ts';
import { type CommandInfo, commandsOf, type ProgramInfo, type ScopeConditions } from './command-info.ts';
import { alwaysNeeded } from './scope-conditions.ts';

/** A command that needs scopes of its own. */
export type ScopedCommand = CommandInfo & { scopes: ScopeConditions };

/** The commands that need scopes of their own, in the order of the help. */
export function commandsWithScopes(program: ProgramInfo): ScopedCommand[] {
  return commandsOf(program).filter(
    (command): command is ScopedCommand => typeof command.scopes === 'object',
  );
}

export interface ScopeNeed {
  scope: Scope;
  /** `always`, or the conditions; those of several commands once each. */
  needed: string;
  /** Names of the commands that need it. */
  commands: string[];
}

/** The union of the commands' scopes, in the order of Twilio's table. */
export function scopesNeededBy(commands: readonly ScopedCommand[]): ScopeNeed[] {
  return scopeNames.flatMap((scope) => {
    const needing = commands.filter(({ scopes }) => scopes[scope] !== undefined);
    if (needing.length === 0) return [];
    const conditions = new Set(needing.flatMap(({ scopes }) => scopes[scope] ?? []));
    return {
      scope,
      needed: conditions.has(alwaysNeeded) ? alwaysNeeded : [...conditions].join('; '),
      commands: needing.map(({ name }) => name),
    };
  });
}

/** The commands that words name: `users list` or `users.list`, any number of them; each once. */
export function parseCommandNames(program: ProgramInfo, words: readonly string[]): ScopedCommand[] {
  const known = commandsWithScopes(program);
  const named = new Set<ScopedCommand>();
  let rest = words
    .flatMap((word) => word.split(/[\s.]+/))
    .filter(Boolean)
    .map((word) => withoutAlias(program, word));
  while (rest.length > 0) {
    const command = known.find(({ name }) => `${rest.join(' ')} `.startsWith(`${name} `));
    if (command === undefined) throw notScoped(program, known, rest);
    named.add(command);
    rest = rest.slice(command.name.split(' ').length);
  }
  return [...named];
}

/** The name that an alias stands for; any other word as it is. */
export function withoutAlias({ entries }: ProgramInfo, word: string): string {
  return entries.find((entry) => 'alias' in entry && entry.alias === word)?.name ?? word;
}

function notScoped(program: ProgramInfo, known: readonly ScopedCommand[], [first = '', ...rest]: string[]) {
  const sendsAnything = commandsOf(program).some(
    ({ name, scopes }) => scopes === 'as-sent' && name.split(' ')[0] === first,
  );
  if (sendsAnything) {
    return usageError(
      `${first} needs the scopes of the requests that it sends`,
      'Ask for a request: twilio-org apps scopes --request "GET /scim/v2/Users"',
    );
  }
  return usageError(
    `"${[first, ...rest.slice(0, 1)].join(' ')}" is not a command with scopes of its own`,
    `Commands with scopes: ${known.map(({ name }) => name).join(', ')}`,
  );
}
