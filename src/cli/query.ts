import { compile, type JSONValue, TreeInterpreter, tokenize } from '@jmespath-community/jmespath';
import { AppError, usageError } from '../platform/core/errors.ts';

const hint = "The language is JMESPath (https://jmespath.org), such as: --query '[?active].userName'";

/**
 * Reads the expression of `--query`.
 *
 * @returns evaluates the result of a command
 * @throws usage for a mistake, with its place, for a function that does not exist, and for too many or too few arguments
 */
export function compileQuery(text: string): (value: unknown) => unknown {
  const tree = parse(text);
  for (const { name, children } of functionsIn(tree)) checkCall(text, name, children.length);
  return (value) => {
    try {
      return TreeInterpreter.search(tree, value as JSONValue);
    } catch (cause) {
      throw new AppError('failure', `--query does not fit the result: ${(cause as Error).message}`, {
        hint: 'What the command does is done. Look at its result without --query',
        cause,
      });
    }
  };
}

type Tree = ReturnType<typeof compile>;

function parse(text: string): Tree {
  const last = tokensOf(text)?.at(-1);
  // The library takes a text without an end for one that ends with the expression.
  const isOpen = last !== undefined && text[last.start] === "'" && !/.'\s*$/s.test(text.slice(last.start));
  if (isOpen) throw queryError(text, last.start, 'this text has no end');
  try {
    return compile(text);
  } catch {
    const { at, written } = mistakeIn(text);
    throw queryError(
      text,
      at,
      written === '' ? 'it is not complete' : `unexpected ${JSON.stringify(written)}`,
    );
  }
}

function queryError(text: string, at: number, problem: string): AppError {
  const advice = text[at] === '`' ? "Between backticks stands JSON. A text is written 'so'" : hint;
  const place = at < text.length ? `character ${[...text.slice(0, at)].length + 1}` : 'its end';
  return usageError(`--query is wrong at ${place}: ${problem}`, advice, { text, at });
}

/** The place of a mistake, which the library does not tell: the first word that no other words could complete. */
function mistakeIn(text: string): { at: number; written: string } {
  const tokens = tokensOf(text);
  if (tokens === undefined) {
    let end = text.length;
    while (tokensOf(text.slice(0, end)) === undefined) end -= 1;
    return { at: end, written: text.slice(end).split(/\s/, 1)[0] ?? '' };
  }
  for (const [index, { start }] of tokens.entries()) {
    const end = tokens[index + 1]?.start ?? text.length;
    if (!canGoOn(text.slice(0, end))) return { at: start, written: text.slice(start, end).trim() };
  }
  return { at: text.length, written: '' };
}

function tokensOf(text: string): ReturnType<typeof tokenize> | undefined {
  try {
    return tokenize(text);
  } catch {
    return undefined;
  }
}

function canGoOn(beginning: string): boolean {
  try {
    compile(beginning);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('EOF');
  }
}

interface Call {
  type: 'Function';
  name: string;
  children: readonly unknown[];
}

function functionsIn(node: unknown): Call[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.values(node).flatMap(functionsIn);
  return (node as Call).type === 'Function' ? [node as Call, ...inside] : inside;
}

/** The library looks at functions only when it calls them, which may be after a change. */
function checkCall(text: string, name: string, count: number): void {
  const given = Array.from({ length: count }, () => '`null`').join(', ');
  try {
    TreeInterpreter.search(compile(`${name}(${given})`), null);
  } catch (error) {
    const { message } = error as Error;
    if (!/^(?:Unknown function|Invalid arity)/.test(message)) return;
    const at = Math.max(text.indexOf(name), 0);
    throw queryError(text, at, message.charAt(0).toLowerCase() + message.slice(1));
  }
}
