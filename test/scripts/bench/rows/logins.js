import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { program, startSandbox } from '../servers.js';

/**
 * A list of 100 users with each kind of login.
 *
 * @type {import('./index.js').Row[]}
 */
export const logins = [
  {
    ...login('token', 'token from the environment', 'a bare script', 1.6, async ({ env }) => [env, env]),
    aims: { cpu: { atMost: 1.6 }, memory: { atMost: 1.15 } },
    quick: true,
  },
  login('client-credentials', 'client credentials', 'a bare script with both requests', 1.5, withSecret),
  login(
    'passphrase',
    'file store with a passphrase',
    'a bare script with the same scrypt',
    1.3,
    (server, session) => {
      const TWILIO_ORG_STORE_PASSPHRASE = randomBytes(24).toString('base64');
      return withStore(server, session, { TWILIO_ORG_STORE_PASSPHRASE });
    },
  ),
  login('key', 'file store with a key', 'a bare script', 1.6, (server, session) => {
    const TWILIO_ORG_STORE_KEY = randomBytes(32).toString('base64');
    return withStore(server, session, { TWILIO_ORG_STORE_KEY });
  }),
];

/** `environments` gives that of the program and that of the bare script. */
function login(name, how, against, atMost, environments) {
  const args = ['users', 'list', '-o', 'json'];
  return {
    name: `login.${name}`,
    group: `users list of 100, ${how}`,
    what: `\`users list\` of 100, ${how}`,
    against,
    aims: { cpu: { atMost } },
    eachNode: true,
    quick: false,
    rounds: 15,
    async pair(session) {
      const server = await session.shared('100 users', () => startSandbox(['--users', '100'], session.env));
      const [env, bareEnv] = await environments(server, session);
      return {
        ours: (file) => ({ argv: [session.node, file, ...args], env }),
        bare: () => ({ argv: session.bareScript('list.mjs', 'json', '/scim/v2/Users'), env: bareEnv }),
      };
    },
  };
}

function withSecret({ about, env: { TWILIO_ORG_ACCESS_TOKEN, ...env } }) {
  const { client_id, client_secret } = about.apps.client_credentials;
  const ours = {
    TWILIO_ORG_OAUTH_URL: about.oauth_url,
    TWILIO_ORG_CLIENT_ID: client_id,
    TWILIO_ORG_CLIENT_SECRET: client_secret,
  };
  return [
    { ...env, ...ours },
    { ...env, CLIENT_ID: client_id, CLIENT_SECRET: client_secret },
  ];
}

/** Logs in, so that a token is in an encrypted file. */
async function withStore({ about, env: { TWILIO_ORG_ACCESS_TOKEN, ...server } }, session, secret) {
  const { client_id, client_secret } = about.apps.client_credentials;
  const origins = { TWILIO_ORG_API_URL: about.api_url, TWILIO_ORG_OAUTH_URL: about.oauth_url };
  const env = await session.newEnv({ ...origins, ...secret, TWILIO_ORG_STORE: 'file' });
  const stdin = path.join(env.TWILIO_ORG_CONFIG_DIR, 'secret.txt');
  await writeFile(stdin, client_secret, { mode: 0o600 });
  const flags = ['--grant', 'client-credentials', '--client-id', client_id, '--client-secret-stdin'];
  await session.measure({ argv: [session.node, program, 'auth', 'login', ...flags], env, stdin });
  const SCRYPT_FILE = path.join(env.TWILIO_ORG_CONFIG_DIR, 'credentials.enc');
  const stretched = 'TWILIO_ORG_STORE_PASSPHRASE' in secret ? { ...secret, SCRYPT_FILE } : {};
  return [env, { ...server, ...stretched, TWILIO_ORG_ACCESS_TOKEN }];
}
