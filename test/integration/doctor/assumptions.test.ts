import { expect, test } from 'vitest';
import type { Assumption } from '../../../src/doctor/assumption-reads.ts';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { sandboxed, sent, userAt, type World, writes } from '../../support/cli.ts';
import { answering, json } from '../../support/server.ts';

/** The verdict and the finding of each assumption. */
async function assumed({ call }: World, args: string[] = [], env = {}) {
  const { stdout, stderr, exitCode } = await call(['doctor', '--assumptions', '-o', 'json', ...args], {
    env,
  });
  expect([stderr, exitCode]).toEqual(['', 0]);
  const found: Assumption[] = JSON.parse(stdout);
  return {
    holds: Object.fromEntries(found.map(({ assumption, holds }) => [assumption, holds])),
    found: Object.fromEntries(found.map(({ assumption, found }) => [assumption, found])),
  };
}

const names = {
  accounts: 'accounts have names at the preview endpoint, for the tokens of this login',
  unfiltered: 'role assignments can be listed without a filter',
  user: 'a user has active, a version, and a primary e-mail equal to userName',
};

test('doctor --assumptions confirms all assumptions that a sandbox can show', async () => {
  const world = await sandboxed();
  const { holds } = await assumed(world);
  const { 'the permissions of a role can be read': permissions, [names.accounts]: accounts, ...rest } = holds;
  expect([permissions, accounts]).toEqual([false, null]);
  expect(Object.values(rest)).toEqual(Array(Object.keys(rest).length).fill(true));
  expect(Object.keys(rest).length).toBeGreaterThan(15);
});

test('doctor --assumptions only reads, and reads each list once', async () => {
  const world = await sandboxed();
  await assumed(world);
  expect(writes(world.sandbox)).toEqual([]);
  const lists = world.sandbox.requests.filter(
    ({ path, query }) => path === '/scim/v2/Users' && !query.filter,
  );
  expect(lists).toHaveLength(1);
});

test('doctor --assumptions names no person, SID or secret, and explains each difference', async () => {
  const world = await sandboxed({ requireAssignmentFilter: true });
  const { stdout, exitCode } = await world.call(['doctor', '--assumptions']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^twilio-org \d.*, Node v\d/);
  expect(stdout).toMatch(
    /\ndiffers {2}role assignments can be listed without a filter\n.*400 and 25203\n.*otherwise every list is requested/,
  );
  expect(stdout).not.toMatch(/[A-Z]{2}[0-9a-f]{32}|@|eyJ/);
});

test('doctor --assumptions reports an organization that differs', async () => {
  const world = await sandboxed({ requireAssignmentFilter: true });
  const { sandbox } = world;
  mutateUser(sandbox.state, userAt(sandbox, 3), { userName: 'other@example.com' }, Date.now());
  const { holds, found } = await assumed(world);
  expect(holds[names.unfiltered]).toBe(false);
  expect(holds[names.user]).toBe(false);
  expect(found[names.user]).toBe('Of 25 users, 1 with another primary e-mail');
  // The list by scope still works.
  expect(holds['roles for a resource are given at the scope of the organization']).toBe(true);
});

test('doctor --assumptions counts unreadable responses as unknown and continues', async () => {
  const { url } = await answering(json({ strange: true }));
  const world = await sandboxed();
  const { holds } = await assumed(world, [], { TWILIO_ORG_API_URL: url, TWILIO_ORG_OAUTH_URL: url });
  expect(holds['the list of users comes in one answer']).not.toBe(true);
  expect(holds['the levels of roles are ORGANIZATION, ACCOUNT and SUB_ACCOUNT']).toBeNull();
  expect(holds['the metadata names an issuer']).toBe(false);
});

test('doctor --assumptions exits with 4 when the login is refused', async () => {
  const { call } = await sandboxed();
  const refused = { TWILIO_ORG_ACCESS_TOKEN: 'a-canary-that-is-not-known' };
  expect((await call(['doctor', '--assumptions'], { env: refused })).exitCode).toBe(4);
});

test('doctor --assumptions sends the token to the preview endpoint only when asked to', async () => {
  const world = await sandboxed();
  const preview = await sandboxed();
  const env = { TWILIO_ORG_ACCOUNTS_URL: preview.sandbox.apiUrl };
  expect((await assumed(world, [], env)).found[names.accounts]).toContain('--accounts-api preview');
  expect(sent(preview.sandbox)).toEqual([]);
  const allowed = await assumed(world, ['--accounts-api', 'preview'], env);
  expect(sent(preview.sandbox)).toEqual([`GET /Organizations/${world.sandbox.organizationSid}/Accounts`]);
  // Its token is from another sandbox.
  expect(allowed.found[names.accounts]).toBe('The request is answered with 401 and 20003');
  const own = { TWILIO_ORG_ACCOUNTS_URL: world.sandbox.apiUrl };
  expect((await assumed(world, ['--accounts-api', 'preview'], own)).holds[names.accounts]).toBe(true);
});

test('doctor --assumptions refuses an insecure origin for the preview endpoint', async () => {
  const { call } = await sandboxed();
  const env = { TWILIO_ORG_ACCOUNTS_URL: 'http://preview.example' };
  const { stderr, exitCode } = await call(['doctor', '--assumptions', '--accounts-api', 'preview'], { env });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('TWILIO_ORG_ACCOUNTS_URL is http')]);
});
