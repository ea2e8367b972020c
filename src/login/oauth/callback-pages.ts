import { createHash } from 'node:crypto';

/** A page that the browser shows at the end of a login. It contains nothing from the requested address. */
export type CallbackPage =
  | 'success'
  | 'refused'
  | 'failed'
  | 'stale'
  | 'unknown'
  | 'not-found'
  | 'wrong-method';

const pages: Record<CallbackPage, { status: number; mark: string; title: string; text: string }> = {
  success: {
    status: 200,
    mark: '✓',
    title: 'You are logged in',
    text: 'twilio-org now has access. You can close this tab and go back to the terminal.',
  },
  refused: {
    status: 200,
    mark: '–',
    title: 'Access was refused',
    text: 'Nothing was stored. You can close this tab; the terminal shows how to try again.',
  },
  failed: {
    status: 200,
    mark: '!',
    title: 'The login failed',
    text: 'Nothing was stored. The terminal shows the reason and what to do. You can close this tab.',
  },
  stale: {
    status: 410,
    mark: '–',
    title: 'This login is already over',
    text: 'Only the first response counts. You can close this tab.',
  },
  unknown: {
    status: 400,
    mark: '!',
    title: 'This is another login',
    text: 'The response does not belong to the login in the terminal, which is still waiting. Use the address that the terminal printed.',
  },
  'not-found': {
    status: 404,
    mark: '!',
    title: 'Page not found',
    text: 'This address only receives the end of a login.',
  },
  'wrong-method': {
    status: 405,
    mark: '!',
    title: 'Not allowed',
    text: 'This address only receives the end of a login, as a GET request.',
  },
};

const style = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #121c2d; --soft: #56617a; --edge: #d9dde5 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f141d; --card: #182130; --ink: #eef1f6; --soft: #aab4c6; --edge: #2c3950 }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
main { box-sizing: border-box; max-width: 28rem; margin: 1rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--edge); border-radius: .5rem }
p { margin: .5rem 0 0; color: var(--soft) }
h1 { margin: 0; font-size: 1.25rem }
.mark { font-size: 2rem; line-height: 1; margin: 0 0 1rem; color: var(--ink) }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Status, headers and HTML of a page: self-contained, without script, never stored. */
export function callbackPage(page: CallbackPage): {
  status: number;
  headers: Record<string, string>;
  html: string;
} {
  const { status, mark, title, text } = pages[page];
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
      ...(status === 405 ? { allow: 'GET' } : {}),
    },
    html: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · twilio-org</title>
<style>${style}</style>
<main>
<p class="mark" aria-hidden="true">${mark}</p>
<h1>${title}</h1>
<p>${text}</p>
</main>
</html>
`,
  };
}
