import { commandsOf, type ProgramInfo, startsRun } from '../../../cli/command-info.ts';
import { commandsWithScopes, withoutAlias } from '../../../cli/command-scopes.ts';
import { usageError } from '../../../platform/core/errors.ts';

/** Matches a run's command by its name, its group, or its last words, such as `create`. */
export function commandFilter(program: ProgramInfo, text: string): (command: string) => boolean {
  const [first = '', ...rest] = text.toLowerCase().split(/\s+/).filter(Boolean);
  const [second = '', ...others] = rest;
  const words = first === program.name ? [second, ...others] : [first, ...rest];
  const wanted = [withoutAlias(program, words[0] ?? ''), ...words.slice(1)].join(' ');
  const matches = (command: string) => ` ${command} `.includes(` ${wanted} `);
  const recorded = commandsOf(program).filter(startsRun);
  // A command that only reads matches no run, but its word may be part of one that changes something.
  const known = [...recorded, ...commandsWithScopes(program)];
  if (wanted === '' || !known.some(({ name }) => matches(name))) {
    throw usageError(
      `--command "${text}" is not a command that changes anything`,
      `Give a group or a command: ${recorded.map(({ name }) => name).join(', ')}`,
    );
  }
  return matches;
}
