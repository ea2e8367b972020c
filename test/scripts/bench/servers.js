import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const program = fileURLToPath(new URL('../../../bin/twilio-org.js', import.meta.url));
const replay = fileURLToPath(new URL('replay.js', import.meta.url));

/** A sandbox in a process of its own; `env` points the program at it, with a token. */
export async function startSandbox(flags, env) {
  const { server, said } = await start([program, 'sandbox', ...flags, '-o', 'json'], env);
  const { client_id, client_secret } = said.apps.client_credentials;
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  const { access_token } = await (await fetch(`${said.oauth_url}/v2/token`, { method: 'POST', body })).json();
  return {
    server,
    env: { ...env, TWILIO_ORG_API_URL: said.api_url, TWILIO_ORG_ACCESS_TOKEN: access_token },
  };
}

/** Replays a sandbox's responses to a list, page by page, with that latency and almost no work. */
export async function startReplay(flags, path, file, latency, env) {
  const sandbox = await startSandbox(flags, env);
  try {
    await writeFile(file, JSON.stringify(await answers(path, sandbox.env)));
  } finally {
    await end(sandbox.server);
  }
  const { server, said } = await start([replay, file, String(latency)], env);
  return { server, env: { ...sandbox.env, TWILIO_ORG_API_URL: said.api_url } };
}

async function answers(path, { TWILIO_ORG_API_URL: origin, TWILIO_ORG_ACCESS_TOKEN: token }) {
  const bodies = {};
  for (let next = path; next; ) {
    const answer = await fetch(origin + next, { headers: { authorization: `Bearer ${token}` } });
    // Without the origin, the next page is at the server that replays it.
    bodies[next] = (await answer.text()).replaceAll(origin, '');
    next = JSON.parse(bodies[next]).meta?.next_page_url;
  }
  return bodies;
}

/** Starts a server; `said` is the JSON on the first line that it prints. */
async function start(args, env) {
  const options = { env, extendEnv: false, stdin: 'ignore', stderr: 'inherit', buffer: false, reject: false };
  const server = execa(process.execPath, args, options);
  for await (const line of createInterface({ input: server.stdout }))
    return { server, said: JSON.parse(line) };
  throw new Error(`node ${args.join(' ')} ended without a word`);
}

export async function end(server) {
  server.kill();
  await server;
}
