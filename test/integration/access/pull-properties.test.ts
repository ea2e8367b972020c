import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userAt } from '../../support/cli.ts';
import { billing, declaredWorld, developer, studioEditor, support } from '../../support/declared.ts';

test('a plan is empty after a pull of any organization, and after --update of any changes by hand', async () => {
  const world = await declaredWorld();
  const { hold, path, production, sandbox, sandboxAccount } = world;
  const one = fc.record({
    user: fc.oneof(fc.nat({ max: 11 }), fc.constant(`US${'f'.repeat(32)}`)),
    role: fc.constantFrom(support, developer, billing, studioEditor),
    scope: fc.constantFrom(sandbox.organizationSid, production, sandboxAccount),
  });
  let runs = 0;
  let calls = 0;
  // A list that is much shorter than the last one is refused, and each organization is another one.
  const call = (args: string[]) => world.call(args, { TWILIO_ORG_CONFIG_DIR: path(`config-${calls++}`) });
  const some = fc.array(one, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      some,
      some,
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.boolean(),
      async (before, given, dropped, oneFile) => {
        const { assignments } = sandbox.state;
        assignments.length = 0;
        for (const { user, role, scope } of before) hold(user, role, { scope });
        const directory = path(`access-${runs++}`);
        expect((await call(['access', 'pull', directory, ...(oneFile ? ['--one-file'] : [])])).exitCode).toBe(
          0,
        );
        if (assignments.length === 0) return;
        const plan = ['access', 'plan', directory, '--exit-code'];
        expect(await call(plan)).toMatchObject({ exitCode: 0 });
        for (const { user, role, scope } of given) hold(user, role, { scope });
        for (const index of dropped) assignments.splice(index % Math.max(1, assignments.length), 1);
        expect((await call(['access', 'pull', directory, '--update'])).exitCode).toBe(0);
        expect(await call(plan)).toMatchObject({ exitCode: 0 });
      },
    ),
    {
      numRuns: 12,
      // An identity that is no managed user, and has lost its only role.
      examples: [
        [[{ user: `US${'f'.repeat(32)}`, role: support, scope: sandbox.organizationSid }], [], [0], false],
      ],
    },
  );
});

/** Texts that Twilio does not give, and that a list may have all the same. */
const odd = [
  '',
  ' ',
  'a',
  'x/y',
  '/',
  ' a ',
  'FW1',
  'Support',
  'org',
  'EU production',
  'group:a',
  'null',
  '#',
  'é',
  '\u0000',
  '\u2028',
  '\ufeffa',
  '\ud800',
  'a\nb',
  'external:1',
  'ada@example.com',
  'IX1',
  `IX${'F'.repeat(32)}`,
  `AC${'E'.repeat(32)}`,
  `OR${'e'.repeat(32)}`,
  `US${'F'.repeat(32)}`,
  'studio_flow',
];

const capitals = (sid: string) => sid.slice(0, 2) + sid.slice(2).toUpperCase();

test('a plan reads what pull wrote of invented data, and is empty', async () => {
  const world = await declaredWorld();
  const { hold, path, production, sandbox, sandboxAccount } = world;
  const oddText = fc.constantFrom(...odd);
  const eitherCase = (...sids: string[]) => fc.constantFrom(...sids, ...sids.map(capitals));
  const users = [0, 1, 2].map((index) => userAt(sandbox, index).id);
  const one = fc.record({
    user: fc.oneof({ weight: 4, arbitrary: eitherCase(...users) }, oddText),
    role: fc.oneof({ weight: 4, arbitrary: eitherCase(support, developer, studioEditor) }, oddText),
    scope: fc.oneof(
      { weight: 4, arbitrary: eitherCase(sandbox.organizationSid, production, sandboxAccount) },
      oddText,
    ),
    resource: fc.option(fc.tuple(fc.oneof(fc.constant('studio_flow'), oddText), oddText)),
  });
  let runs = 0;
  let calls = 0;
  const callIn = (config: string, args: string[]) => world.call(args, { TWILIO_ORG_CONFIG_DIR: config });
  const call = (args: string[]) => callIn(path(`config-${calls++}`), args);
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), fc.boolean(), async (all, oneFile) => {
      const { assignments } = sandbox.state;
      assignments.length = 0;
      for (const { user, role, scope, resource } of all)
        hold(user, role, { scope, ...(resource && { resource }) });
      const directory = path(`access-${runs++}`);
      const pulled = await call(['access', 'pull', directory, ...(oneFile ? ['--one-file'] : [])]);
      expect(`${pulled.exitCode} ${pulled.stderr}`).toMatch(/^0/);
      if (pulled.stdout === '') return;
      // Twilio finds no SID in capitals, where a snapshot does.
      const config = path(`config-${calls++}`);
      await callIn(config, ['snapshots', 'take']);
      const plan = await callIn(config, ['access', 'plan', directory, '--exit-code', '--at', 'last', '-q']);
      expect(`${plan.exitCode} ${plan.stderr}`).toMatch(/^0/);
    }),
    { numRuns: 25 },
  );
});
