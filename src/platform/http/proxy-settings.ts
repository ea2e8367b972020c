import type { Env } from '../core/env.ts';
import { usageError } from '../core/errors.ts';
import { isLoopback } from '../core/origin.ts';
import { Secret } from '../core/secret.ts';

/** A forwarding proxy from the environment. */
export interface ProxyServer {
  /** The name of its environment variable. */
  variable: string;
  /** Scheme, host and port. */
  origin: string;
  /** The origin for messages, with user and password as `[hidden]`. */
  shown: string;
  /** `Proxy-Authorization`, Basic (RFC 7617), when there are a user and password. */
  authorization: Secret | undefined;
}

/** In order of precedence. As with curl, the lower-case form wins. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
const exemptions = ['no_proxy', 'NO_PROXY'];

/**
 * The proxy for requests to this address; undefined for a direct connection, as always on this machine. HTTP_PROXY is the
 * fallback for HTTPS_PROXY, because plain `http` is used on this machine alone.
 *
 * @throws usage when the variable is not the address of a proxy; the message does not show its value
 */
export function proxyFor(url: URL, env: Env): ProxyServer | undefined {
  return isLoopback(url.hostname) || isExempt(url, env) ? undefined : proxyFromEnv(env);
}

/** The proxy of the environment, without regard to exemptions. @throws as {@link proxyFor} does */
export function proxyFromEnv(env: Env): ProxyServer | undefined {
  const variable = firstSet(variables, env);
  if (variable === undefined) return undefined;
  const proxy = parse(env[variable] ?? '');
  if (proxy !== undefined) return { variable, ...proxy };
  throw usageError(
    `${variable} is not the http or https URL of a proxy`,
    'Examples: http://proxy.example.com:3128, proxy.example.com:3128, or http://USER:PASSWORD@proxy.example.com:3128 with special characters of the password as %XX',
  );
}

/** `NO_PROXY=…` of the environment; undefined when it is not set. */
export function noProxyFromEnv(env: Env): string | undefined {
  const variable = firstSet(exemptions, env);
  return variable && `${variable}=${env[variable]}`;
}

function firstSet(names: readonly string[], env: Env): string | undefined {
  return names.find((name) => env[name]?.trim());
}

/** An address without a scheme is http, as for curl and git. It needs a port, because programs differ in their default. */
const withoutScheme = /^(?:[^/?#]*@)?(?:[^/?#@:[\]]+|\[[^/?#@[\]]+\]):\d+\/?$/;

function parse(given: string): Omit<ProxyServer, 'variable'> | undefined {
  const text = given.trim();
  const address = withoutScheme.test(text) ? `http://${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  // An unescaped "/", "?" or "#" in the password would end the host there, and messages would show the rest of the password.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@')) return undefined;
  if (!url.username && !url.password) {
    return { origin: url.origin, shown: url.origin, authorization: undefined };
  }
  const login = decoded(`${url.username}:${url.password}`);
  if (login === undefined) return undefined;
  return {
    origin: url.origin,
    shown: `${url.protocol}//[hidden]@${url.host}`,
    authorization: new Secret(`Basic ${Buffer.from(login).toString('base64')}`),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** True when NO_PROXY has the host, one of its domains, or `*`. An entry may end with a port. */
function isExempt(url: URL, env: Env): boolean {
  const list = env[firstSet(exemptions, env) ?? ''] ?? '';
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = '', port] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entry === '*') return true;
      if (name === '' || (port !== undefined && port !== portOf(url))) return false;
      return url.hostname === name || url.hostname.endsWith(`.${name}`);
    });
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}
