import { readFileSync } from 'node:fs';
import { AppError } from '../../platform/core/errors.ts';
import { wrapWords } from '../../platform/terminal/prose.ts';
import { sectionOf } from './topics.ts';

/** Seen from this file, and from the bundle that it is built into. */
const places = ['../../../docs/commands.md', '../docs/commands.md'];

/** The text of a topic for a terminal of this width. It is a section of the documentation, so that the two agree. */
export function topicText(topic: string, width: number): string {
  const section = sectionOf(topic);
  const [, page = ''] = `\n${readPage()}`.split(`\n## ${section}\n`);
  const [text = ''] = page.split(/\n(?:## |<!--)/);
  return `${section}\n\n${renderMarkdown(text.trim(), width)}\n`;
}

function readPage(): string {
  for (const place of places) {
    try {
      return readFileSync(new URL(place, import.meta.url), 'utf8');
    } catch {}
  }
  throw new AppError('failure', 'The documentation of twilio-org is missing', {
    hint: 'Install twilio-org again',
  });
}

/** Paragraphs, lists and tables, as far as the documentation uses them. */
export function renderMarkdown(text: string, width: number): string {
  const blocks = text.split(/\n{2,}/).map((block) => {
    if (block.startsWith('|')) return renderTable(block.split('\n'), width);
    if (/^\s*```/.test(block))
      return block
        .split('\n')
        .filter((line) => !/^\s*```/.test(line))
        .join('\n');
    const items = block.split(/\n(?=- )/).map((item) => item.replace(/\s*\n\s*/g, ' '));
    return items.flatMap((item) => renderItem(item, width)).join('\n');
  });
  return blocks.join('\n\n');
}

function renderItem(item: string, width: number): string[] {
  const isListed = item.startsWith('- ');
  const [first = '', ...others] = wrapWords(plain(item.replace(/^- /, '')), width, isListed ? '  ' : '');
  return [isListed ? first.replace('  ', '- ') : first, ...others];
}

/** The cells of a row below its first one: descriptions are longer than a narrow terminal has room for beside it. */
function renderTable(lines: readonly string[], width: number): string {
  const rows = lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => plain(cell.trim())),
  );
  const body = rows.slice(2);
  const terms = body.map((row) => row.slice(0, -1).join('  ').trimEnd());
  const termWidth = Math.max(...terms.map((term) => term.length));
  const isBeside = termWidth <= 24 && width - termWidth >= 30;
  const indent = ' '.repeat(isBeside ? termWidth + 4 : 6);
  return body
    .flatMap((row, index) => {
      const described = wrapWords(row.at(-1) ?? '', width, indent);
      const term = `  ${terms[index]}`;
      if (!isBeside) return [term, ...described];
      const [first = '', ...others] = described;
      return [`${term.padEnd(indent.length)}${first.trimStart()}`, ...others];
    })
    .join('\n');
}

/** Text without the marks of Markdown. */
function plain(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replaceAll('`', '')
    .replaceAll('\\|', '|');
}
