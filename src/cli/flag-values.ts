/** A flag or argument does not take the value. The message is advice; the parser adds the flag and the value. */
export class InvalidValue extends Error {}

export function invalidValue(hint: string): Error {
  return new InvalidValue(hint);
}

/** Trims the value, and refuses an empty one: it usually comes from an unset variable of a script. */
export function notBlank(text: string): string {
  if (text.trim() === '') throw invalidValue('It is empty: is a variable unset?');
  return text.trim();
}

/** Parses `a,b.c` into a list. */
export function parseList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) throw invalidValue('Give names separated by commas.');
  return items;
}

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidValue('Give a whole number.');
  return Number(text);
}

export function parsePositiveInt(text: string): number {
  const value = parseWholeNumber(text);
  if (value === 0) throw invalidValue('Give a whole number of at least 1.');
  return value;
}

/** At most 500, because Node limits a string to about that length. */
export function parseMegabytes(text: string): number {
  const value = Number(text);
  if (!/^\d{1,3}$/.test(text) || value < 1 || value > 500) {
    throw invalidValue('Give a whole number of megabytes, from 1 to 500.');
  }
  return value;
}

export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 86_400) {
    throw invalidValue('Give seconds, above 0 and up to 86400.');
  }
  return value;
}
