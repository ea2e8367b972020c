import { Agent, createServer, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A server between the program and a sandbox: passes everything on, logs it, and delays each response. It needs no
 * help of the sandbox, so that any revision can be measured with it.
 *
 * @param {string} apiUrl of the sandbox
 * @param {number} latencyMs
 * @returns {Promise<{ url: string, log: import('./request-log.js').LoggedRequest[], close: () => Promise<void> }>}
 */
export async function startGateway(apiUrl, latencyMs = 0) {
  const log = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, outgoing) => {
    const startMs = performance.now();
    const { method, url: path, headers } = incoming;
    try {
      const response = await forward(agent, apiUrl, incoming, await buffer(incoming));
      if (latencyMs > 0) await delay(latencyMs);
      const client = headers.authorization ?? '';
      log.push({ method, path, client, startMs, endMs: performance.now(), status: response.status });
      outgoing.writeHead(response.status, response.headers).end(response.body);
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    log,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** Keeps the Host header: the sandbox makes the addresses of further pages of it. */
function forward(agent, apiUrl, { method, url, headers }, body) {
  return new Promise((resolve, reject) => {
    request(new URL(url, apiUrl), { agent, method, headers }, async (response) => {
      resolve({ status: response.statusCode, headers: response.headers, body: await buffer(response) });
    })
      .on('error', reject)
      .end(body);
  });
}
