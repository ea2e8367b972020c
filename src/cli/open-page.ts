import { findBrowser } from '../login/oauth/browser.ts';
import { sleep } from '../platform/core/timeout.ts';
import type { Context } from './context.ts';

/** Time a launcher has to report a failure; milliseconds. */
const launchMs = 3_000;

/**
 * Opens a page of the Console in the person's browser, or says why not: the address was printed, so that is no failure.
 */
export async function openPage(ctx: Context, url: string): Promise<void> {
  const { env, stderr, platform, signal } = ctx.runtime;
  if (!stderr.isTTY) return ctx.messages.note('No browser is opened off a terminal');
  const browser = await findBrowser(env, platform);
  if (!browser.found) return ctx.messages.note(browser.why);
  const waited = new AbortController();
  try {
    const patience = sleep(launchMs, AbortSignal.any([signal, waited.signal]));
    patience.catch(() => undefined);
    const how = await browser.open(url, patience);
    const opened = `Opened ${url} in your browser`;
    ctx.messages.note(how === 'opened' ? opened : `${browser.name} was started with ${url}`);
  } catch {
    signal.throwIfAborted();
    ctx.messages.note('No browser could be started here');
  } finally {
    waited.abort();
  }
}
