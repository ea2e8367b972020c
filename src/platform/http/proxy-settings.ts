import type { Env } from '../core/env.ts';
import { usageError } from '../core/errors.ts';
import { isLoopback } from '../core/origin.ts';
import { Secret } from '../core/secret.ts';

/** A forwarding proxy, as the environment names it. */
export interface ProxyServer {
  /** The variable that it comes from. */
  variable: string;
  /** Scheme, host and port. */
  origin: string;
  /** The same for people: one sees whether there are a user and password, but not which. */
  shown: string;
  /** The value of `Proxy-Authorization` when there are a user and password: Basic (RFC 7617). */
  authorization: Secret | undefined;
}

/** The first that is set counts. As with curl, the lower-case form wins. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
const exemptions = ['no_proxy', 'NO_PROXY'];

/**
 * The proxy that a request to this address goes through; undefined when it goes straight there, as everything on this
 * machine does. HTTP_PROXY serves where HTTPS_PROXY is not set: plain `http` is spoken with this machine alone.
 *
 * @throws a usage error when the variable holds no address of a proxy; it does not show what it holds
 */
export function proxyFor(url: URL, env: Env): ProxyServer | undefined {
  return isLoopback(url.hostname) || isExempt(url, env) ? undefined : proxyFromEnv(env);
}

/** The proxy of the environment, whatever is exempt from it. Throws as {@link proxyFor} does. */
export function proxyFromEnv(env: Env): ProxyServer | undefined {
  const variable = firstSet(variables, env);
  if (variable === undefined) return undefined;
  const proxy = parse(env[variable] ?? '');
  if (proxy !== undefined) return { variable, ...proxy };
  throw usageError(
    `${variable} is not the http or https URL of a proxy`,
    'Give it as in http://proxy.example.com:3128, proxy.example.com:3128 or http://USER:PASSWORD@proxy.example.com:3128, with special characters of the password as %XX',
  );
}

/** `NO_PROXY=…` as it stands in the environment; undefined when nothing is exempt. */
export function noProxyFromEnv(env: Env): string | undefined {
  const variable = firstSet(exemptions, env);
  return variable && `${variable}=${env[variable]}`;
}

function firstSet(names: readonly string[], env: Env): string | undefined {
  return names.find((name) => env[name]?.trim());
}

/** Without a scheme it is http, as for curl and git. It has to have a port then: which one is usual differs among programs. */
const withoutScheme = /^(?:[^/?#]*@)?(?:[^/?#@:[\]]+|\[[^/?#@[\]]+\]):\d+\/?$/;

function parse(given: string): Omit<ProxyServer, 'variable'> | undefined {
  const text = given.trim();
  const address = withoutScheme.test(text) ? `http://${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  // A "/", "?" or "#" in a password that is not written as %XX ends the host before it: half of the password would be shown.
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

/** Whether NO_PROXY has the host, a domain that it is in, or `*`; an entry may end with a port. */
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
