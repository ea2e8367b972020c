import { wrapAnsi } from 'fast-wrap-ansi';
import { keepCode, withSpaces } from './plain-prose.ts';

/** A command of this program after a colon, up to the end of its sentence or clause. */
const command = /: (twilio-org(?: (?:'[^']*'|"[^"]*"|[^\s'"])+?)+)(?=$|[.;,](?= |$))([.;,] ?)?/g;

/**
 * The lines of a text on a terminal: broken between words, never inside a word, a path or a command between backticks. A
 * command after a colon gets a line of its own, so that it can be copied. An indented line stays indented.
 *
 * @param width columns of the terminal; undefined where no terminal shows the text, which then stays as it is
 */
export function layOutProse(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text];
  return text.split('\n').flatMap((line) => layOutLine(line, width));
}

function layOutLine(line: string, width: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let from = 0;
  for (const { index, 0: found, 1: words = '' } of line.matchAll(command)) {
    lines.push(...wrapWords(`${line.slice(from, index)}:`, width, indent), `${indent}  ${words}`);
    from = index + found.length;
  }
  const rest = line.slice(from);
  return rest === '' && lines.length > 0 ? lines : [...lines, ...wrapWords(rest, width, indent)];
}

/** Breaks a line between words. Lists and rows keep their indentation in each line. */
export function wrapWords(line: string, width: number, indent = ''): string[] {
  const room = Math.max(width - indent.length, 1);
  const words = line.trim();
  // Measuring other characters takes far longer to load than all of this.
  if (words.length <= room && /^[ -~]*$/.test(words)) return [`${indent}${words}`];
  return wrapAnsi(keepCode(words), room)
    .split('\n')
    .map((part) => `${indent}${withSpaces(part.trimEnd())}`);
}
