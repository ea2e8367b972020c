import { findBrowser } from '../login/oauth/browser.ts';
import { sleep } from '../platform/core/timeout.ts';
import type { Context } from './context.ts';

/** Time for a launcher to report a failure. */
const launchTimeoutMs = 3_000;

/** Opens a page of the Console in the browser. A failure is only a note, because the address was printed. */
export async function openPage(ctx: Context, url: string): Promise<void> {
  const { env, stderr, platform, signal } = ctx.runtime;
  if (!stderr.isTTY) return ctx.messages.note('Without a terminal no browser is opened');
  const browser = await findBrowser(env, platform);
  if (!browser.found) return ctx.messages.note(browser.why);
  const waited = new AbortController();
  try {
    const timeout = sleep(launchTimeoutMs, AbortSignal.any([signal, waited.signal]));
    timeout.catch(() => undefined);
    const outcome = await browser.open(url, timeout);
    const opened = `Opened ${url} in your browser`;
    ctx.messages.note(outcome === 'opened' ? opened : `Started ${browser.name} with ${url}`);
  } catch {
    signal.throwIfAborted();
    ctx.messages.note('No browser could be started here');
  } finally {
    waited.abort();
  }
}
