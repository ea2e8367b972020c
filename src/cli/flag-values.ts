import { InvalidArgumentError } from 'commander';

/** The value without white space around it; an unset variable of a script must not count as a value. */
export function notBlank(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty: is a variable unset?');
  return text.trim();
}

/** `a,b.c` as a list. */
export function parseList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError('Give names separated by commas.');
  return items;
}

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

export function parsePositiveInt(text: string): number {
  const value = parseWholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It is at least 1.');
  return value;
}

/** A text in memory can't be much longer than 500 MB. */
export function parseMegabytes(text: string): number {
  const value = Number(text);
  if (!/^\d{1,3}$/.test(text) || value < 1 || value > 500) {
    throw new InvalidArgumentError('Give a whole number of megabytes, from 1 to 500.');
  }
  return value;
}

export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 86_400) {
    throw new InvalidArgumentError('Give seconds, above 0 and up to 86400.');
  }
  return value;
}
