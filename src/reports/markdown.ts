import { escapeControl } from '../platform/terminal/escape.ts';

/** GitHub takes comments of 65,536 characters; the rest is for the text around a report. */
const maxMarkdownLength = 60_000;
const maxNameLength = 200;

/**
 * A name or an id as code: mentions, links, references, HTML and other Markdown have no meaning there. Pipes and
 * backticks stand beside the code as entities, which no parser of tables or of code takes for its own. A long text is cut.
 */
export function markdownCode(text: string): string {
  return clipped(escapeControl(text))
    .split(/([`|]+)/)
    .map((part, at) => (at % 2 === 1 ? asEntities(part) : asCode(part)))
    .join('');
}

/**
 * A sentence with names in it. A plain word stays as it is, and everything else becomes code. A backslash is not
 * enough: GitHub and GitLab look for mentions and references after Markdown has taken the backslashes out.
 */
export function markdownText(text: string): string {
  return escapeControl(text)
    .split(/ +/)
    .map((word) => (isPlain(word) ? word : inCode(word)))
    .join(' ')
    .trim();
}

/** The first lines of a table, whose headings are plain words. */
export function markdownTableHead(headings: readonly string[]): string[] {
  return [markdownTableRow(headings), markdownTableRow(headings.map(() => '---'))];
}

/** A line of a table, whose cells are Markdown already. */
export function markdownTableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A part of a document: lines that belong together, and the items below them, one line each. */
export interface MarkdownSection {
  head: readonly string[];
  items: readonly string[];
}

/**
 * Joins a document of limited length. Where it is full, all following items are left out, and with them the sections
 * that have no other. The first lines are always kept.
 *
 * @param more the last line then, from the number of items left out of each section
 */
export function markdownDocument(
  lines: readonly string[],
  sections: readonly MarkdownSection[],
  more: (left: readonly number[]) => string,
  maxLength = maxMarkdownLength,
): string {
  const left = sections.map(({ items }) => items.length);
  let room = maxLength - lines.join('\n').length - `\n\n${more(left)}\n`.length;
  const written = [...lines];
  for (const [number, { head, items }] of sections.entries()) {
    let opening = ['', ...head];
    for (const item of items) {
      const added = [...opening, item];
      room -= `${added.join('\n')}\n`.length;
      if (room < 0) return `${[...written, '', more(left)].join('\n')}\n`;
      written.push(...added);
      opening = [];
      left[number] = (left[number] ?? 0) - 1;
    }
  }
  return `${written.join('\n')}\n`;
}

function clipped(text: string): string {
  const characters = [...text];
  return characters.length <= maxNameLength ? text : `${characters.slice(0, maxNameLength - 1).join('')}…`;
}

function asEntities(text: string): string {
  return [...text].map((character) => `&#${character.charCodeAt(0)};`).join('');
}

function asCode(text: string): string {
  if (text === '') return '';
  // Markdown takes a space off both ends where both have one.
  const isPadded = text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '';
  return isPadded ? `\` ${text} \`` : `\`${text}\``;
}

const word =
  /^["'(]*(?:[a-z\P{ASCII}]+(?:['-][a-z\P{ASCII}]+)*[.,;:?)"']*|(?:\d+(?:[.,]\d+)*|\d{4}-\d\d-\d\d|\d\d:\d\d)[,;:?]*)$/iu;
/** GitHub links such text if it is a commit. */
const commit = /^[0-9a-f]{7,40}\W*$/i;

function isPlain(text: string): boolean {
  return text === '' || (word.test(text) && !commit.test(text));
}

function inCode(text: string): string {
  const [, before = '', core = '', after = ''] = /^(["'(]*)(.*?)([.,;:?!)"']*)$/u.exec(text) ?? [];
  return core === '' ? markdownCode(text) : `${before}${markdownCode(core)}${after}`;
}
