/** Removes what makes equal texts differ: case, composed letters and invisible characters. */
export function comparableText(text: string): string {
  // ASCII has one form alone.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFKC').replace(/\p{Cf}/gu, '');
  return plain.toUpperCase().toLowerCase().normalize('NFKC');
}

/** True where every word of a search stands somewhere in the texts, in any order. */
export function hasAllWords(texts: readonly (string | null | undefined)[], search: string): boolean {
  const all = texts.map((text) => comparableText(text ?? ''));
  return comparableText(search)
    .split(/\s+/)
    .every((word) => all.some((text) => text.includes(word)));
}
