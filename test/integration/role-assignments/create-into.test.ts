import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { between, type Fault } from '../../support/between.ts';
import { userAt, writes } from '../../support/cli.ts';
import { type DeclaredWorld, declaredWorld, support } from '../../support/declared.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const text = 'owns: [{ scope: org, roles: [Support] }]\naccess: [] # nobody yet\n';

async function worldWithFile() {
  const world = await declaredWorld();
  world.write('org.yaml', text);
  const file = join(world.directory, 'org.yaml');
  const create = (...more: string[]) =>
    world.call(
      ['role-assignments', 'create', '--user', world.mail(1), '--role', 'Support', '--scope', 'org', ...more],
      {},
      '',
      now,
    );
  return { ...world, file, create, content: () => readFileSync(file, 'utf8') };
}

test('role-assignments create --into writes the entry with its end, then assigns', async () => {
  const { create, file, content, mail, held, call, directory } = await worldWithFile();
  expect((await create('--until', '2027-01-31', '--because', 'OPS-4711', '--into', file)).exitCode).toBe(0);
  expect(content()).toBe(
    `owns: [{ scope: org, roles: [Support] }]\naccess: # nobody yet\n  - { who: ${mail(1)}, role: Support, where: org, until: 2027-01-31, because: OPS-4711 }\n`,
  );
  expect(held()).toEqual(['1 Support org']);
  expect(await call(['access', 'plan', directory, '--exit-code'], {}, '', now)).toMatchObject({
    exitCode: 0,
  });
  const again = await create('--into', file);
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('gives the same access') });
});

test('the next apply gives what a crash after the entry has left', async () => {
  const { file, sandbox, call, directory, held, content, mail } = await worldWithFile();
  const readOnly = {
    TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({
      scopes: ['roles/list', 'role-assignments/list', 'managed-users/list', 'managed-users/read'],
    }),
  };
  const failed = await call(
    ['role-assignments', 'create', '--user', mail(1), '--role', 'Support', '--scope', 'org', '--into', file],
    readOnly,
  );
  expect(failed.exitCode).toBe(5);
  expect(content()).toContain('role: Support');
  expect((await call(['access', 'apply', directory, '--yes'])).exitCode).toBe(0);
  expect(held()).toEqual(['1 Support org']);
});

const stays =
  /org\.yaml has the new entry\n *The next `access apply` gives the access\. If nobody should have it/;

test.each<[Fault, exitCode: number]>([
  ['403 before', 5],
  ['503 before', 8],
  ['break before', 8],
  ['break after', 8],
  ['half after', 8],
  ['silence after', 8],
])(
  'a request that fails (%s) leaves the entry, and says so; the next apply gives the access once',
  async (fault) => {
    const world = await worldWithFile();
    const { sandbox, file, call, mail, content, held, directory } = world;
    const url = await between(sandbox.apiUrl, ({ method }) => (method === 'POST' ? fault : undefined));
    const args = ['role-assignments', 'create', '--user', mail(1), '--role', 'Support', '--scope', 'org'];
    const few = ['--max-retries', '0', '--timeout', fault.startsWith('silence') ? '4' : '30'];
    const failed = await call([...args, '--into', file, ...few], { TWILIO_ORG_API_URL: url });
    const isGiven = held().length === 1;
    if (failed.exitCode === 0) expect(isGiven).toBe(true);
    else expect(failed.stderr).toMatch(stays);
    expect(content()).toContain(mail(1));
    expect((await call(['access', 'apply', directory, '--yes'])).exitCode).toBe(0);
    expect(held()).toEqual(['1 Support org']);
    expect(sandbox.state.assignments).toHaveLength(1);
  },
);

test('one of several requests that fails leaves the entries, and says so', async () => {
  const { sandbox, file, call, mail, content } = await worldWithFile();
  const url = await between(sandbox.apiUrl, ({ method, writes }) =>
    method === 'POST' && writes === 2 ? '403 before' : undefined,
  );
  const users = [1, 2].flatMap((user) => ['--user', mail(user)]);
  const args = ['role-assignments', 'create', ...users, '--role', 'Support', '--scope', 'org'];
  const failed = await call([...args, '--into', file, '--concurrency', '1'], { TWILIO_ORG_API_URL: url });
  expect(failed).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('has the 2 new entries') });
  expect(content()).toContain(mail(2));
});

test('a role that somebody else gives in between (409) is given once, and its entry stays', async () => {
  const { sandbox, file, call, mail, content, held, hold, directory } = await worldWithFile();
  const url = await between(sandbox.apiUrl, ({ method }) => {
    if (method === 'POST' && held().length === 0) hold(1, support);
    return undefined;
  });
  const args = ['role-assignments', 'create', '--user', mail(1), '--role', 'Support', '--scope', 'org'];
  const given = await call([...args, '--into', file], { TWILIO_ORG_API_URL: url });
  expect(given).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('new entry') });
  expect(content()).toContain(mail(1));
  expect(held()).toEqual(['1 Support org']);
  expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
});

test('one of several that is given in between (409) is given once, and all entries stay', async () => {
  const { sandbox, file, call, mail, content, held, hold, directory } = await worldWithFile();
  const url = await between(sandbox.apiUrl, ({ method, writes }) => {
    if (method === 'POST' && writes === 1) hold(2, support);
    return undefined;
  });
  const users = [1, 2].flatMap((user) => ['--user', mail(user)]);
  const args = ['role-assignments', 'create', ...users, '--role', 'Support', '--scope', 'org'];
  const given = await call([...args, '--into', file, '--concurrency', '1'], { TWILIO_ORG_API_URL: url });
  expect(given).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('new entries') });
  expect([mail(1), mail(2)].every((each) => content().includes(each))).toBe(true);
  expect(held().sort()).toEqual(['1 Support org', '2 Support org']);
  expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
});

