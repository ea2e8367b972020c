import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { scopeLabels } from './scopes.ts';

const style = `
:root { color-scheme: light dark; --ink: #1b1f2a; --soft: #565d6d; --page: #f3f4f7; --card: #fff; --line: #c9cdd6; --accent: #0b57c2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceef3; --soft: #aab1c0; --page: #12151c; --card: #1b202a; --line: #475063; --accent: #8ab8ff; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 2rem 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: .5rem 0; }
.soft { color: var(--soft); font-size: .9rem; }
code, strong { overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button { padding: .6rem 1.2rem; border: 1px solid var(--accent); border-radius: .5rem; background: transparent; color: var(--accent); font: inherit; font-weight: 600; cursor: pointer; }
button.main { background: var(--accent); color: var(--card); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

export interface ConsentView {
  appName: string;
  organizationSid: string;
  userName: string;
  scopes: readonly string[];
  offline: boolean;
  redirectUri: string;
  formToken: string;
}

export function consentPage(view: ConsentView): Promise<Response> {
  const scopes = view.scopes.map(
    (scope) => html`<li>${scopeLabels[scope]} <span class="soft">(<code>${scope}</code>)</span></li>`,
  );
  const offline = view.offline ? html`<li>Stay signed in until you revoke its access</li>` : '';
  const body = html`<h1>${view.appName} asks for access to your organization</h1>
<p class="soft">Sandbox: no sign-in is needed, and nothing here reaches Twilio.</p>
<p>You are <strong>${view.userName}</strong>, the owner of organization <code>${view.organizationSid}</code>.</p>
<p>If you approve, it can:</p>
<ul>${scopes}${offline}</ul>
<p class="soft">The response goes to <code>${view.redirectUri}</code></p>
<form method="post" action="/v2/authorize">
<input type="hidden" name="form_token" value="${view.formToken}">
<button class="main" type="submit" name="decision" value="approve">Approve access</button>
<button type="submit" name="decision" value="deny">Deny</button>
</form>`;
  return page('Approve access', body, 200, `'self' ${formTarget(view.redirectUri)}`);
}

export function errorPage(message: string, advice: string): Promise<Response> {
  return page("Can't ask for access", html`<h1>${message}</h1>\n<p>${advice}</p>`, 400, "'none'");
}

/** Browsers apply form-action to the redirect after the form as well. CSP has no syntax for an IPv6 address. */
function formTarget(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri);
  return hostname.startsWith('[') ? protocol : origin;
}

async function page(title: string, body: Markup, status: number, formAction: string): Promise<Response> {
  const text = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`;
  return new Response(text.toString(), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;
