import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Env } from '../core/env.ts';
import { AppError } from '../core/errors.ts';
import { formatSeconds } from '../core/text.ts';
import { withTimeout } from '../core/timeout.ts';
import { certificateHint, describeNetworkError, isCertificateError } from './network-errors.ts';
import { connectTimeoutMs, nodeFetch, verifiedTls } from './node-fetch.ts';
import { type ProxyServer, proxyFor } from './proxy-settings.ts';
import { acceptedEncoding, readBody } from './read-body.ts';
import type { Fetch, Transport } from './types.ts';

export const directTransport: Transport = { proxy: undefined, fetch: nodeFetch() };

interface Limits {
  /** For the whole of a request; milliseconds. */
  timeout: number;
  signal: AbortSignal;
  /** Sent to the proxy; not sent when absent. */
  userAgent?: string | undefined;
}

interface TunnelLimits extends Limits {
  /** For advice about certificates. */
  env: Env;
}

/** Gives the way to each address: the environment's proxy, or none. It throws as {@link proxyFor} does. */
export function createTransportSelector(env: Env, limits: Limits): (url: URL) => Transport {
  let tunnelling: Promise<Fetch> | undefined;
  return (url) => {
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return directTransport;
    const through = async (...request: Parameters<Fetch>) => {
      // Loading it takes longer than many a request.
      tunnelling ??= fetchThrough(proxy, { ...limits, env });
      return (await tunnelling)(...request);
    };
    return { proxy, fetch: through };
  };
}

/**
 * undici, with a tunnel of its own. Its `ProxyAgent` is not used: when a proxy hangs up on CONNECT it asks again at once
 * and without end, and when one does not answer it keeps the process alive for minutes. Nor is its `fetch`: it unpacks
 * some encodings and passes others on as they are.
 */
async function fetchThrough(proxy: ProxyServer, limits: TunnelLimits): Promise<Fetch> {
  const { Agent, buildConnector, request } = await import('undici');
  const secure = buildConnector({ timeout: limits.timeout, ...verifiedTls });
  const dispatcher = new Agent({
    connect(target, callback) {
      const host = `${target.hostname}:${target.port || 443}`;
      const timeout = Math.min(limits.timeout, connectTimeoutMs);
      withTimeout(timeout, limits.signal, (signal) =>
        openTunnel(proxy, host, { ...limits, timeout, signal }),
      ).then(
        // undici says `Socket`, but gives it to `tls.connect`, which takes any stream.
        (tunnel) => secure({ ...target, httpSocket: tunnel as import('node:net').Socket }, callback),
        (error: AppError) => callback(error, null),
      );
    },
  });
  return async (url, { method, headers, body, signal, maxBytes }) => {
    const answer = await request(url, {
      dispatcher,
      method: method as import('undici').Dispatcher.HttpMethod,
      headers: { 'accept-encoding': acceptedEncoding, ...headers },
      body: body ?? null,
      signal,
    });
    try {
      const { statusCode: status } = answer;
      const whole = await readBody(answer.body, { status, headers: answer.headers, maxBytes });
      return {
        status,
        headers: { get: (name) => answer.headers[name.toLowerCase()]?.toString() ?? null },
        text: async () => whole,
      };
    } catch (error) {
      answer.body.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  };
}

/**
 * Asks the proxy for a connection to `host`, such as `api.example.com:443` (CONNECT: RFC 9110, section 9.3.6). TLS with the
 * host itself comes after it, so the proxy sees nothing but that name. What goes wrong is an AppError: `temporary`, or
 * `failure` when asking again would not help.
 */
async function openTunnel(
  proxy: ProxyServer,
  host: string,
  { timeout, signal, userAgent, env }: TunnelLimits,
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
    // One for this tunnel alone: Node's global agents may lead to a proxy of Node's choice.
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
    asked.on('error', (fault) => reject(unreachable(proxy, fault, { timeout, env })));
    asked.on('close', () => reject(unreachable(proxy, new Error('No answer'), { timeout, env })));
    asked.end();
  });
}

function refused(proxy: ProxyServer, host: string, status: number): AppError {
  const { shown, variable } = proxy;
  const who = `The proxy ${shown} (${variable})`;
  if (status === 407) {
    return proxy.authorization === undefined
      ? new AppError('failure', `${who} wants a user and password`, {
          hint: `Give them as in ${variable}=http://USER:PASSWORD@proxy.example.com:3128; only Basic authentication is possible`,
          outcome: 'not-sent',
        })
      : new AppError('failure', `${who} does not accept the user and password`, {
          hint: `Correct them in ${variable}, with special characters as %XX; only Basic authentication is possible`,
          outcome: 'not-sent',
        });
  }
  if (status >= 500 || status === 429) {
    return new AppError('temporary', `${who} could not connect to ${host} (status ${status})`, {
      hint: 'Run the same command again later; if it stays so, ask whoever runs the proxy',
      outcome: 'not-sent',
    });
  }
  return new AppError('failure', `${who} refuses to connect to ${host} (status ${status})`, {
    hint: 'Ask whoever runs the proxy to allow it, or name the host in NO_PROXY if it can be reached without',
    outcome: 'not-sent',
  });
}

function unreachable(
  { shown, variable }: ProxyServer,
  fault: Error,
  { timeout, env }: Pick<TunnelLimits, 'timeout' | 'env'>,
): AppError {
  const late = fault.name === 'AbortError';
  const what = late ? `no answer within ${formatSeconds(timeout)}` : describeNetworkError(fault, timeout);
  if (isCertificateError(fault)) {
    return new AppError('failure', `The certificate of the proxy ${shown} is not trusted: ${what}`, {
      hint: certificateHint(fault, env),
      outcome: 'not-sent',
      cause: fault,
    });
  }
  // OpenSSL's words for an answer in plain text.
  if (/wrong version number|packet length too long/.test(fault.message)) {
    return new AppError('failure', `The proxy ${shown} (${variable}) does not speak TLS`, {
      hint: `Write http:// instead of https:// in ${variable}: what goes through it to https addresses is encrypted all the same`,
      outcome: 'not-sent',
      cause: fault,
    });
  }
  return new AppError('temporary', `The proxy ${shown} (${variable}) could not be reached: ${what}`, {
    hint: `Check ${variable} and the network, then run the same command again`,
    outcome: 'not-sent',
    cause: fault,
  });
}
