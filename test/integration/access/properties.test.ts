import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writes } from '../../support/cli.ts';
import { billing, declaredWorld, developer, support } from '../../support/declared.ts';

const roles = { Support: support, Developer: developer, Billing: billing };
const roleNames = Object.keys(roles) as (keyof typeof roles)[];
const scopeNames = ['org', 'EU production'] as const;
const files = ['a.yaml', 'b.yaml', 'c.yaml'] as const;
const people = 6;

interface Grant {
  user: number;
  role: keyof typeof roles;
  scope: (typeof scopeNames)[number];
}

const pairs = roleNames.flatMap((role) => scopeNames.map((scope) => ({ role, scope })));
const pairOf = ({ role, scope }: Pick<Grant, 'role' | 'scope'>) => `${role} ${scope}`;
const keyOf = (grant: Grant) => `${grant.user} ${pairOf(grant)}`;

const grants = fc.uniqueArray(
  fc.record<Grant>({
    user: fc.nat(people - 1),
    role: fc.constantFrom(...roleNames),
    scope: fc.constantFrom(...scopeNames),
  }),
  { selector: keyOf, maxLength: 20 },
);

/** An organization, and what files say about a part of it. */
const cases = fc.record({
  held: grants,
  wanted: grants,
  /** By pair, the file that owns it; none for a number beyond the files. */
  owners: fc.array(fc.nat(files.length), { minLength: pairs.length, maxLength: pairs.length }),
  /** By pair, true if its people stand in a group. */
  grouped: fc.array(fc.boolean(), { minLength: pairs.length, maxLength: pairs.length }),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const ownerOf = ({ owners }: Case, grant: Pick<Grant, 'role' | 'scope'>) =>
  files[owners[pairs.findIndex((pair) => pairOf(pair) === pairOf(grant))] ?? files.length];

async function worldOf(one: Case) {
  const world = await declaredWorld({ users: people });
  const { hold, production, sandbox, write, mail } = world;
  const scopes = { org: sandbox.organizationSid, 'EU production': production };
  for (const { user, role, scope } of one.held) hold(user, roles[role], { scope: scopes[scope] });
  for (const file of files) {
    const owned = pairs.filter((pair) => ownerOf(one, pair) === file);
    if (owned.length === 0) continue;
    const groups: string[] = [];
    const entries: string[] = [];
    for (const [index, pair] of pairs.entries()) {
      if (!owned.includes(pair)) continue;
      const who = one.wanted.filter((grant) => pairOf(grant) === pairOf(pair)).map(({ user }) => mail(user));
      if (who.length === 0) continue;
      const isGroup = one.grouped[index] === true;
      if (isGroup) groups.push(`  group${index}: [${who.join(', ')}]`);
      for (const name of isGroup ? [`group:group${index}`] : who)
        entries.push(`  - { who: "${name}", role: ${pair.role}, where: ${pair.scope} }`);
    }
    write(
      file,
      [
        'owns:',
        ...owned.map(({ role, scope }) => `  - { scope: ${scope}, roles: [${role}] }`),
        ...(groups.length === 0 ? [] : ['groups:', ...groups]),
        entries.length === 0 ? 'access: []' : ['access:', ...entries].join('\n'),
        '',
      ].join('\n'),
    );
  }
  const isOwned = (grant: Pick<Grant, 'role' | 'scope'>) => ownerOf(one, grant) !== undefined;
  const expected = [...one.held.filter((grant) => !isOwned(grant)), ...one.wanted.filter(isOwned)].map(keyOf);
  return { ...world, scopes, expected: expected.sort(), isOwned };
}

const flags = ['--yes', '--allow-empty', '--max-removals', '100', '--max-removal-fraction', '1'];

const runs = { numRuns: 15, endOnFailure: false };

test('after an apply the plan is empty, what no file owns is as before, and no request was about it', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const world = await worldOf(one);
      const { call, directory, sandbox, held, expected, isOwned, scopes } = world;
      const before = [...sandbox.state.assignments];
      const applied = await call(['access', 'apply', directory, ...flags]);
      expect({ exitCode: applied.exitCode, stderr: applied.stderr }).toMatchObject({ exitCode: 0 });
      expect(held().sort()).toEqual(expected);
      const plan = await call(['access', 'plan', directory, '--exit-code']);
      expect({ exitCode: plan.exitCode, stdout: plan.stdout }).toEqual({ exitCode: 0, stdout: '' });
      const named = (role_sid: string, scope: string) => ({
        role: roleNames.find((name) => roles[name] === role_sid) ?? 'Support',
        scope: scopeNames.find((name) => scopes[name] === scope) ?? 'org',
      });
      const owned = before.filter(({ role_sid, scope }) => isOwned(named(role_sid, scope)));
      for (const { method, path, body } of sandbox.requests) {
        if (method === 'GET' || path.endsWith('/token')) continue;
        if (method === 'DELETE') expect(owned.map(({ sid }) => sid)).toContain(path.split('/').at(-1));
        else {
          const { role_sid, scope } = JSON.parse(body ?? '');
          expect([role_sid, scope, isOwned(named(role_sid, scope))]).toEqual([role_sid, scope, true]);
        }
      }
      // The very same assignments, and not others like them.
      const untouched = before.filter((assignment) => !owned.includes(assignment));
      expect(sandbox.state.assignments).toEqual(expect.arrayContaining(untouched));
    }),
    runs,
  );
});

test('an apply that is undone leaves the organization as it was', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const { call, directory, held, sandbox } = await worldOf(one);
      const before = held().sort();
      await call(['access', 'apply', directory, ...flags]);
      if (writes(sandbox).length === 0) return;
      const undone = await call(['runs', 'undo', 'last', '--yes', ...flags.slice(2)]);
      expect({ exitCode: undone.exitCode, stderr: undone.stderr }).toMatchObject({ exitCode: 0 });
      expect(held().sort()).toEqual(before);
    }),
    runs,
  );
});

test('two applies at once make each change exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const { call, directory, sandbox, held, expected } = await worldOf(one);
      const before = held().sort();
      const both = await Promise.all([1, 2].map(() => call(['access', 'apply', directory, ...flags])));
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(held().sort()).toEqual(expected);
      const changes = [
        ...before.filter((grant) => !expected.includes(grant)),
        ...expected.filter((grant) => !before.includes(grant)),
      ];
      expect(writes(sandbox)).toHaveLength(changes.length);
      expect(sandbox.requests.filter(({ status }) => status >= 400)).toEqual([]);
    }),
    runs,
  );
});
