import { escapeControl } from '../../platform/terminal/escape.ts';

/** Text that is HTML already. Only {@link html} makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | null | undefined | readonly Part[];

/**
 * HTML from a template. Whatever is put in is shown as text, unless it is {@link Markup}: characters that would be markup
 * are escaped, and characters that would be hidden or change the direction of writing are written out.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.map((text, at) => text + (at < parts.length ? textOf(parts[at]) : '')).join(''));
}

function textOf(part: Part): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escapeMarkup(escapeControl(String(part)));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '#': '&#35;',
  ':': '&#58;',
};

/** Also writes out the commands that the log of a CI job would obey, because escaping them later would change the text. */
function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']|#(?=#)|:(?=:)/g, (character) => entities[character] ?? character);
}

/** JSON for a `<script>`: it holds nothing that could end the element, or that a script would take for a line break. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]|#(?=#)/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
