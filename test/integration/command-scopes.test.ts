import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { commandsOf } from '../../src/cli/command-info.ts';
import { commandsWithScopes, scopesNeededBy } from '../../src/cli/command-scopes.ts';
import { alwaysNeeded } from '../../src/cli/scope-conditions.ts';
import { programInfo } from '../../src/program.ts';
import { type Scope, scopeNames, scopesFor } from '../../src/twilio/scopes.ts';
import { home, sandboxed, userAt } from '../support/cli.ts';
import { declaredDirectory, onePair } from '../support/declared.ts';

/** Ways to call each command that between them send every kind of request it can. */
const calls: Record<string, string[]> = {
  'users list': ['', '--user-name EMAIL', '--search a', '--roles'],
  'users get': ['SID', 'EMAIL', 'external:emp-00002', 'SID -o table'],
  'users create': ['--email new@example.com', '--email newer@example.com --dry-run'],
  'users update': ['SID --locale sv-SE', 'EMAIL --locale sv-SE', 'SID2 --inactive --yes'],
  'users activate': ['INACTIVE', 'INACTIVE-EMAIL'],
  'users deactivate': ['SID2 --yes', 'EMAIL --yes'],
  'users delete': ['SID2 --yes', 'EMAIL --yes'],
  'roles list': ['', '--permissions'],
  'roles get': ['Developer', 'IX00000000000000000000000000000103'],
  'role-assignments list': [
    '',
    '--user SID --user SID2',
    '--user EMAIL',
    '--role Admin',
    '--names',
    '-o table',
  ],
  'role-assignments create': [
    '--user SID --role IX00000000000000000000000000000105 --scope org',
    '--user EMAIL --role Support --scope org',
    '--user EMAIL --user SID2 --role Support --role IX00000000000000000000000000000104 --scope org',
  ],
  'role-assignments delete': [
    'IY --yes',
    '--user OWNER-EMAIL --role Admin --scope org --yes',
    '--user OWNER-EMAIL --role Admin --role IX00000000000000000000000000000102 --scope org --yes',
  ],
  'users import': ['NEW', 'CHANGED', 'ROLES'],
  'users export': [''],
  'users onboard': ['NEW --template EMPTY', 'CHANGED --template EMPTY', 'SAME --template TEMPLATE'],
  'users offboard': [
    'INACTIVE --yes',
    'INACTIVE-EMAIL --yes',
    'WITHOUT-ROLES --yes',
    'SID --yes',
    'SID --copy-roles-to INACTIVE --yes',
  ],
  'role-assignments replace': [
    '--user SID --from ROLE --to IX00000000000000000000000000000105 --scope SCOPE --yes',
    '--user EMAIL --from ROLE --to Support --scope SCOPE --yes',
  ],
  'role-assignments import': ['ASSIGNMENTS'],
  'role-assignments export': ['', '--user SID', '--scope org'],
  'access copy': [
    '--from SID --to INACTIVE',
    '--from EMAIL --to INACTIVE-EMAIL',
    '--from SID --to INACTIVE --mode mirror --yes',
    '--from SID --to SID2 --mode mirror --yes',
    '--from INACTIVE --to WITHOUT-ROLES',
  ],
  'snapshots diff': ['SNAPSHOT', 'SNAPSHOT SNAPSHOT'],
  'snapshots take': ['', '--without-personal-data'],
  open: ['user EMAIL', 'user external:emp-00002'],
  'access who': ['--role Admin', '--can /twilio/iam/* --scope org'],
  'access matrix': ['', '--scope org --columns roles'],
  'access plan': ['GIVES', 'GIVES-SID', 'REMOVES --allow-empty', 'REMOVES-ADMIN'],
  'access apply': ['GIVES', 'GIVES-SID', 'REMOVES --allow-empty', 'REMOVES-ADMIN'].map(
    (line) => `${line} --yes`,
  ),
  'access pull': ['NEW-DIRECTORY', 'NEW-DIRECTORY --scope org', 'GIVES --update', 'GIVES-SID --update'],
  'access drift': ['GIVES', 'GIVES-SID', 'REMOVES'],
  'access explain': ['SID', 'EMAIL', 'EMAIL --can /twilio/iam/* --scope org'],
  'access lint': ['', '--fix --plan-out PLAN'],
  'access diff': ['SID INACTIVE', 'EMAIL INACTIVE', 'EMAIL INACTIVE-EMAIL'],
};

