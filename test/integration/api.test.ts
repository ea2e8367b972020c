import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutateUser } from '../../src/sandbox/server.ts';
import { home, sandboxed, sent, userAt, userNow, writes } from '../support/cli.ts';
import { answering, json } from '../support/server.ts';

const assignments = '/v2/Organizations/RoleAssignments';

describe('api GET', () => {
  test('prints the answer as JSON, whatever the default format is', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const { stdout, stderr, exitCode } = await run(['api', 'get', `/scim/v2/Users/${user.id}`]);
    expect(stdout).toBe(`${JSON.stringify(user, null, 2)}\n`);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const line = await run(['api', 'GET', `${sandbox.apiUrl}/scim/v2/Users/${user.id}`, '-o', 'jsonl']);
    expect(line.stdout).toBe(`${JSON.stringify(user)}\n`);
  });

  test('escapes control characters in JSON for a terminal', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const evil = mutateUser(
      sandbox.state,
      userAt(sandbox, 1),
      { displayName: 'a\u202eb\u009bc' },
      Date.now(),
    );
    const { stdout } = await call(['api', 'GET', `/scim/v2/Users/${evil.id}`]);
    expect(stdout).toContain('"a\\u202eb\\u009bc"');
    expect(JSON.parse(stdout)).toEqual(evil);
  });

  test('--paginate follows the pages of any list', async () => {
    const { call, sandbox } = await sandboxed({ users: 5, assignments: 12 });
    const all = sandbox.state.assignments.map(({ order: _, ...assignment }) => assignment);
    const args = ['api', 'GET', `${assignments}?PageSize=5`, '--paginate'];
    expect(JSON.parse((await call(args)).stdout)).toEqual(all);
    expect(sent(sandbox)).toHaveLength(3);
    const { stdout } = await call([...args, '-o', 'jsonl']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(all);
    expect(JSON.parse((await call(['api', 'GET', '/scim/v2/Users', '--paginate'])).stdout)).toHaveLength(5);
  });

  test('--paginate fails for a response that is no list, and for pages in a circle', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await call([
      'api',
      'GET',
      `/scim/v2/Users/${userAt(sandbox, 1).id}`,
      '--paginate',
    ]);
    expect(stderr).toMatch(/has no list.*\nLeave out --paginate/);
    expect(exitCode).toBe(1);
    const { url, arrived } = await answering(
      json({ items: [1], meta: { key: 'items', next_page_url: '/a?b' } }),
    );
    const circle = await call(['api', 'GET', '/a', '--paginate'], { env: { TWILIO_ORG_API_URL: url } });
    expect(circle.stderr).toMatch(/lead in a circle/);
    expect(arrived).toEqual(['GET /a', 'GET /a?b']);
  });

  test("shows Twilio's error and exits with its code", async () => {
    const { call } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await call(['api', 'GET', '/v2/Organizations/Nothing']);
    expect(stderr).toMatch(
      /^error: The requested resource was not found\nCheck the SID\n\(Twilio error 20404/,
    );
    expect(exitCode).toBe(6);
  });
});

describe('api with a change', () => {
  test('sends a body from standard input, and to SCIM with its content type', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const operations = [{ op: 'replace', path: 'locale', value: 'sv-SE' }];
    const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
    const args = ['api', 'PATCH', `/scim/v2/Users/${user.id}`, '--input', '-'];
    const { stdout, exitCode } = await run(args, { input: JSON.stringify(patch) });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: user.id, locale: 'sv-SE' });
    expect(userNow(sandbox, user).locale).toBe('sv-SE');
    expect(sandbox.requests[0]?.headers['content-type']).toBe('application/scim+json');
  });

  test('sends a body from a file; --dry-run only shows it', async () => {
    const { call, sandbox } = await sandboxed({ users: 3, assignments: 0 });
    const body = {
      identity: userAt(sandbox, 1).id,
      role_sid: 'IX00000000000000000000000000000104',
      scope: sandbox.organizationSid,
    };
    const file = join(home, 'assignment.json');
    await writeFile(file, JSON.stringify(body));
    const args = ['api', 'POST', assignments, '--input', file];
    const dry = await call([...args, '--dry-run', '-o', 'json']);
    expect(JSON.parse(dry.stdout)).toEqual([
      {
        method: 'POST',
        path: assignments,
        change: `POST ${assignments}`,
        url: `${sandbox.apiUrl}${assignments}`,
        body,
      },
    ]);
    expect(sent(sandbox)).toEqual([]);
    expect(JSON.parse((await call(args)).stdout)).toMatchObject(body);
    expect(sandbox.state.assignments).toMatchObject([body]);
  });

  test('asks before a DELETE, needs --yes without a terminal, and prints nothing for an empty response', async () => {
    const { run, sandbox } = await sandboxed({ users: 3 });
    const path = `${assignments}/${sandbox.state.assignments[1]?.sid}`;
    expect((await run(['api', 'DELETE', path])).exitCode).toBe(2);
    expect(sent(sandbox)).toEqual([]);
    expect(await run(['api', 'DELETE', path, '--yes'])).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect(writes(sandbox)).toEqual([`DELETE ${path}`]);
  });
});
