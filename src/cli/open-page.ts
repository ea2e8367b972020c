import { openInBrowser } from '../login/oauth/browser.ts';
import type { Context } from './context.ts';

/**
 * Opens a page of the Console in the person's browser. A failure is a note, because the address is printed anyway.
 *
 * @returns true when a browser was started
 */
export async function openPage({ runtime, messages }: Context, url: string): Promise<boolean> {
  if (!runtime.stderr.isTTY) {
    messages.note('Without a terminal no browser is opened');
    return false;
  }
  const opening = await openInBrowser(url, runtime);
  if (opening.outcome === 'failed') {
    messages.note(opening.why);
    return false;
  }
  messages.note(
    opening.outcome === 'opened'
      ? `Opened ${url} in your browser`
      : `Started your browser with ${url}. If no page opens, open that address yourself`,
  );
  return true;
}
