import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program of this working tree, whose sandbox serves all revisions that are measured. */
export const program = fileURLToPath(new URL('../../../bin/twilio-org.js', import.meta.url));
const replay = fileURLToPath(new URL('replay.js', import.meta.url));

/**
 * @typedef {object} Server
 * @property {NodeJS.ProcessEnv} env points the program at it, with a token
 * @property {Record<string, any>} about the first line that it prints
 * @property {() => Promise<void>} close
 */

/**
 * Starts a sandbox in a process of its own.
 *
 * @param {string[]} flags
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Server>}
 */
export async function startSandbox(flags, env) {
  const { about, close } = await start([program, 'sandbox', ...flags, '-o', 'json'], env);
  const TWILIO_ORG_ACCESS_TOKEN = (await newToken(about)).access_token;
  return { about, close, env: { ...env, TWILIO_ORG_API_URL: about.api_url, TWILIO_ORG_ACCESS_TOKEN } };
}

/** Each token is another client. */
export async function newToken({ oauth_url, apps }) {
  const { client_id, client_secret } = apps.client_credentials;
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  return (await fetch(`${oauth_url}/v2/token`, { method: 'POST', body })).json();
}

/**
 * Replays responses with almost no work, so that the client is measured and not the sandbox.
 *
 * @param {Record<string, string>} bodies by path and query
 * @param {string} file a new one
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Server>}
 */
export async function startReplay(bodies, file, env) {
  await writeFile(file, JSON.stringify(bodies));
  const { about, close } = await start([replay, file], env);
  return { about, close, env: { ...env, TWILIO_ORG_API_URL: about.api_url } };
}

/** The responses of a sandbox to a list, page by page. */
export async function recordPages(path, { TWILIO_ORG_API_URL: origin, TWILIO_ORG_ACCESS_TOKEN: token }) {
  const bodies = {};
  for (let next = path; next; ) {
    const response = await fetch(origin + next, { headers: { authorization: `Bearer ${token}` } });
    // Without the origin, the next page is at the server that replays it.
    bodies[next] = (await response.text()).replaceAll(origin, '');
    next = JSON.parse(bodies[next]).meta?.next_page_url;
  }
  return bodies;
}

/** Starts a server, which prints a line of JSON when it is ready. */
async function start(args, env) {
  const server = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  const close = async () => {
    server.kill();
    await exited;
  };
  for await (const line of createInterface({ input: server.stdout }))
    return { about: JSON.parse(line), close };
  throw new Error(`node ${args.join(' ')} ended before it was ready`);
}
