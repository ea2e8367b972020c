/**
 * Text whose characters are one column wide, as those of all help are. A library that measures others takes longer to load
 * than the rest of help.
 */

/** Paragraphs that are wrapped again to fit a width. Indented lines, such as commands and examples of files, stay as they are. */
export function layOutNotes(text: string, width: number): string {
  const lines: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const before = lines.at(-1);
    const continues = before !== undefined && /^\S.*[^.:]$/.test(before) && /^\S/.test(line);
    if (continues) lines[lines.length - 1] = `${before} ${line}`;
    else lines.push(line);
  }
  return lines.flatMap((line) => (/^\S/.test(line) ? wrapPlain(line, width) : [line])).join('\n');
}

/** Breaks a line between words, with an indentation before each part. Code between backticks stays whole. */
export function wrapPlain(line: string, width: number, indent = ''): string[] {
  const room = Math.max(width - indent.length, 1);
  return fill(keepCode(line.trim()), room).map((part) => indent + withSpaces(part));
}

/** Breaks a text at its spaces. A word that is longer than the width gets a line of its own. */
export function fill(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** The text with spaces between backticks at which no line is broken. */
export function keepCode(text: string): string {
  return text.replace(/`[^`]*`/g, (code) => code.replaceAll(' ', keptSpace));
}

export function withSpaces(text: string): string {
  return text.replaceAll(keptSpace, ' ');
}

/** A character for private use, which no text has. */
const keptSpace = '\uE000';
