import { createHash } from 'node:crypto';
import { html, jsonForScript, Markup } from './markup.ts';
import baseStyle from './page.css?raw';

/** A report as a page that is a single file. */
export interface Page {
  title: string;
  /** One sentence below the title. */
  summary?: string | undefined;
  /** The source of the report: names and values, such as the organization and the time. */
  facts: readonly (readonly [name: string, value: string])[];
  body: Markup;
  /** CSS after that of every page. Never made of data. */
  style?: string | undefined;
  /** A script, which runs when the page is complete. Never made of data. */
  script?: string | undefined;
  /** The data of the script, as JSON in the element `data`. */
  data?: unknown;
}

/**
 * The page as HTML. It opens from a disk and makes no request: its policy forbids whatever is not in the file, and allows
 * style and script by their hashes alone. Light and dark follow the system.
 */
export function htmlPage({ title, summary, facts, body, style = '', script, data }: Page): string {
  const css = `${baseStyle}${style}`;
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(css)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · twilio-org</title>
<style>${new Markup(css)}</style>
</head>
<body>
<header class="page-head">
<h1>${title}</h1>
${summary === undefined ? '' : html`<p class="summary">${summary}</p>`}
<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>
<main>
${body}
</main>
${data === undefined ? '' : html`<script type="application/json" id="data">${new Markup(jsonForScript(data))}</script>\n`}${
  script === undefined ? '' : html`<script>${new Markup(script)}</script>\n`
}</body>
</html>
`.text;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
