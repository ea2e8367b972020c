import { sendWithRetries } from '../../platform/http/client.ts';
import type { HttpOptions } from '../../platform/http/types.ts';

/** The metadata is optional: a login does not wait for it longer than this. */
const timeoutMs = 5_000;

/**
 * The issuer that the authorization server's metadata names (RFC 8414); undefined where it can't be read. Nothing else
 * of the metadata is used: it must not direct credentials anywhere.
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
