import { isElsewhere, openBrowser } from '../auth/browser.ts';
import type { Context } from '../context.ts';

/**
 * Opens a page of the Console in the person's browser, or says why not: the address was printed, so that is no failure.
 */
export async function openPage(ctx: Context, url: string): Promise<void> {
  const { env, stderr } = ctx.runtime;
  if (!stderr.isTTY) return ctx.messages.note('No browser is opened off a terminal');
  if (isElsewhere(env)) return ctx.messages.note('No browser is opened over SSH');
  try {
    await openBrowser(url, env.BROWSER);
    ctx.messages.note(`Opened ${url} in your browser`);
  } catch {
    ctx.messages.note('No browser could be started here');
  }
}
