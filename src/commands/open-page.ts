import { openBrowser } from '../auth/browser.ts';
import type { Context } from '../context.ts';

/**
 * Opens a page of the Console in the person's browser, or says why not: the address was printed, so that is no failure.
 * Over SSH a browser would open where nobody looks, if it opened at all.
 */
export async function openPage(ctx: Context, url: string): Promise<void> {
  const { env, stderr } = ctx.runtime;
  if (!stderr.isTTY) return ctx.messages.note('No browser is opened off a terminal');
  if (env.SSH_CONNECTION && !env.BROWSER && !env.DISPLAY && !env.WAYLAND_DISPLAY) {
    return ctx.messages.note('No browser is opened over SSH');
  }
  try {
    await openBrowser(url, env.BROWSER);
    ctx.messages.note(`Opened ${url} in your browser`);
  } catch {
    ctx.messages.note('No browser could be started here');
  }
}
