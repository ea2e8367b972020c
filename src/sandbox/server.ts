import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { AppError } from '../platform/core/errors.ts';
import type { SandboxEnv } from './environment.ts';
import { ApiError, errorResponse, withConfiguredStatus } from './http/errors.ts';
import {
  addCommonHeaders,
  injectFailures,
  limitedBodies,
  loopbackOnly,
  type RequestRecord,
  record,
} from './http/middleware.ts';
import { addRateLimitRoute, limitRate } from './http/rate-limit.ts';
import { addAccountRoutes } from './iam/accounts.ts';
import { addRoleAssignmentRoutes } from './iam/role-assignments.ts';
import { addRoleRoutes } from './iam/roles.ts';
import { createApps, type SandboxApps } from './oauth/apps.ts';
import { addAuthorizeRoutes } from './oauth/authorize.ts';
import { addMetadataRoute } from './oauth/metadata.ts';
import { parseScopes } from './oauth/scopes.ts';
import { addTokenRoute } from './oauth/token-endpoint.ts';
import { issueAccessToken } from './oauth/tokens.ts';
import { addScimRoutes } from './scim/scim.ts';
import { loadState, saveState } from './state/data-file.ts';
import { createSaver, type DebouncedSave } from './state/debounced-save.ts';
import { seedState } from './state/seed.ts';
import { resolveOptions, type SandboxOptions } from './state/settings.ts';
import type { State } from './state/state.ts';

export type { RequestRecord } from './http/middleware.ts';
export type { PublicSandboxApp, SandboxApp, SandboxApps } from './oauth/apps.ts';
export type { User } from './scim/user-store.ts';
export type { SandboxOptions } from './state/settings.ts';
export { mutateUser, type State } from './state/state.ts';

/** A running stand-in for Twilio's OAuth server and Organization API. */
export interface Sandbox {
  /** Replaces https://iam.twilio.com. Without a trailing slash. */
  readonly apiUrl: string;
  /** Replaces https://oauth.twilio.com; the same origin as `apiUrl`. */
  readonly oauthUrl: string;
  readonly organizationSid: string;
  /** The accounts that the organization manages. */
  readonly accountSids: string[];
  readonly apps: SandboxApps;
  /** The last 50,000 requests that arrived. Tests may empty it. */
  readonly requests: RequestRecord[];
  readonly state: State;
  /**
   * Issues a valid access token without a login. `expiresIn` is in seconds. It and the scopes default to the settings; `organizationSid`
   * makes it a token of another organization.
   */
  issueToken(options?: { scopes?: readonly string[]; expiresIn?: number; organizationSid?: string }): string;
  /** Closes open connections at once and saves the state. Rejects if saving fails. */
  close(): Promise<void>;
}

/**
 * Starts a sandbox on 127.0.0.1. Rejects with a usage error for invalid options, a port in use or a data file that no sandbox wrote, and
 * with a failure if the data file can't be read or written.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = resolveOptions(options);
  const { data, now } = settings;
  const state = (data === undefined ? undefined : await loadState(data)) ?? seedState(settings);
  const env: SandboxEnv = { settings, state, apps: createApps(settings) };
  // An immediate save reports a file that can't be written before there are changes to lose.
  const saver = data === undefined ? undefined : createSaver(() => saveState(data, state));
  await saver?.flush();

  const requests: RequestRecord[] = [];
  const closed = new AbortController();
  // Each delayed response adds a listener, and Node warns about more than ten.
  setMaxListeners(0, closed.signal);
  const server = createServer(createApp(env, requests, saver, closed.signal));
  const url = `http://127.0.0.1:${await listen(server, settings.port)}`;
  return {
    apiUrl: url,
    oauthUrl: url,
    organizationSid: state.organizationSid,
    accountSids: state.accounts.filter(({ managed }) => managed).map(({ sid }) => sid),
    apps: env.apps,
    requests,
    state,
    issueToken({ scopes, expiresIn = settings.tokenLifetime, organizationSid = state.organizationSid } = {}) {
      const clientId = env.apps.client_credentials.client_id;
      const parsedScopes = parseScopes(scopes ?? settings.scopes);
      return issueAccessToken(
        state,
        { clientId, organizationSid, subject: clientId, scopes: parsedScopes },
        now(),
        expiresIn,
      );
    },
    async close() {
      closed.abort();
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await ended;
      await saver?.flush();
    },
  };
}

function createApp(
  env: SandboxEnv,
  requests: RequestRecord[],
  saver: DebouncedSave | undefined,
  closed: AbortSignal,
): Hono {
  const { settings } = env;
  const app = new Hono();
  const statuses = { 25020: settings.versionConflict, 25022: settings.duplicateUser };
  app.onError((error, c) =>
    errorResponse(c.req.path, withConfiguredStatus(error instanceof ApiError ? error : bug(error), statuses)),
  );
  app.notFound((c) => errorResponse(c.req.path, new ApiError(20404)));
  app.use(
    loopbackOnly,
    limitedBodies,
    record(requests),
    addCommonHeaders(settings, closed),
    limitRate(settings),
    injectFailures(settings),
  );
  app.use(async (c, next) => {
    await next();
    if (c.req.method !== 'GET') saver?.changed();
  });
  addRateLimitRoute(app, settings);
  addMetadataRoute(app, env);
  addAuthorizeRoutes(app, env);
  addTokenRoute(app, env);
  addScimRoutes(app, env);
  addRoleRoutes(app, env);
  addRoleAssignmentRoutes(app, env);
  addAccountRoutes(app, env);
  return app;
}

function bug(error: Error): ApiError {
  return new ApiError(20500, `The sandbox failed because of a bug: ${error.message}`);
}

function createServer(app: Hono): Server {
  // By default the adaptor replaces the global Request and Response, in tests as well.
  return createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(error: NodeJS.ErrnoException, port: number): AppError {
  const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
  return new AppError('usage', `The sandbox can't listen on port ${port}: ${reason}`, {
    hint: 'Choose another port with --port, or 0 for any free port',
    cause: error,
  });
}
