/** Counts the columns of a terminal that a text takes. */
export type Measure = (text: string) => number;

/** True for lines of ASCII and the other Latin letters, each of which takes one column. */
export function arePlain(lines: string): boolean {
  return /^[\n\x20-\x7e\xa0-\u02ff]*$/.test(lines);
}

export async function loadMeasure(): Promise<Measure> {
  const { default: widthOf } = await import('fast-string-truncated-width');
  return (text) => (arePlain(text) ? text.length : widthOf(text).width);
}

/** The text, or as many whole characters of it as leave room for a mark that it was cut. */
export function cut(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  return `${beginning(text, width - 1, measure)}…`;
}

/** The whole characters at the beginning of a text that fit in so many columns. */
function beginning(text: string, width: number, measure: Measure): string {
  let kept = '';
  let left = width;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= measure(segment);
    if (left < 0) break;
    kept += segment;
  }
  return kept;
}

/**
 * The text in lines of at most `width` columns, broken at spaces. Words that are too long for a line are broken between
 * characters. Text beyond the last allowed line is cut.
 */
export function wrap(
  text: string,
  width: number,
  measure: Measure,
  { maxLines = Number.POSITIVE_INFINITY, longWords = 'break' as 'break' | 'cut' } = {},
): string[] {
  if (measure(text) <= width) return [text];
  const lines: string[] = [];
  let rest = text;
  while (rest !== '') {
    if (lines.length === maxLines - 1 || (longWords === 'cut' && !rest.slice(0, 4 * width).includes(' '))) {
      lines.push(cut(rest, width, measure));
      break;
    }
    const line = nextLine(rest, width, measure);
    lines.push(line.trimEnd());
    rest = rest.slice(line.length).trimStart();
  }
  return lines;
}

/** The words at the beginning that fit, or a part of the first. */
function nextLine(text: string, width: number, measure: Measure): string {
  // One character more, for the space after the line; combining characters take no column of their own.
  const kept =
    beginning(text.slice(0, 16 * width), width, measure) || (text.match(/^\P{M}\p{M}*/u)?.[0] ?? text);
  if (kept.length === text.length || text[kept.length] === ' ') return kept;
  const space = kept.lastIndexOf(' ');
  return space > 0 ? kept.slice(0, space) : kept;
}

/** The columns of the longest word. */
export function longestWord(text: string, measure: Measure): number {
  return text.split(' ').reduce((most, word) => Math.max(most, measure(word)), 0);
}
