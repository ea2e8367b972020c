import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { call, type Env, home, run, start } from '../support/cli.ts';

/** The sandbox as its users start it, ended with the test; and the environment that points at it. */
async function sandboxProgram(...flags: string[]) {
  const subprocess = start(['sandbox', ...flags]);
  onTestFinished(() => void subprocess.kill('SIGKILL'));
  const first = await new Promise<string>((resolve, reject) => {
    subprocess.stdout.once('data', (data) => resolve(String(data)));
    subprocess.then(({ stderr }) => reject(new Error(stderr)));
  });
  const told = JSON.parse(first);
  const env: Env = {
    TWILIO_ORG_API_URL: told.api_url,
    TWILIO_ORG_OAUTH_URL: told.oauth_url,
    TWILIO_ORG_ORGANIZATION_SID: told.organization_sid,
    TWILIO_ORG_CLIENT_ID: told.apps.client_credentials.client_id,
    TWILIO_ORG_CLIENT_SECRET: told.apps.client_credentials.client_secret,
  };
  const end = async () => {
    subprocess.kill('SIGINT');
    const { exitCode, stderr } = await subprocess;
    return { exitCode, stderr };
  };
  return { told, env, end, subprocess };
}

test('sandbox prints its addresses and credentials as JSON without a terminal, and ends quietly with Ctrl-C', async () => {
  const { told, env, end } = await sandboxProgram('--users', '3', '--assignments', '5');
  expect(told).toMatchObject({
    api_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    organization_sid: expect.stringMatching(/^OR[0-9a-f]{32}$/),
    account_sids: expect.arrayContaining([expect.stringMatching(/^AC/)]),
    apps: { authorization_code: { redirect_uri: 'http://127.0.0.1:8477/callback' } },
  });
  const list = async (...args: string[]) => JSON.parse((await call([...args, '-o', 'json'], { env })).stdout);
  expect(await list('users', 'list')).toHaveLength(3);
  expect(await list('role-assignments', 'list', '--scope', told.account_sids[0])).toBeInstanceOf(Array);
  expect(await list('role-assignments', 'list')).toHaveLength(5);
  expect(await end()).toEqual({ exitCode: 0, stderr: '' });
});

test('sandbox prints lines to paste as a table', async () => {
  const subprocess = start(['sandbox', '-o', 'table', '--redirect-uri', 'https://example.com/back']);
  subprocess.stdout.once('data', () => subprocess.kill('SIGINT'));
  const { stdout, exitCode } = await subprocess;
  expect(exitCode).toBe(0);
  const url = /^A stand-in .* is running at (http:\S+)\. Stop it with Ctrl-C/.exec(stdout)?.[1];
  expect(stdout).toContain(`  export TWILIO_ORG_API_URL=${url}\n`);
  expect(stdout).toMatch(/ {2}export TWILIO_ORG_CLIENT_SECRET=\S+\n/);
  expect(stdout).toMatch(
    /auth login --profile sandbox --client-id OQ\w+ --redirect-uri https:\/\/example\.com\/back\n/,
  );
});

test('sandbox --data keeps changes for the next run', async () => {
  const file = join(home, 'rehearsal.json');
  const before = await sandboxProgram('--users', '3', '--data', file);
  const args = ['users', 'create', '--email', 'new@example.com'];
  expect((await call(args, { env: before.env })).exitCode).toBe(0);
  expect(await before.end()).toEqual({ exitCode: 0, stderr: '' });
  expect(await readFile(file, 'utf8')).toContain('new@example.com');
  const after = await sandboxProgram('--data', file);
  expect((await call(['users', 'get', 'new@example.com'], { env: after.env })).exitCode).toBe(0);
});

test('sandbox --seed makes the same other users each time', async () => {
  const ids = async (seed: string) => {
    const { env } = await sandboxProgram('--users', '2', '--seed', seed);
    return (await call(['users', 'list', '--fields', 'id'], { env })).stdout;
  };
  const first = await ids('7');
  expect(await ids('7')).toBe(first);
  expect(await ids('8')).not.toBe(first);
});

test('sandbox --scopes and --require-assignment-filter make it as strict as an organization can be', async () => {
  const scopes = 'role-assignments/list,managed-users/read';
  const { env } = await sandboxProgram('--scopes', scopes, '--require-assignment-filter');
  expect((await call(['users', 'list'], { env })).exitCode).toBe(5);
  expect((await call(['assignments', 'list'], { env })).stderr).toContain('25203');
});

test('sandbox --fail 1 fails every request, and --latency delays responses', async () => {
  const failing = await sandboxProgram('--fail', '1');
  const args = ['users', 'list', '--max-retries', '0'];
  expect((await call(args, { env: failing.env })).exitCode).toBe(8);
  const slow = await sandboxProgram('--latency', '300000');
  expect((await call([...args, '--timeout', '2'], { env: slow.env })).stderr).toContain('within 2 seconds');
});

test('sandbox --rate-limit responds with 429, with Retry-After unless --no-retry-after is given', async () => {
  const refused = async (...flags: string[]) => {
    const { told } = await sandboxProgram('--rate-limit', '1', ...flags);
    // On a busy machine a second may pass before the next request.
    for (;;) {
      const answer = await fetch(`${told.api_url}/scim/v2/Users`);
      await answer.arrayBuffer();
      if (answer.status === 429) return answer;
    }
  };
  expect((await refused()).headers.get('retry-after')).toBe('1');
  const silent = await refused('--no-retry-after');
  expect(silent.headers.has('retry-after')).toBe(false);
});

test('sandbox --rate-limit-window needs a rate limit', async () => {
  const { stderr, exitCode } = await run(['sandbox', '--rate-limit-window']);
  expect({ stderr, exitCode }).toEqual({
    stderr: 'error: There is no rate limit for the window\nAdd the limit, such as --rate-limit 20\n',
    exitCode: 2,
  });
});

test('sandbox on a port in use is a usage error that says what to do', async () => {
  const { told } = await sandboxProgram();
  const port = new URL(told.api_url).port;
  const { stdout, stderr, exitCode } = await run(['sandbox', '--port', port]);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toBe(
    `error: The sandbox can't listen on port ${port}: the port is in use\nChoose another port with --port, or 0 for any free port\n`,
  );
});
