import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bulkWorld } from '../support/bulk.ts';
import { userAt } from '../support/cli.ts';

const page = readFileSync(new URL('../../docs/personal-data.md', import.meta.url), 'utf8');
const kept = page.split('## Data that the program keeps')[1]?.split('\n## ')[0] ?? '';
const rowsOfPage = [...kept.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm)].slice(1);
const named = new Map(
  rowsOfPage.map(([, where = '', what = '']) => [/`([^`]+)`/.exec(where)?.[1] ?? where, what]),
);

/** Every file below a folder as the page names it. */
function files(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = join(below, entry.name);
    return entry.isDirectory() ? files(folder, name) : name;
  });
}

const asNamed = (name: string) => name.replace(/^runs\/\d{8}-\d{9}-[0-9a-f]{4}\.jsonl$/, 'runs/RUN.jsonl');

test('docs/personal-data.md names each kept file with personal data, and its advice removes that data', async () => {
  const world = await bulkWorld({ users: 30 });
  const { sandbox, configDir, path, file } = world;
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const ofProfile = {
    TWILIO_ORG_ACCESS_TOKEN: undefined,
    TWILIO_ORG_STORE: 'file',
    TWILIO_ORG_STORE_PASSPHRASE: 'a canary for the store',
  };
  const run = async (args: string[], env = {}, given = '') => {
    const { exitCode, stderr, stdout } = await world.call(args, env, given);
    expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 0, stderr });
    return stdout;
  };
  const login = ['--grant', 'client-credentials', '--client-id', client_id, '--client-secret-stdin'];
  await run(['auth', 'login', ...login], ofProfile, client_secret);
  await run(['guards', 'set', '--protect', 'ceo@example.com'], ofProfile);
  const account = sandbox.accountSids[0] ?? '';
  await run(['accounts', 'name', account, 'EU production'], {
    TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid,
  });
  const input = file('in.csv', 'email,givenName,role,scope\nkim@example.com,Kim,Support,org\n');
  await run(['users', 'import', input, '--plan-out', path('kim.plan')]);
  await run(['users', 'import', input, '--results', path('results.csv')]);
  await run(['users', 'offboard', userAt(sandbox, 1).userName, '--reason', 'Left', '--yes']);
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  const emails = [{ value: 'api@example.com', primary: true }];
  const body = JSON.stringify({ schemas, userName: 'api@example.com', emails });
  await run(['api', 'POST', '/scim/v2/Users', '--input', '-'], {}, body);
  expect(await run(['runs', 'list', '--user', 'KIM@example.com', '--fields', 'verb'])).toBe('users import\n');

  const found = new Set(files(configDir).map(asNamed));
  const lasting = [...named.keys()].filter((name) => /^[a-z/]+(?:RUN)?\.(?:json|jsonl|enc)$/.test(name));
  expect([...found].toSorted()).toEqual(lasting.toSorted());
  for (const name of files(configDir))
    expect([name, statSync(join(configDir, name)).mode & 0o777]).toEqual([name, 0o600]);

  const people = /[\w.]+@[\w.]+|US[0-9a-f]{32}/;
  const holding = () =>
    files(configDir)
      .filter((name) => people.test(readFileSync(join(configDir, name), 'utf8')))
      .map(asNamed);
  expect([...new Set(holding())].toSorted()).toEqual(['config.json', 'runs/RUN.jsonl', 'runs/index.json']);
  expect(named.get('counts.json')).toMatch(/^No person/);
  const [, advice = ''] =
    /^```sh\n([\s\S]*?)^```$/m.exec(page.split('## Removing everything')[1] ?? '') ?? [];
  const commands = advice.trim().split('\n');
  expect(commands).toHaveLength(2);
  for (const command of commands) await run(command.split(' ').slice(1), ofProfile);
  expect(holding()).toEqual([]);
  expect(files(configDir).filter((name) => name.startsWith('runs/') && name.endsWith('.jsonl'))).toEqual([]);
});
