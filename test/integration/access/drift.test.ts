import { expect, test } from 'vitest';
import { userAt, writes } from '../../support/cli.ts';
import { declaredWorld, onePair, studioEditor, support } from '../../support/declared.ts';

test('access drift says what is missing, what is not in the files, and what has expired', async () => {
  const { write, hold, call, directory, mail, sandbox } = await declaredWorld();
  write(
    'a.yaml',
    `owns: [{ scope: org, roles: [Support, Studio Editor] }]
access:
  - { who: ${mail(1)}, role: Support, where: org }
  - { who: ${mail(2)}, role: Support, where: org, until: 2026-10-31, because: OPS-1 }
  - { who: ${mail(3)}, role: Support, where: org, from: 2027-01-01 }
  - { who: ${mail(4)}, role: Studio Editor, where: org, resource: studio_flow/f1 }
`,
  );
  const [expired, early] = [hold(2, support), hold(3, support)];
  const byHand = hold(4, studioEditor, { resource: ['studio_flow', 'f2'] });
  const now = Date.parse('2026-11-27T12:00:00Z');
  const args = ['access', 'drift', directory];
  const { stdout, exitCode } = await call([...args, '-o', 'json'], {}, '', now);
  expect(exitCode).toBe(0);
  const place = (line: number) => `${directory}/a.yaml:${line}`;
  expect(JSON.parse(stdout)).toEqual(
    [
      {
        ...{ drift: 'expired', sid: expired.sid, why: place(1) },
        because: `${place(4)} ended on 2026-10-31: OPS-1`,
      },
      { drift: 'too early', sid: early.sid, why: place(1), because: `${place(5)} begins on 2027-01-01` },
      {
        ...{ drift: 'not in the files', sid: byHand.sid, why: place(1), because: null },
        ...{ resource_type: 'studio_flow', resource_id: 'f2' },
      },
      { drift: 'missing', user: 1, sid: null, why: place(3), because: null },
      {
        ...{ drift: 'missing', user: 4, sid: null, why: place(6), because: null },
        ...{ resource_type: 'studio_flow', resource_id: 'f1' },
      },
    ].map(({ user = 0, sid, ...row }) => {
      const held = sandbox.state.assignments.find((one) => one.sid === sid);
      const id = held?.identity ?? userAt(sandbox, user).id;
      const isFlow = 'resource_type' in row;
      return {
        user_name: sandbox.state.users.get(id)?.userName,
        identity: id,
        role_name: isFlow ? 'Studio Editor' : 'Support',
        role_sid: isFlow ? studioEditor : support,
        scope: sandbox.organizationSid,
        resource_type: null,
        resource_id: null,
        sid,
        ...row,
      };
    }),
  );
  expect(await call([...args, '--exit-code'], {}, '', now)).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining('differs from'),
  });
  expect(writes(sandbox)).toEqual([]);
});

test('access drift without differences says so, and exits with 0', async () => {
  const { write, hold, call, directory, mail } = await declaredWorld();
  hold(1, support);
  write(
    'a.yaml',
    `owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: ${mail(1)}, role: Support, where: org }]\n`,
  );
  expect(await call(['access', 'drift', directory, '--exit-code'])).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('No differences'),
  });
});

test.each([
  ['2027-01-09T12:00:00Z', []],
  ['2027-01-10T12:00:00Z', ['begins today']],
  ['2027-01-11T12:00:00Z', ['missing']],
])('access drift at %s for an entry from 2027-01-10: %j', async (now, drift) => {
  const { write, call, directory, mail } = await declaredWorld();
  write('a.yaml', onePair('Support', 'org', mail(1)).replace('" }\n', '", from: 2027-01-10 }\n'));
  const { stdout } = await call(['access', 'drift', directory, '-o', 'json'], {}, '', Date.parse(now));
  expect(JSON.parse(stdout).map((row: { drift: string }) => row.drift)).toEqual(drift);
});
