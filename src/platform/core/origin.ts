/**
 * A place that credentials may be sent to: `https`, or `http` for this machine alone, with nothing after the port.
 * `undefined` when the text is not such an origin.
 */
export function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  // Anything beyond the origin (a path, a query, a password) would be dropped silently later: refuse it here.
  return allowed && url.href === `${url.origin}/` ? url : undefined;
}

/** Whether a URL's `hostname` is this machine: `localhost`, 127.0.0.0/8 (RFC 1122 3.2.1.3) or `[::1]` (RFC 4291 2.5.3). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
