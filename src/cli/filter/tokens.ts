import { filterError, type Word } from './syntax.ts';

/** A symbol, such as `=` or `(`, or a word. */
export interface Token extends Word {
  readonly isSymbol: boolean;
}

// `==`, `<>` and `=~` belong to other languages. They are read whole, so that the error names what was written.
const symbol = /==|=~|<>|!=|<=|>=|[=<>(),]/y;
const bareWord = /(?:(?!!=)[^\s=<>(),])+/y;
const space = /\s*/y;
const curlyQuote = /^[“”„‟‘’‚]/u;

/** The symbols and words of a filter. Throws `usage` for a quoted text without an end. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const next = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += next(space)?.length ?? 0;
    const first = text[at];
    if (first === undefined) return tokens;
    if (first === '"' || first === "'") {
      const { value, end } = readQuoted(text, at);
      tokens.push({ text: value, at, isQuoted: true, isSymbol: false });
      at = end;
      continue;
    }
    const found = next(symbol);
    const word = found ?? next(bareWord) ?? first;
    if (curlyQuote.test(word))
      throw filterError(text, at, 'this quotation mark is curly', 'Use straight ones: "Ada Lovelace"');
    tokens.push({ text: word, at, isQuoted: false, isSymbol: found !== undefined });
    at += word.length;
  }
}

/** A backslash before the quotation mark, or before another backslash, makes a character of it. */
function readQuoted(text: string, start: number): { value: string; end: number } {
  const mark = text[start];
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at];
    if (char === mark) return { value, end: at + 1 };
    const following = text[at + 1];
    const isEscape = char === '\\' && (following === mark || following === '\\');
    if (isEscape) at += 1;
    value += text[at];
  }
  throw filterError(text, start, `this text has no end`, `Close it with another ${mark}`);
}
