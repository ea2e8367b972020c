/** Quotes a word for a POSIX shell. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `1 second`, `0.5 seconds`. */
export function formatSeconds(ms: number): string {
  return ms === 1000 ? '1 second' : `${ms / 1000} seconds`;
}

/** `1 user`, `2 users`. */
export function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Sentences in a row, with full stops between them; the last as it is. */
export function joinSentences(sentences: readonly string[]): string {
  return sentences
    .map((text, index) => (index < sentences.length - 1 && !/[.?!]$/.test(text) ? `${text}.` : text))
    .join(' ');
}

/** A question that follows a message without a full stop; empty for no words. */
export function thenMeant(words: readonly string[]): string {
  return words.length === 0 ? '' : `. Did you mean ${alternatives(words)}?`;
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' or ');
}
