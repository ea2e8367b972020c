import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGateway } from './gateway.js';
import { measure } from './measure.js';
import { startSandbox } from './servers.js';

const bare = fileURLToPath(new URL('./bare', import.meta.url));

/**
 * The surroundings of all measurements: a temporary directory, servers, and Node.
 *
 * @typedef {Awaited<ReturnType<typeof openSession>>} Session
 */

/**
 * @param {{ quick?: boolean, peers?: string, signal: AbortSignal }} options
 */
export async function openSession({ quick = false, peers, signal }) {
  const directory = await mkdtemp(path.join(tmpdir(), 'twilio-org-bench-'));
  const shared = new Map();
  /** Servers of the row that is measured. */
  let opened = [];
  const session = {
    quick,
    peers,
    signal,
    directory,
    /** The Node that runs what is measured. */
    node: process.execPath,
    env: {
      ...{ PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, HOME: directory },
      TWILIO_ORG_CONFIG_DIR: path.join(directory, 'config'),
    },

    /** An environment with a configuration directory of its own. */
    async newEnv(others = {}) {
      const TWILIO_ORG_CONFIG_DIR = await mkdtemp(path.join(directory, 'config-'));
      return { ...session.env, TWILIO_ORG_CONFIG_DIR, ...others };
    },
    async newDirectory(name) {
      const created = path.join(directory, name);
      await mkdir(created, { recursive: true });
      return created;
    },
    bareScript: (name, ...args) => [session.node, path.join(bare, name), ...args],
    measure: (command, options) => measure(command, { ...options, signal }),

    /** A server of this row. */
    opened(server) {
      opened.push(server);
      return server;
    },
    sandbox: async (flags, env = session.env) => session.opened(await startSandbox(flags, env)),
    /** A sandbox behind a gateway, which logs the requests. */
    async loggedSandbox(flags, latencyMs = 0) {
      const sandbox = await session.sandbox(flags);
      const gateway = session.opened(await startGateway(sandbox.about.api_url, latencyMs));
      return { ...sandbox, log: gateway.log, env: await session.newEnv(pointedAt(gateway, sandbox)) };
    },
    /** A value that several rows use, such as a server with many users: made once, and closed at the end. */
    async shared(name, create) {
      if (!shared.has(name)) shared.set(name, await create());
      return shared.get(name);
    },
    async closeOpened() {
      const closing = opened;
      opened = [];
      // A gateway before its sandbox.
      for (const server of closing.reverse()) await server.close();
    },
    async close() {
      await session.closeOpened();
      for (const one of shared.values()) await one.close?.();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return session;
}

function pointedAt(gateway, { about, env }) {
  return {
    TWILIO_ORG_API_URL: gateway.url,
    TWILIO_ORG_ACCESS_TOKEN: env.TWILIO_ORG_ACCESS_TOKEN,
    TWILIO_ORG_ORGANIZATION_SID: about.organization_sid,
  };
}
