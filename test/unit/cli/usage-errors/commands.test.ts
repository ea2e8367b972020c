import { describe, expect, test } from 'vitest';
import { buildTree, flatten } from '../../../../src/cli/completion/tree.ts';
import { suggestedCommands } from '../../../../src/cli/usage-errors/commands.ts';
import { programInfo } from '../../../../src/program.ts';

const root = buildTree(await programInfo());
const suggested = (parent: string, ...words: string[]) =>
  suggestedCommands(root, flatten(root).find(({ path }) => path === parent) ?? root, words);

describe('suggestedCommands for an unknown word', () => {
  test('names the commands with that verb in other groups', () => {
    expect(suggested('', 'undo')).toEqual(['runs undo']);
    expect(suggested('users', 'copy')).toEqual(['access copy']);
    expect(suggested('', 'import')).toEqual(['users import', 'role-assignments import', 'accounts import']);
  });

  test('names the equivalent of a command of another program', () => {
    expect(suggested('', 'whoami')).toEqual(['auth status']);
    expect(suggested('runs', 'plan')).toEqual(['runs apply --dry-run', 'access plan']);
  });

  test('prefers a similar name of the same group', () => {
    expect(suggested('users', 'lst')).toEqual(['users list']);
    expect(suggested('', 'usres')).toEqual(['users']);
  });

  test('finds a group by an alias that is spelled alike', () => {
    expect(suggested('', 'asignments')).toEqual(['role-assignments']);
  });

  test('puts help before the words', () => {
    expect(suggested('users', 'help', 'list')).toEqual(['help users list']);
  });

  test('is empty for a word that resembles no command', () => {
    for (const word of ['xyzzy', 'constructor', '__proto__']) expect(suggested('', word)).toEqual([]);
  });
});
