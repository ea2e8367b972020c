import { sendWithRetries } from '../../platform/http/client.ts';
import type { HttpOptions } from '../../platform/http/types.ts';

/** The metadata is optional, so a login waits only briefly for it. */
const timeoutMs = 5_000;

/**
 * The issuer in the authorization server's metadata (RFC 8414); undefined when the metadata can't be read. Only the
 * issuer is used: metadata must not redirect credentials.
 */
export async function publishedIssuer(oauthUrl: string, http: HttpOptions): Promise<string | undefined> {
  const url = new URL('/.well-known/oauth-authorization-server', oauthUrl);
  const request = { method: 'GET', url, headers: { accept: 'application/json' }, repeatable: true };
  const options = { ...http, maxRetries: 0, timeoutMs: Math.min(http.timeoutMs, timeoutMs) };
  try {
    const { status, text } = await sendWithRetries(request, options);
    const metadata: unknown = status === 200 ? JSON.parse(text) : undefined;
    const issuer = (metadata as { issuer?: unknown } | null | undefined)?.issuer;
    return typeof issuer === 'string' && issuer !== '' ? issuer : undefined;
  } catch {
    http.signal.throwIfAborted();
    return undefined;
  }
}