test("a 409 that the login can't look into says that the file has the entry", async () => {
  const { sandbox, file, call, mail, content, held, hold, directory } = await worldWithFile();
  hold(1, support);
  const scopes = ['roles/list', 'role-assignments/create', 'managed-users/list', 'managed-users/read'];
  const blind = { TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes }) };
  const args = ['role-assignments', 'create', '--user', mail(1), '--role', 'Support', '--scope', 'org'];
  const refused = await call([...args, '--into', file], blind);
  expect(refused).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(stays) });
  expect(content()).toContain(mail(1));
  expect(held()).toEqual(['1 Support org']);
  expect(await call(['access', 'plan', directory, '--exit-code'])).toMatchObject({ exitCode: 0 });
});

test('a login that is refused before the request leaves the file as it was', async () => {
  const { file, call, mail, content } = await worldWithFile();
  const args = ['role-assignments', 'create', '--user', mail(1), '--role', 'Support', '--scope', 'org'];
  const failed = await call([...args, '--into', file], { TWILIO_ORG_ACCESS_TOKEN: 'unknown-canary' });
  expect(failed).toMatchObject({ exitCode: 4, stderr: expect.not.stringContaining('new entry') });
  expect(content()).toBe(text);
});

test.each([
  [['--until', '2027-01-31'], '--until needs --into'],
  [['--because', 'OPS-1'], '--because needs --into'],
  [['--until', '2027-02-30', '--into', 'FILE'], '"2027-02-30" is not a day'],
  [['--until', '2026-11-26', '--into', 'FILE'], '2026-11-26 is over'],
  [['--role', 'Developer', '--into', 'FILE'], 'does not own Developer in org'],
  [['--into', 'nowhere.yaml'], 'is not a file of declared access'],
])('%j is refused before anything changes', async (more, why) => {
  const { create, file, content, sandbox, path } = await worldWithFile();
  const args = more.map((word) =>
    word === 'FILE' ? file : word === 'nowhere.yaml' ? path('access/no.yaml') : word,
  );
  expect(await create(...args)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining(why),
  });
  expect(content()).toBe(text);
  expect(writes(sandbox)).toEqual([]);
});

test('the same command again, such as after a crash, repeats no entry', async () => {
  const { create, file, content, held } = await worldWithFile();
  const args = ['--until', '2027-01-31', '--into', file];
  const first = await create(...args);
  expect(first).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(`1 entry written into ${file}`),
  });
  const written = content();
  expect(await create(...args)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(`${file} lists this access already`),
  });
  expect(content()).toBe(written);
  expect(held()).toEqual(['1 Support org']);
});

test.each<[string, (world: Pick<DeclaredWorld, 'mail' | 'sandbox'>) => string]>([
  ['the SID of the user', ({ sandbox }) => `{ who: ${userAt(sandbox, 1).id}, role: Support, where: org }`],
  ['the SID of the role', ({ mail }) => `{ who: ${mail(1)}, role: ${support}, where: org }`],
  [
    'the SID of the scope',
    ({ mail, sandbox }) => `{ who: ${mail(1)}, role: Support, where: ${sandbox.organizationSid} }`,
  ],
  ['a group', () => '{ who: group:all, role: Support, where: org }'],
])('--into refuses an end for what the file gives in other words: %s', async (_, entry) => {
  const world = await worldWithFile();
  const { create, file, content, sandbox, write, mail } = world;
  write(
    'org.yaml',
    `owns: [{ scope: org, roles: [Support] }]\ngroups: { all: [${mail(1)}] }\naccess: [${entry(world)}]\n`,
  );
  const before = content();
  expect(await create('--until', '2027-01-31', '--into', file)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('org.yaml:3:10: this entry gives the same access'),
  });
  expect(content()).toBe(before);
  expect(writes(sandbox)).toEqual([]);
});

test('--into takes a file in a subdirectory whose groups are defined above', async () => {
  const { write, create, directory, mail, held } = await worldWithFile();
  write('org.yaml', `groups: { all: [${mail(2)}] }\n`);
  write(
    'eu/org.yaml',
    'owns: [{ scope: org, roles: [Support] }]\naccess: [{ who: group:all, role: Support, where: org }]\n',
  );
  const file = join(directory, 'eu', 'org.yaml');
  expect(await create('--into', file)).toMatchObject({ exitCode: 0 });
  expect(readFileSync(file, 'utf8')).toContain(mail(1));
  expect(held()).toEqual(['1 Support org']);
});

test('--into writes the entries of several users', async () => {
  const { create, file, content, mail, held } = await worldWithFile();
  expect(await create('--user', mail(2), '--into', file)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(`2 entries written into ${file}`),
  });
  expect(content()).toContain(mail(2));
  expect(held()).toHaveLength(2);
});

test('a dry run writes nothing', async () => {
  const { create, file, content, sandbox } = await worldWithFile();
  expect((await create('--into', file, '--dry-run')).exitCode).toBe(0);
  expect(content()).toBe(text);
  expect(writes(sandbox)).toEqual([]);
});