/** Files that are imported, each written when it is asked for; the sandbox's second user is in some. */
function written({ userName }: { userName: string }): Record<string, () => string> {
  const files = {
    NEW: 'email\nnew@example.com\n',
    CHANGED: `email,locale\n${userName},sv-SE\n`,
    SAME: `email\n${userName}\n`,
    ROLES: `email,role,scope\n${userName},Support,org\n`,
    ASSIGNMENTS: `user,role,scope\n${userName},Support,org\n`,
    EMPTY: 'user: {}\n',
    TEMPLATE: 'roles: [{role: Support, scope: org}]\n',
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      () => {
        const file = join(mkdtempSync(join(home, 'files-')), name);
        writeFileSync(file, text);
        return file;
      },
    ]),
  );
}

/** Runs a command in a sandbox of its own, with a token of these scopes alone. */
async function withScopes(scopes: readonly string[], command: string, args: string) {
  const { call, sandbox } = await sandboxed({ users: 10 });
  const [owner, user, inactive] = [userAt(sandbox, 0), userAt(sandbox, 1), userAt(sandbox, 7)];
  const held = sandbox.state.assignments.find(
    ({ identity, resource_id }) => identity === user.id && !resource_id,
  );
  // A second admin, so that the first one can be removed.
  const [ofOwner] = sandbox.state.assignments;
  if (ofOwner !== undefined)
    sandbox.state.assignments.push({
      ...ofOwner,
      sid: `IY${'f'.repeat(32)}`,
      identity: userAt(sandbox, 2).id,
    });
  const withoutRoles = userAt(sandbox, 3);
  const { assignments } = sandbox.state;
  for (const assignment of [...assignments])
    if (assignment.identity === withoutRoles.id) assignments.splice(assignments.indexOf(assignment), 1);
  const words: Record<string, () => string> = {
    SID: () => user.id,
    EMAIL: () => user.userName,
    'OWNER-EMAIL': () => owner.userName,
    INACTIVE: () => inactive.id,
    'INACTIVE-EMAIL': () => inactive.userName,
    IY: () => assignments[1]?.sid ?? '',
    ...written(user),
    'WITHOUT-ROLES': () => withoutRoles.id,
    SID2: () => userAt(sandbox, 2).id,
    GIVES: () => declaredDirectory({ 'a.yaml': onePair('Support', 'org', user.userName) }),
    'GIVES-SID': () => declaredDirectory({ 'a.yaml': onePair('Support', 'org', user.id) }),
    REMOVES: () => declaredDirectory({ 'a.yaml': onePair(held?.role_sid ?? '', held?.scope ?? '') }),
    'REMOVES-ADMIN': () => declaredDirectory({ 'a.yaml': onePair('Admin', 'org', owner.id) }),
    'NEW-DIRECTORY': () => declaredDirectory({}),
    ROLE: () => held?.role_sid ?? '',
    SCOPE: () => held?.scope ?? '',
    PLAN: () => join(mkdtempSync(join(home, 'plans-')), 'fixes.plan'),
  };
  if (args.includes('SNAPSHOT')) {
    const dir = mkdtempSync(join(home, 'snapshots-'));
    const { stdout } = await call(['snapshots', 'take', '--out', dir]);
    words.SNAPSHOT = () => join(dir, stdout.split('\t')[0] ?? '');
    sandbox.requests.length = 0;
  }
  const filled = args
    .split(' ')
    .filter(Boolean)
    .map((word) => words[word]?.() ?? word);
  const token = sandbox.issueToken({ scopes });
  const result = await call([...command.split(' '), ...filled], { env: { TWILIO_ORG_ACCESS_TOKEN: token } });
  const used = sandbox.requests.map(({ method, path }) => scopesFor(method, path));
  return { ...result, used };
}

