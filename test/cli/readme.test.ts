import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { cleanEnv, type Env, home, program } from '../support/cli.ts';
import { freePort } from '../support/ports.ts';
import { storeKey } from '../support/store-key.ts';
import { recorded } from '../support/transcript.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map((match) => match[1] ?? '');
const isNpm = (block: string) => block.startsWith('npm ');

let sandbox: Sandbox;
let env: Env;
let redirectUri: string;

beforeAll(async () => {
  redirectUri = `http://127.0.0.1:${await freePort()}/callback`;
  sandbox = await startSandbox({ redirectUri });
  const bin = join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(program, join(bin, 'twilio-org'));
  writeFileSync(join(home, 'client-secret.txt'), sandbox.apps.client_credentials.client_secret);
  const { PATH } = cleanEnv();
  env = cleanEnv({
    PATH: `${bin}${delimiter}${PATH}`,
    BROWSER: join(root, 'test/support/browser.js'),
    TWILIO_ORG_API_URL: sandbox.apiUrl,
    TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl,
    TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid,
    TWILIO_ORG_STORE: 'file',
    TWILIO_ORG_STORE_KEY: storeKey,
  });
  return () => sandbox.close();
});

/** A block as it stands, with the client id of the sandbox's app, and for a login what a person would do by hand. */
async function runBlock(block: string) {
  const { authorization_code: person, client_credentials: job } = sandbox.apps;
  // By another variable: words of a command line can be seen by all.
  const secret = 'TWILIO_ORG_CLIENT_SECRET="$PERSON_SECRET"';
  const asPerson = block.includes('auth login');
  const script = block
    .replaceAll('OQ0123456789abcdef0123456789abcdef', asPerson ? person.client_id : job.client_id)
    .replaceAll(/^twilio-org (auth login.*)$/gm, `${secret} twilio-org $1 --redirect-uri ${redirectUri}`);
  const running = execa('bash', ['-euc', script], {
    cwd: home,
    env: { ...env, PERSON_SECRET: person.client_secret },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 600_000,
  });
  return recorded(['README', block], running, env);
}

describe('README', () => {
  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const named = blocks
      .filter(isNpm)
      .flatMap((block) => [...block.matchAll(/npm (?:run )?(\S+)/g)].map((match) => match[1]));
    expect(named).toEqual(expect.arrayContaining(['ci', 'demo', 'test', 'build']));
    for (const name of named) expect(['ci', 'link', ...Object.keys(scripts)]).toContain(name);
  });

  it('links to pages and headings that exist', () => {
    for (const [, target = ''] of readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file = '', heading] = target.split('#');
      const text = file === '' ? readme : readFileSync(join(root, file), 'utf8');
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
        match[1]?.toLowerCase().replaceAll(' ', '-'),
      );
      if (heading !== undefined) expect(headings).toContain(heading);
    }
  });

  it.each(blocks.filter((block) => !isNpm(block)).map((block) => [block.trim().split('\n')[0] ?? '', block]))(
    'has an example that works: %s',
    async (_title, block) => {
      const { exitCode, stderr, stdout } = await runBlock(block);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringMatching(/^error/m) });
      expect(stdout).not.toBe('');
    },
  );
});
