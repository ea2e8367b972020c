import type { Env } from '../core/env.ts';
import { nodeFetch } from './node-fetch.ts';
import { proxyFor } from './proxy-settings.ts';
import type { Limits } from './proxy-tunnel.ts';
import type { Fetch, Transport } from './types.ts';

export const directTransport: Transport = { proxy: undefined, fetch: nodeFetch() };

/** Selects the transport for each address: through the environment's proxy, or direct. @throws as {@link proxyFor} does */
export function createTransportSelector(env: Env, limits: Limits): (url: URL) => Transport {
  let tunnelling: Promise<Fetch> | undefined;
  return (url) => {
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return directTransport;
    const through = async (...request: Parameters<Fetch>) => {
      // Loaded on first use, because it takes longer than many requests.
      tunnelling ??= import('./proxy-tunnel.ts').then(({ fetchThrough }) =>
        fetchThrough(proxy, { ...limits, env }),
      );
      return (await tunnelling)(...request);
    };
    return { proxy, fetch: through };
  };
}
