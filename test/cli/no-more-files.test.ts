import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Env, run, sandboxed, userAt, writes } from '../support/cli.ts';
import { requiring } from '../support/node-options.ts';

const preload = fileURLToPath(new URL('../support/no-more-files.cjs', import.meta.url));

/** The environment of a program that can load no more files once it sends such a request. */
const until = (methods: string, code = 'EMFILE'): Env => ({
  NODE_OPTIONS: requiring(preload),
  FILES_UNTIL: methods,
  FILES_ERROR: code,
});

describe('a request that fails once the program can load no more files', () => {
  it.each([
    [['users', 'list', '--max-retries', '0'], 8, /sent no complete response/],
    [['api', 'POST', '/scim/v2/Users', '--yes'], 11, /no response/],
  ])('%j ends with %i, as it always does', async (args, exitCode, words) => {
    const env = { ...(await sandboxed()).env, TWILIO_ORG_API_URL: await deaf(), ...until('GET POST') };
    const { stderr, ...ended } = await run(args, { env });
    expect(stderr).toMatch(words);
    expect(ended.exitCode).toBe(exitCode);
  });

  it('names the refusal', async () => {
    const { env } = await sandboxed({ users: 3 });
    const { stderr, exitCode } = await run(['api', 'POST', '/scim/v2/Users', '--yes'], {
      env: { ...env, ...until('POST') },
    });
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringMatching(/\n\(Twilio error \d+, request \w+\)\n$/),
      exitCode: 1,
    });
  });
});

describe('a change whose result cannot be shown because a file is missing', () => {
  it.each([
    ['EMFILE', /^error: System call failed: .*too many files open/],
    ['MODULE_NOT_FOUND', /^error: A part of twilio-org is missing\n/],
  ])('is not advised again: %s', async (code, words) => {
    const { env, sandbox } = await sandboxed({ users: 3 });
    const { userName } = userAt(sandbox, 1);
    const { stderr, exitCode } = await run(
      ['users', 'update', userName, '--family-name', 'Byron', '--yes', '-o', 'table'],
      { env: { ...env, ...until('PATCH PUT', code) } },
    );
    expect(writes(sandbox)).toHaveLength(1);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/\nChanges were sent before that: do not run the command again\./);
    expect(exitCode).toBe(1);
  });
});

/** The address of a server that ends each connection as soon as it hears something. */
async function deaf(): Promise<string> {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return `http://127.0.0.1:${address.port}`;
}
