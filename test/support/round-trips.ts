import { channel } from 'node:diagnostics_channel';
import { stat } from 'node:fs/promises';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';

export interface RoundTrips {
  /** Replaces the API of the sandbox. */
  url: string;
  /** The requests of each round trip, such as `GET /scim/v2/Users`: each list was sent while no response was on its way. */
  trips: string[][];
}

/** Turns of the event loop without a new request, after which the program waits for responses alone. */
const quietTurns = 25;

/**
 * A server on this machine that passes requests on to the sandbox in lockstep: responses are held until the program, which runs in
 * this process, has sent everything that it can send without them. The number of round trips then depends on no clock.
 */
export async function inLockstep(apiUrl: string): Promise<RoundTrips> {
  const trips: string[][] = [];
  const held: (() => void)[] = [];
  const begun = countRequests();
  let arrived = 0;
  let isWatching = false;
  async function releaseWhenQuiet(): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    let before = -1;
    for (let quiet = 0; quiet < quietTurns; quiet += 1) {
      // A machine that is slow to load a module or to read a file for the program is as slow for these.
      if (quiet % 8 === 0) await vi.dynamicImportSettled();
      await stat('.');
      await turn();
      if (before !== begun.count || arrived !== begun.count || isBusy()) quiet = 0;
      before = begun.count;
    }
    isWatching = false;
    trips.push([]);
    for (const release of held.splice(0)) release();
  }
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    arrived += 1;
    trips.at(-1)?.push(`${method} ${decodeURIComponent(url)}`);
    const body = await buffer(incoming);
    held.push(() => void passOn(apiUrl, incoming, body, outgoing));
    void releaseWhenQuiet();
  });
  trips.push([]);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    begun.stop();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, trips };
}

/** Marks a request that is passed on. */
const passedOn = 'x-passed-on';

/** Counts the requests that this process sends, but for those that are passed on. */
function countRequests() {
  // Node reports a request anew when it has waited for a connection.
  const sent = new Set<ClientRequest>();
  const started = channel('http.client.request.start');
  const add = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    if (!request.hasHeader(passedOn)) sent.add(request);
  };
  started.subscribe(add);
  return {
    get count() {
      return sent.size;
    },
    stop: () => started.unsubscribe(add),
  };
}

/** True while the program reads a file or makes a connection, after which it may send more. */
function isBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => /^FS|^CloseReq|^TCPConnect/.test(resource));
}

function passOn(apiUrl: string, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
  const { method, url = '/' } = incoming;
  const headers = { ...incoming.headers, [passedOn]: '' };
  request(new URL(url, apiUrl), { method, headers }, async (response) => {
    const whole = await buffer(response);
    outgoing.writeHead(response.statusCode ?? 0, response.headers).end(whole);
  })
    .on('error', () => outgoing.destroy())
    .end(body);
}
