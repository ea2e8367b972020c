import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Env } from '../core/env.ts';
import { AppError } from '../core/errors.ts';
import { formatSeconds } from '../core/text.ts';
import { withTimeout } from '../core/timeout.ts';
import { certificateHint, describeNetworkError, isCertificateError } from './network-errors.ts';
import { connectTimeoutMs, verifiedTls } from './node-fetch.ts';
import type { ProxyServer } from './proxy-settings.ts';
import { acceptedEncoding, readBody } from './read-body.ts';
import type { Fetch } from './types.ts';

export interface Limits {
  /** For a whole request. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Sent to the proxy; not sent when absent. */
  userAgent?: string | undefined;
}

interface TunnelLimits extends Limits {
  /** For advice about certificates. */
  env: Env;
}

/**
 * undici with its own tunnel. Its `ProxyAgent` retries CONNECT endlessly when a proxy hangs up, and keeps the process alive
 * for minutes when one does not respond. Its `fetch` decodes only some encodings.
 */
export async function fetchThrough(proxy: ProxyServer, limits: TunnelLimits): Promise<Fetch> {
  const { Agent, buildConnector, request } = await import('undici');
  const secure = buildConnector({ timeout: limits.timeoutMs, ...verifiedTls });
  const dispatcher = new Agent({
    connect(target, callback) {
      const host = `${target.hostname}:${target.port || 443}`;
      const timeoutMs = Math.min(limits.timeoutMs, connectTimeoutMs);
      withTimeout(timeoutMs, limits.signal, (signal) =>
        openTunnel(proxy, host, { ...limits, timeoutMs, signal }),
      ).then(
        // The type says `Socket`, but undici passes it to `tls.connect`, which accepts any stream.
        (tunnel) => secure({ ...target, httpSocket: tunnel as import('node:net').Socket }, callback),
        (error: AppError) => callback(error, null),
      );
    },
  });
  return async (url, { method, headers, body, signal, maxBytes, readBody: reader }) => {
    const response = await request(url, {
      dispatcher,
      method: method as import('undici').Dispatcher.HttpMethod,
      headers: { 'accept-encoding': acceptedEncoding, ...headers },
      body: body ?? null,
      signal,
    });
    try {
      const { statusCode: status } = response;
      const { headers: got } = response;
      const { text, read } = await readBody(response.body, { status, headers: got, maxBytes }, reader);
      return {
        status,
        headers: { get: (name) => got[name.toLowerCase()]?.toString() ?? null },
        text: async () => text,
        read,
      };
    } catch (error) {
      response.body.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  };
}

/**
 * Asks the proxy for a connection to `host`, such as `api.example.com:443` (CONNECT: RFC 9110, section 9.3.6). TLS with the
 * host follows, so that the proxy sees only its name.
 *
 * @throws temporary, or failure when a retry would not help
 */
async function openTunnel(
  proxy: ProxyServer,
  host: string,
  { timeoutMs, signal, userAgent, env }: TunnelLimits,
): Promise<Duplex> {
  const { request } = await import(proxy.origin.startsWith('https:') ? 'node:https' : 'node:http');
  const options: RequestOptions = {
    method: 'CONNECT',
    path: host,
    headers: {
      host,
      ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
      ...(proxy.authorization && { 'proxy-authorization': proxy.authorization.reveal() }),
    },
    // Node's global agents may lead to a proxy of Node's choice.
    agent: false,
    ...verifiedTls,
    signal,
  };
  return new Promise((resolve, reject) => {
    const asked: import('node:http').ClientRequest = request(proxy.origin, options);
    asked.on('connect', ({ statusCode = 0 }, tunnel) => {
      if (statusCode >= 200 && statusCode <= 299) return resolve(tunnel);
      tunnel.destroy();
      reject(refused(proxy, host, statusCode));
    });
    asked.on('error', (failure) => reject(unreachable(proxy, failure, { timeoutMs, env })));
    asked.on('close', () => reject(unreachable(proxy, new Error('No response'), { timeoutMs, env })));
    asked.end();
  });
}

function refused(proxy: ProxyServer, host: string, status: number): AppError {
  const { shown, variable } = proxy;
  const who = `The proxy ${shown} (${variable})`;
  if (status === 407) {
    return proxy.authorization === undefined
      ? new AppError('failure', `${who} requires a user and password`, {
          hint: `Set ${variable}=http://USER:PASSWORD@proxy.example.com:3128. Only Basic authentication is supported`,
          outcome: 'not-sent',
        })
      : new AppError('failure', `${who} does not accept the user and password`, {
          hint: `Correct them in ${variable}, with special characters as %XX. Only Basic authentication is supported`,
          outcome: 'not-sent',
        });
  }
  if (status >= 500 || status === 429) {
    return new AppError('temporary', `${who} could not connect to ${host} (status ${status})`, {
      hint: 'Run the same command again later. If it persists, ask the administrator of the proxy',
      outcome: 'not-sent',
    });
  }
  return new AppError('failure', `${who} refuses to connect to ${host} (status ${status})`, {
    hint: 'Ask the administrator of the proxy to allow it, or add the host to NO_PROXY if it can be reached directly',
    outcome: 'not-sent',
  });
}

function unreachable(
  { shown, variable }: ProxyServer,
  failure: Error,
  { timeoutMs, env }: Pick<TunnelLimits, 'timeoutMs' | 'env'>,
): AppError {
  const isLate = failure.name === 'AbortError';
  const what = isLate
    ? `no response within ${formatSeconds(timeoutMs)}`
    : describeNetworkError(failure, timeoutMs);
  if (isCertificateError(failure)) {
    return new AppError('failure', `The certificate of the proxy ${shown} is not trusted: ${what}`, {
      hint: certificateHint(failure, env),
      outcome: 'not-sent',
      cause: failure,
    });
  }
  // OpenSSL's messages for a response in plain text.
  if (/wrong version number|packet length too long/.test(failure.message)) {
    return new AppError('failure', `The proxy ${shown} (${variable}) does not speak TLS`, {
      hint: `Write http:// instead of https:// in ${variable}. Requests to https addresses stay encrypted`,
      outcome: 'not-sent',
      cause: failure,
    });
  }
  return new AppError('temporary', `The proxy ${shown} (${variable}) could not be reached: ${what}`, {
    hint: `Check ${variable} and the network, then run the same command again`,
    outcome: 'not-sent',
    cause: failure,
  });
}
