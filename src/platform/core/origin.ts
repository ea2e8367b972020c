/**
 * Parses an origin that credentials may be sent to: `https`, or `http` on this machine, with nothing after the port.
 * Returns undefined for anything else.
 */
export function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  // A path, a query or a password would be dropped silently later.
  return allowed && url.href === `${url.origin}/` ? url : undefined;
}

/** True when a URL's `hostname` is this machine: `localhost`, 127.0.0.0/8 (RFC 1122 3.2.1.3) or `[::1]` (RFC 4291 2.5.3). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
