import { openInBrowser } from '../login/oauth/browser.ts';
import type { Context } from './context.ts';

/** Opens a page of the Console in the person's browser. A failure is a note: the address is printed anyway. */
export async function openPage({ runtime, messages }: Context, url: string): Promise<void> {
  if (!runtime.stderr.isTTY) return messages.note('Without a terminal no browser is opened');
  const opening = await openInBrowser(url, runtime);
  if (opening.outcome === 'failed') return messages.note(opening.why);
  messages.note(
    opening.outcome === 'opened'
      ? `Opened ${url} in your browser`
      : `Started your browser with ${url}. If no page opens, open that address yourself`,
  );
}
