import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';
import { journals, onlyJournal } from '../../support/journals.ts';

describe('the run of a request of api', () => {
  test('records method, path, status and request id, but neither body nor query', async () => {
    const world = await bulkWorld({ users: 20 });
    const { sandbox, call, lastRun } = world;
    const user = userAt(sandbox, 1);
    const { meta: _, ...fields } = user;
    const body = JSON.stringify({ ...fields, displayName: 'Private name' });
    const path = `/scim/v2/Users/${user.id}`;
    for (const typed of [`${path}?trace=private-1`, `${sandbox.apiUrl}${path}?trace=private-2#private-3`]) {
      expect(await call(['api', 'PUT', typed, '--input', '-'], {}, body)).toMatchObject({ exitCode: 0 });
    }
    const all = JSON.stringify(journals(world));
    expect(all).not.toMatch(/private/i);
    expect(all).toContain(`twilio-org api PUT ${path} --input -`);
    expect(journals(world)[0]?.at(-1)).toMatchObject({
      status: 'done',
      http_status: 200,
      request_id: expect.stringMatching(/^RQ[0-9a-f]{32}$/),
    });
    const shown = await call(['runs', 'show', await lastRun(), '-o', 'json']);
    expect(rows(shown.stdout)).toMatchObject([
      { method: 'PUT', path, change: `PUT ${path}`, outcome: 'sent', http_status: 200 },
    ]);
  });

  test('is recorded as failed when Twilio refuses the request, whose error is shown', async () => {
    const world = await bulkWorld({ users: 20 });
    const owner = `/scim/v2/Users/${userAt(world.sandbox, 0).id}`;
    const { exitCode, stderr } = await world.call([
      'api',
      'DELETE',
      owner,
      '--keep-admins',
      '0',
      '--yes',
      '-o',
      'json',
    ]);
    expect(exitCode).toBe(5);
    expect(JSON.parse(stderr).error).toMatchObject({ kind: 'forbidden', code: 25016 });
    expect(stderr).not.toContain('resume');
    expect(onlyJournal(world).outcomes).toMatchObject([{ status: 'failed', http_status: 403 }]);
  });

  test('does not record words of Twilio that repeat the request', async () => {
    const world = await bulkWorld({ users: 20 });
    const path = `/scim/v2/Users/${userAt(world.sandbox, 1).id}`;
    for (const what of ['303', 'untrue', 'half'] as const) {
      const url = await between(world.sandbox.apiUrl, ({ method }) =>
        method === 'GET' ? undefined : `${what} after`,
      );
      await world.call(
        ['api', 'PATCH', `${path}?of=private`, '--input', '-'],
        { TWILIO_ORG_API_URL: url },
        '{}',
      );
    }
    const body = JSON.stringify({ userName: 'private@example.com', emails: 'private' });
    const refused = await world.call(['api', 'POST', '/scim/v2/Users?of=private', '--input', '-'], {}, body);
    expect(refused.exitCode).not.toBe(0);
    expect(journals(world)).toHaveLength(4);
    expect(JSON.stringify(journals(world))).not.toContain('private');
    expect(journals(world)[3]?.at(-1)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^\w+, status 4/),
    });
  });

  test('with an unknown outcome exits with 11, is not sent again, and stays unknown', async () => {
    const world = await bulkWorld({ users: 20 });
    const { sandbox, call, lastRun } = world;
    const path = `/scim/v2/Users/${userAt(sandbox, 1).id}`;
    const url = await between(sandbox.apiUrl, ({ method }) => (method === 'GET' ? undefined : 'break after'));
    const env = { TWILIO_ORG_API_URL: url };
    expect(await call(['api', 'DELETE', path, '--yes'], env)).toMatchObject({ exitCode: 11 });
    expect(onlyJournal(world).outcomes).toMatchObject([{ status: 'unknown' }]);
    const before = journals(world);
    sandbox.requests.length = 0;
    for (const dryRun of [[], ['--dry-run']]) {
      expect(await call(['runs', 'resume', await lastRun(), '--yes', ...dryRun], env)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(`DELETE ${path} can't be sent again from here`),
      });
    }
    expect(writes(sandbox)).toEqual([]);
    expect(journals(world)).toEqual(before);
  });

  test('cannot be applied from a file that claims to be a plan', async () => {
    const world = await bulkWorld({ users: 20 });
    const path = `/scim/v2/Users/${userAt(world.sandbox, 1).id}`;
    await world.call(['api', 'DELETE', path, '--yes']);
    const file = join(world.configDir, 'runs', `${await world.lastRun()}.jsonl`);
    world.sandbox.requests.length = 0;
    expect(await world.call(['runs', 'apply', file, '--yes'])).toMatchObject({ exitCode: 2 });
    expect(writes(world.sandbox)).toEqual([]);
  });
});