const program = await programInfo();
const scoped = commandsWithScopes(program);
const needsOf = (command: string) => scopesNeededBy(scoped.filter(({ name }) => name === command));
const scopesOf = (command: string) => needsOf(command).map(({ scope }) => scope);

/** All scopes but this one, and but those that allow the same request in its place. */
function without(scope: Scope): Scope[] {
  const inItsPlace = scope === 'roles/list' ? ['role-assignments/list'] : [];
  return scopeNames.filter((other) => other !== scope && !inItsPlace.includes(other));
}

describe.each(scoped.map(({ name }) => name))('the scopes of %s', (command) => {
  type Ran = { args: string; exitCode: number; stderr: string }[];
  const ranWithout = new Map<Scope, Ran>();

  /** The calls without this scope, made once for the tests that look at them. */
  async function runsWithout(scope: Scope): Promise<Ran> {
    const before = ranWithout.get(scope);
    if (before !== undefined) return before;
    const ran: Ran = [];
    for (const args of calls[command] ?? [])
      ran.push({ args, ...(await withScopes(without(scope), command, args)) });
    ranWithout.set(scope, ran);
    return ran;
  }

  it('are enough for everything that the command does', async () => {
    for (const args of calls[command] ?? []) {
      const { exitCode, stderr } = await withScopes(scopesOf(command), command, args);
      expect([args, exitCode, stderr]).toEqual([args, 0, expect.not.stringContaining('scope')]);
    }
  });

  it('are exactly those of the requests that it sends', async () => {
    const used: string[][] = [];
    for (const args of calls[command] ?? []) used.push(...(await withScopes(scopeNames, command, args)).used);
    for (const any of used) expect(scopesOf(command)).toEqual(expect.arrayContaining([any[0]]));
    expect([...new Set(used.map(([first]) => first))].sort()).toEqual([...scopesOf(command)].sort());
  });

  it.each(needsOf(command).map(({ scope, needed }) => [scope, needed] as const))(
    'without %s make it exit with 5 or say what it left out, as it is needed %s',
    async (scope, needed) => {
      const outcomes: boolean[] = [];
      for (const { args, exitCode, stderr } of await runsWithout(scope)) {
        // A dry run does without the scope of the change.
        if (needed === alwaysNeeded && args.includes('--dry-run')) continue;
        outcomes.push(exitCode === 5 || (exitCode === 0 && stderr.includes(scope)));
      }
      // Every call fails without a scope that is always needed; at least one fails without a scope that is sometimes
      // needed.
      if (needed === alwaysNeeded) expect(outcomes).not.toContain(false);
      else expect(outcomes).toContain(true);
    },
  );

  it.each(
    needsOf(command)
      .filter(({ scope, needed }) => needed !== alwaysNeeded && scope !== 'roles/list')
      .map(({ scope, needed }) => [scope, needed] as const),
  )('without %s still let it work when it is not needed: %s', async (scope) => {
    const exitCodes = (await runsWithout(scope)).map(({ exitCode }) => exitCode);
    expect(exitCodes).toContain(0);
  });
});

test('every command declares its scopes, or needs none of its own', () => {
  const names = commandsOf(program).map(({ name }) => name);
  // They send no request, or send requests that depend on what they are given.
  const free =
    /^(auth|apps|runs|guards|accounts) |^snapshots (list|show|prune|verify)$|^access (since|schema)$|^(api|sandbox|doctor|completion)$/;
  expect(names.filter((name) => !free.test(name))).toEqual(scoped.map(({ name }) => name));
  expect(Object.keys(calls).sort()).toEqual(scoped.map(({ name }) => name).sort());
});
