/**
 * A cell that empties a field, because an empty cell leaves it as it is. It is compared without case and blanks, and is never
 * stored as a value.
 */
const clear = '<clear>';

export function isClear(text: string): boolean {
  return text.trim().toLowerCase() === clear;
}

/** True for a text that has the word anywhere: with something beside it, it was meant otherwise. */
export function containsClear(text: string): boolean {
  return text.toLowerCase().includes(clear);
}
