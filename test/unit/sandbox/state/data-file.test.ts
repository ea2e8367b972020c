import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../../../src/sandbox/server.ts';
import { testWith } from '../../../support/requires.ts';
import { approvedCode, callerOf, postToken, userAt } from '../../../support/sandbox.ts';

async function dataFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state.json');
}

test('changes are kept in the next run, whatever size and seed it has', async () => {
  const data = await dataFile();
  const first = await startSandbox({ data });
  const call = callerOf(first);
  await call('DELETE', `/scim/v2/Users/${userAt(first, 2).id}`);
  const created = await call('POST', '/v2/Organizations/RoleAssignments', {
    role_sid: 'IX00000000000000000000000000000103',
    scope: first.accountSids[1],
    identity: userAt(first, 7).id,
  });
  first.state.suspended.add(userAt(first, 5).id);
  await first.close();

  const second = await startSandbox({ data, users: 3, seed: 9 });
  expect([...second.state.users.all()]).toEqual([...first.state.users.all()]);
  expect(userAt(second, 2).active).toBe(false);
  expect(second.state.assignments).toEqual(first.state.assignments);
  expect(second.state.assignments.at(-1)).toMatchObject(created.body);
  expect(second.state.suspended).toEqual(first.state.suspended);
  expect(second.state.emailFixed).toEqual(first.state.emailFixed);
  expect(second.organizationSid).toBe(first.organizationSid);
  expect(second.accountSids).toEqual(first.accountSids);
  const { userName } = userAt(second, 3);
  const found = await callerOf(second)(
    'GET',
    `/scim/v2/Users?${new URLSearchParams({ filter: `userName eq "${userName}"` })}`,
  );
  expect(found.body.Resources).toHaveLength(1);
  await second.close();
});

test('users created in the next run get new SIDs', async () => {
  const data = await dataFile();
  const sids = [];
  for (const email of ['a@example.com', 'b@example.com']) {
    const sandbox = await startSandbox({ data });
    const { body } = await callerOf(sandbox)('POST', '/scim/v2/Users', {
      userName: email,
      emails: [{ value: email, primary: true }],
    });
    sids.push(body.id);
    await sandbox.close();
  }
  expect(new Set(sids).size).toBe(2);
});

test('a login survives a restart', async () => {
  const data = await dataFile();
  const first = await startSandbox({ data });
  const { client_id, client_secret, redirect_uri } = first.apps.authorization_code;
  const client = { client_id, client_secret };
  const code = await approvedCode(first);
  const form = { ...client, grant_type: 'authorization_code', code, redirect_uri: redirect_uri ?? '' };
  const { access_token, refresh_token } = (await postToken(first, form)).body;
  await first.close();

  const second = await startSandbox({ data });
  expect((await callerOf(second, access_token)('GET', '/scim/v2/Users')).status).toBe(200);
  const refreshed = await postToken(second, { ...client, grant_type: 'refresh_token', refresh_token });
  expect(refreshed.status).toBe(200);
  await second.close();
});

test('a change is written without waiting for the end', async () => {
  const data = await dataFile();
  const sandbox = await startSandbox({ data });
  onTestFinished(() => sandbox.close());
  const email = 'soon@example.com';
  await callerOf(sandbox)('POST', '/scim/v2/Users', {
    userName: email,
    emails: [{ value: email, primary: true }],
  });
  await expect.poll(() => readFile(data, 'utf8')).toContain(email);
});

testWith('file modes', 'only its owner may read the file, and nothing else is left beside it', async () => {
  const data = await dataFile();
  await writeFile(data, '');
  await rm(data);
  const sandbox = await startSandbox({ data });
  await sandbox.close();
  expect((await stat(data)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(data, '..'))).toEqual(['state.json']);
});

test.each([
  ['nothing', ''],
  ['no JSON', 'hello'],
  ['JSON of something else', '{"name":"x"}'],
  ['a list', '[]'],
  ['another version', '{"version":2}'],
])('a file with %s is refused and left alone', async (_, text) => {
  const data = await dataFile();
  await writeFile(data, text);
  await expect(startSandbox({ data })).rejects.toMatchObject({
    kind: 'usage',
    message: `${data} does not hold the state of a sandbox`,
  });
  expect(await readFile(data, 'utf8')).toBe(text);
});

test.each(['users', 'assignments', 'accessTokens', 'refreshTokens', 'suspended', 'accounts'])(
  'a file whose %s are damaged is refused',
  async (member) => {
    const data = await dataFile();
    await (await startSandbox({ data })).close();
    const kept = JSON.parse(await readFile(data, 'utf8'));
    for (const damage of [undefined, {}, [null], [{ sid: 5 }], [['token', { clientId: 'x' }]]]) {
      await writeFile(data, JSON.stringify({ ...kept, [member]: damage }));
      await expect(startSandbox({ data })).rejects.toMatchObject({ kind: 'usage' });
    }
  },
);

test('an unwritable data file is reported at the start', async () => {
  const data = join(await dataFile(), 'no-such-folder', 'state.json');
  await expect(startSandbox({ data })).rejects.toMatchObject({
    kind: 'failure',
    message: `The state of the sandbox can't be written to ${data}`,
    hint: expect.any(String),
  });
});

test('a data file that is unwritable at the end is reported', async () => {
  const data = await dataFile();
  const sandbox = await startSandbox({ data });
  await rm(join(data, '..'), { recursive: true });
  await expect(sandbox.close()).rejects.toMatchObject({ kind: 'failure' });
});

test('a data file that is a directory is refused', async () => {
  const data = join(await dataFile(), '..');
  await chmod(data, 0o700);
  await expect(startSandbox({ data })).rejects.toMatchObject({
    kind: 'failure',
    message: `${data} can't be read`,
  });
});
