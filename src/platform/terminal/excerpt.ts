import type { Excerpt } from '../core/errors.ts';
import { escapeControl } from './escape.ts';
import { loadMeasure, type Measure } from './text-width.ts';

const indent = '  ';
const defaultWidth = 80;

/**
 * The text with a mark below the place. Of a text that is wider than the terminal, only the part around the place is shown.
 *
 * @param columns width of the terminal; undefined where none shows it
 */
export async function excerptLines({ text, at }: Excerpt, columns = defaultWidth): Promise<string[]> {
  const measure = await loadMeasure();
  const room = Math.max(columns - indent.length - 1, 20);
  let before = [...escapeControl(text.slice(0, at))];
  let after = [...escapeControl(text.slice(at))];
  if (measure(before.join('')) + measure(after.join('')) > room) {
    // Half of the room for each side, with a place for the dots.
    const side = Math.floor(room / 2) - 1;
    const [first, last] = [fitting(before.reverse(), side, measure).reverse(), fitting(after, side, measure)];
    before = first.length < before.length ? ['…', ...first] : first;
    after = last.length < after.length ? [...last, '…'] : last;
  }
  const [start, end] = [before.join(''), after.join('')];
  return [`${indent}${start}${end}`, `${indent}${' '.repeat(measure(start))}^`];
}

/** As many of the first characters as fit. */
function fitting(characters: readonly string[], width: number, measure: Measure): string[] {
  let left = width;
  const end = characters.findIndex((character) => {
    left -= measure(character);
    return left < 0;
  });
  return characters.slice(0, end < 0 ? characters.length : end);
}
