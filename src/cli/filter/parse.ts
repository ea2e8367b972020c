import { comparisons, type Filter, filterError, type Operator, type Word } from './syntax.ts';
import { type Token, tokensOf } from './tokens.ts';

/** Deeper nesting is no filter that a person wrote, and would exhaust the stack. */
const maxDepth = 100;

/** Words that are no values unless they are quoted. */
const reserved = ['and', 'or', 'not', 'in', 'is'];

/** The words of other languages, with those of this one. */
const otherLanguages: Readonly<Record<string, string>> = {
  '==': '=',
  eq: '=',
  ne: '!=',
  '<>': '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  '=~': 'contains',
  '~': 'contains',
  like: 'contains',
  co: 'contains',
  sw: 'starts with',
  startswith: 'starts with',
  ew: 'ends with',
  endswith: 'ends with',
  pr: 'is not empty',
  '&&': 'and',
  '&': 'and',
  '||': 'or',
  '|': 'or',
  '!': 'not',
};

/**
 * Reads a filter. `not` binds closest, then `and`, then `or`.
 *
 * @throws usage with the place of the mistake
 */
export function parseFilter(text: string): Filter {
  const tokens = tokensOf(text);
  let position = 0;
  let depth = 0;

  const peek = (): Token | undefined => tokens[position];
  const isWord = (token: Token | undefined, word: string): boolean =>
    token !== undefined && !token.isQuoted && !token.isSymbol && token.text.toLowerCase() === word;
  const isSymbol = (token: Token | undefined, symbol: string): boolean =>
    token?.isSymbol === true && token.text === symbol;

  /** Takes the words, if they come next. */
  function takes(...words: string[]): boolean {
    if (!words.every((word, index) => isWord(tokens[position + index], word))) return false;
    position += words.length;
    return true;
  }

  function takesSymbol(symbol: string): boolean {
    const found = isSymbol(peek(), symbol);
    if (found) position += 1;
    return found;
  }

  function fail(expected: string, hint?: string): never {
    const token = peek();
    if (token === undefined) throw filterError(text, text.length, `expected ${expected}`, hint);
    const { text: written, at, isQuoted } = token;
    const other = isQuoted ? undefined : meantBy(written);
    const advice = hint ?? (other === undefined ? undefined : `Write ${other} instead of ${written}`);
    throw filterError(text, at, `expected ${expected}, not ${JSON.stringify(written)}`, advice);
  }

  function joined(kind: 'and' | 'or', readPart: () => Filter): Filter {
    const first = readPart();
    const parts = [first];
    while (takes(kind)) parts.push(readPart());
    return parts.length === 1 ? first : { kind, parts };
  }

  const alternatives = (): Filter => joined('or', () => joined('and', negation));

  function nested(read: () => Filter): Filter {
    depth += 1;
    if (depth > maxDepth) throw filterError(text, peek()?.at ?? text.length, 'it is nested too deep');
    const filter = read();
    depth -= 1;
    return filter;
  }

  function negation(): Filter {
    if (takes('not')) return { kind: 'not', part: nested(negation) };
    if (!takesSymbol('(')) return condition();
    const filter = nested(alternatives);
    if (!takesSymbol(')')) fail('and, or, or )');
    return filter;
  }

  function condition(): Filter {
    const field = peek();
    if (
      field === undefined ||
      field.isSymbol ||
      field.isQuoted ||
      reserved.includes(field.text.toLowerCase())
    )
      fail('a field');
    position += 1;
    if (takes('in')) return { kind: 'in', field: wordOf(field), values: list() };
    if (takes('is', 'not', 'empty')) return { kind: 'not', part: { kind: 'empty', field: wordOf(field) } };
    if (takes('is', 'empty')) return { kind: 'empty', field: wordOf(field) };
    return { kind: 'compare', field: wordOf(field), operator: operator(), value: value() };
  }

  function operator(): Operator {
    for (const symbol of comparisons) if (takesSymbol(symbol)) return symbol;
    if (takes('contains')) return 'contains';
    if (takes('starts', 'with')) return 'starts with';
    if (takes('ends', 'with')) return 'ends with';
    return fail('an operator', isWord(peek(), 'not') ? 'Put not in front of the field' : undefined);
  }

  function list(): Word[] {
    if (!takesSymbol('(')) fail('( and a list of values');
    const values = [value()];
    while (takesSymbol(',')) values.push(value());
    if (!takesSymbol(')')) fail(', or )', quotesFor(values));
    return values;
  }

  function value(): Word {
    const token = peek();
    if (isWord(token, 'null')) fail('a value', 'To find missing values, write: is empty');
    if (
      token === undefined ||
      token.isSymbol ||
      (!token.isQuoted && reserved.includes(token.text.toLowerCase()))
    )
      return fail('a value', token === undefined || token.isSymbol ? undefined : quoted(token));
    position += 1;
    return wordOf(token);
  }

  /** A value of several words lacks quotes. */
  function quotesFor(values: readonly Word[]): string | undefined {
    const [last, next] = [values.at(-1), peek()];
    const isBare = next !== undefined && !next.isSymbol && !next.isQuoted && meantBy(next.text) === undefined;
    if (last === undefined || last.isQuoted || !isBare) return undefined;
    return `A text with spaces needs quotation marks: ${JSON.stringify(`${last.text} ${next.text}`)}`;
  }

  const filter = alternatives();
  if (peek() !== undefined) fail('and, or, or the end', quotesFor(lastValues(filter)));
  return filter;
}

/** The operator or word that one of another language stands for. */
function meantBy(written: string): string | undefined {
  const word = written.toLowerCase();
  return Object.hasOwn(otherLanguages, word) ? otherLanguages[word] : undefined;
}

function wordOf({ text, at, isQuoted }: Word): Word {
  return { text, at, isQuoted };
}

function quoted({ text }: Word): string {
  return `A text that is a word of the language needs quotation marks: ${JSON.stringify(text)}`;
}

/** The values at the end of a filter. */
function lastValues(filter: Filter): readonly Word[] {
  if (filter.kind === 'and' || filter.kind === 'or') return lastValues(filter.parts.at(-1) as Filter);
  if (filter.kind === 'not') return lastValues(filter.part);
  return filter.kind === 'compare' ? [filter.value] : [];
}
