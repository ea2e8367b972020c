import { describe, expect, test } from 'vitest';
import { commandsOf } from '../../src/cli/command-info.ts';
import { programInfo } from '../../src/program.ts';
import { call } from '../support/cli.ts';

/** The suggestion for words that are not a command. */
async function meant(words: string): Promise<string> {
  const { stdout, stderr, exitCode } = await call(words.split(' '));
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toMatch(/^error: Unknown command '/);
  return stderr.split('\n')[1] ?? '';
}

describe('an unknown command', () => {
  test.each([
    ['apply p.plan', 'runs apply or access apply'],
    ['undo', 'runs undo'],
    ['undo 20260101-000000000-abcd --yes', 'runs undo'],
    ['resume', 'runs resume'],
    ['offboard ada@example.com --yes', 'users offboard'],
    ['onboard', 'users onboard'],
    ['deactivate ada@example.com', 'users deactivate'],
    ['replace', 'role-assignments replace'],
    ['copy', 'access copy'],
    ['rotate-secret', 'apps rotate-secret'],
    ['scopes', 'apps scopes'],
    ['login', 'auth login'],
    ['--profile a undo', 'runs undo'],
    // With a letter too many, too few, or in the wrong place
    ['deactvate', 'users deactivate'],
    ['undoo', 'runs undo'],
    ['usres list', 'users list'],
    // The words of other programs
    ['version', '--version'],
    ['whoami', 'auth status'],
    ['configure', 'auth setup'],
    ['user list', 'users list'],
    ['plan', 'runs apply --dry-run or access plan'],
    // In a group that has no such verb
    ['users undo', 'runs undo'],
    ['users lst', 'users list'],
    ['runs plan', 'runs apply --dry-run or access plan'],
    ['accounts forget X', 'accounts unname'],
    ['account forget X', 'accounts unname'],
    ['forget', 'auth logout, accounts unname or guards unset'],
    ['accounts remove X', 'accounts unname'],
    ['accounts delete X', 'accounts unname'],
    ['accounts rm X', 'accounts unname'],
    ['accounts unset X', 'accounts unname'],
    ['accounts clear X', 'accounts unname'],
    ['accounts rename X Y', 'accounts name'],
    ['accounts add X Y', 'accounts name'],
    ['accounts set X Y', 'accounts name'],
    ['accounts alias X Y', 'accounts name'],
    ['accounts label X Y', 'accounts name'],
    ['accounts sync', 'accounts refresh'],
    ['accounts update', 'accounts refresh'],
    ['accounts get X', 'accounts list'],
    ['snapshots create', 'snapshots take'],
    ['snapshots new', 'snapshots take'],
    ['snapshots save', 'snapshots take'],
    ['snapshots delete X', 'snapshots prune'],
    ['snapshots clean', 'snapshots prune'],
    ['snapshots check', 'snapshots verify'],
    ['snapshots get X', 'snapshots show'],
    ['runs delete X', 'runs prune'],
    ['runs clean', 'runs prune'],
    ['guards forget X', 'guards unset'],
    ['guards clear X', 'guards unset'],
    ['auth forget', 'auth logout'],
    ['auth remove', 'auth logout'],
    ['auth whoami', 'auth status'],
    ['access adopt access', 'access pull'],
    ['access export access', 'access pull'],
    ['access import access', 'access apply'],
    ['access sync access', 'access apply'],
    ['access check access', 'access lint'],
    ['access why ada@example.com', 'access explain'],
    ['access list', 'access who'],
    ['access show', 'access who'],
    ['access history ada@example.com', 'access since'],
    ['users help', 'help users'],
    ['users help list', 'help users list'],
  ])('such as %s suggests %s', async (words, command) => {
    expect(await meant(words)).toBe(`Did you mean ${command}?`);
  });

  test.each([
    ['import', 'users import, role-assignments import or accounts import'],
    ['export', 'users export, role-assignments export or accounts export'],
  ])('that several groups have, such as %s, suggests each of them', async (word, commands) => {
    expect(await meant(word)).toBe(`Did you mean ${commands}?`);
  });

  test('that is the verb of any group suggests that group', async () => {
    const names = commandsOf(await programInfo()).map(({ name }) => name.split(' '));
    const verbs = names.filter((words) => words.length === 2);
    expect(verbs.length).toBeGreaterThan(35);
    for (const [group, verb] of verbs) expect(await meant(verb ?? '')).toContain(`${group} ${verb}`);
  });

  test('that resembles no command suggests --help', async () => {
    for (const words of ['xyzzy', 'constructor', '__proto__', 'users xyzzy']) {
      expect(await meant(words)).toMatch(/^To see all commands: twilio-org (users )?--help$/);
    }
  });
});

describe('help', () => {
  test.each([
    ['help nosuch', "Unknown command 'nosuch'"],
    ['help usres', "Unknown command 'usres'"],
    ['help users nosuch', "Unknown command 'nosuch'"],
    ['help undo', "Unknown command 'undo'"],
    ['nosuch --help', "Unknown command 'nosuch'"],
    ['users nosuch --help', "Unknown command 'nosuch'"],
    ['users nosuch -h', "Unknown command 'nosuch'"],
    ['--profile a help nosuch', "Unknown command 'nosuch'"],
  ])('%s is a usage error', async (words, message) => {
    const { stdout, stderr, exitCode } = await call(words.split(' '));
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr.split('\n')[0]).toBe(`error: ${message}`);
  });

  test('of an unknown command suggests a known one', async () => {
    expect(await meant('help usres')).toBe('Did you mean users?');
    expect(await meant('help undo')).toBe('Did you mean runs undo?');
    expect(await meant('help users lst')).toBe('Did you mean users list?');
  });

  test.each([
    ['--profile a help users', 'users --help'],
    ['help --profile a users', 'users --help'],
    ['--profile a help users list', 'users list --help'],
    ['help users list -o json', 'users list --help'],
    ['help assignments list', 'role-assignments list --help'],
    ['users get --help ada@example.com', 'users get --help'],
    ['users get ada@example.com --help', 'users get --help'],
    ['help help', '--help'],
    ['help --help', '--help'],
  ])('%s prints what %s prints', async (words, other) => {
    const help = await call(words.split(' '));
    expect(help).toEqual(await call(other.split(' ')));
    expect(help).toMatchObject({ stderr: '', exitCode: 0 });
  });
});
