import { isUtf8 } from 'node:buffer';
import type { CST, LineCounter, ParsedNode, YAMLError } from 'yaml';
import type { FileProblem, Position } from './model.ts';

/** Declared files are shallow; deep nesting would exhaust the stack. */
const maxDepth = 64;

/** More syntax errors of one file are only counted: most follow from the first. */
const maxSyntaxErrors = 20;

/** Items of the long list that are composed at once. */
const portion = 500;

/** The place of a character. */
export type PositionOf = (offset: number) => Position;

/** A parsed file. */
export interface YamlFile {
  /** Null for a file without content. */
  root: ParsedNode | null;
  positionOf: PositionOf;
}

/** Receives the items of the one long list of a file early, so that the syntax tree of a large file never exists as a whole. */
export interface LongList {
  /** Its key at the top of the file. */
  key: string;
  take(item: ParsedNode, positionOf: PositionOf): void;
}

/** Decodes a file: UTF-8, with or without a byte order mark. Undefined, and a problem, for anything else. */
export function decodeText(bytes: Buffer, file: string, problems: FileProblem[]): string | undefined {
  const problem = encodingProblem(bytes);
  if (problem === undefined) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  problems.push({ at: { file, line: 1, column: 1 }, ...problem });
  return undefined;
}

function encodingProblem(bytes: Buffer): { message: string; advice: string } | undefined {
  const beginning = bytes.toString('hex', 0, 4);
  // A byte order mark, or the zero byte of one of the first two letters.
  if (/^(fffe|feff|00|..00)/.test(beginning) && bytes.length > 1) {
    return { message: 'the file is UTF-16, but must be UTF-8', advice: 'Save it as UTF-8' };
  }
  if (bytes.includes(0)) return { message: 'the file is not text', advice: 'Write YAML' };
  if (!isUtf8(bytes)) return { message: 'the file is not UTF-8', advice: 'Save it as UTF-8' };
  return undefined;
}

/**
 * Parses YAML 1.2 with the core schema. Undefined, and problems, where the syntax is wrong.
 *
 * @param longList the items that it takes are missing in the root
 */
export async function parseYaml(
  text: string,
  file: string,
  problems: FileProblem[],
  longList?: LongList,
): Promise<YamlFile | undefined> {
  const { Composer, Lexer, LineCounter: Counter, Parser } = await import('yaml');
  const lines: LineCounter = new Counter();
  lines.addNewLine(0);
  const positionOf: PositionOf = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parser = new Parser(lines.addNewLine);
  const errors: YAMLError[] = [];
  let tooDeep: number | undefined;
  function* tokens() {
    for (const lexeme of new Lexer().lex(text)) {
      yield* parser.next(lexeme);
      if (longList !== undefined) takePortion(longList);
      if (parser.stack.length <= maxDepth) continue;
      tooDeep = parser.offset;
      return;
    }
    yield* parser.end();
  }
  function takePortion({ key, take }: LongList): void {
    const [, map, list] = parser.stack;
    // The parser may still change the last two items.
    if (list?.type !== 'block-seq' || list.items.length < portion + 2) return;
    if (map?.type !== 'block-map' || keyOf(map) !== key) return;
    const items = list.items.splice(0, portion);
    const value: CST.BlockSequence = { type: 'block-seq', offset: list.offset, indent: list.indent, items };
    for (const part of compose([{ type: 'document', offset: list.offset, start: [], value }])) {
      const { contents } = part;
      if (contents !== null && 'items' in contents)
        for (const item of contents.items) take(item as ParsedNode, positionOf);
    }
  }
  function compose(parts: Iterable<CST.Token>) {
    // The library's own check of keys takes quadratic time.
    const composer = new Composer({ schema: 'core', stringKeys: true, uniqueKeys: false });
    const documents = [...composer.compose(parts, true, text.length)];
    // An unknown tag is only a warning, but means another value than the library gives.
    for (const each of documents) for (const error of [...each.errors, ...each.warnings]) errors.push(error);
    return documents;
  }
  const [document, second] = compose(tokens());
  if (tooDeep !== undefined)
    problems.push({
      at: positionOf(tooDeep),
      message: `lists and maps are nested more than ${maxDepth} deep`,
    });
  else if (errors.length > 0) addSyntaxErrors(errors, positionOf, problems);
  else if (second !== undefined)
    problems.push({
      at: positionOf(second.range[0]),
      message: 'the file holds more than one document',
      advice: 'Make a file of each',
    });
  else return { root: (document?.contents as ParsedNode | undefined) ?? null, positionOf };
  return undefined;
}

/** The last key of a map. */
function keyOf({ items }: CST.BlockMap): string | undefined {
  const key = items.at(-1)?.key;
  return key != null && 'source' in key ? key.source : undefined;
}

/** Adds one error for each line. */
function addSyntaxErrors(
  errors: readonly YAMLError[],
  positionOf: (offset: number) => Position,
  problems: FileProblem[],
): void {
  const byLine = new Map<number, FileProblem>();
  for (const { code, message, pos } of errors) {
    const at = positionOf(pos[0]);
    if (!byLine.has(at.line)) byLine.set(at.line, { at, ...describe(code, message) });
  }
  const inOrder = [...byLine.values()].sort((a, b) => a.at.line - b.at.line);
  const shown = inOrder.slice(0, maxSyntaxErrors);
  const next = inOrder[maxSyntaxErrors];
  if (next !== undefined)
    shown.push({
      at: next.at,
      message: `and ${inOrder.length - maxSyntaxErrors} more lines that are not YAML`,
    });
  problems.push(...shown);
}

/** Sentences for the mistakes that people make most; the library's own words for the others. */
function describe(code: string, message: string): { message: string; advice?: string } {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab indents this line', advice: 'Indent with spaces' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a second ": " stands in this line',
        advice: 'Put a text that contains one in quotes',
      };
    case 'BAD_SCALAR_START':
      return { message: message.replace(/^P/, 'p'), advice: 'Put the text in quotes' };
    case 'BAD_INDENT':
    case 'MISSING_CHAR': {
      const [, kind, end] = /^Flow (map|sequence) .*end with a (.)$/.exec(message) ?? [];
      if (kind === undefined) break;
      return {
        message: `a "${end}" is missing before this place`,
        advice: `It closes a ${kind === 'map' ? '{' : '['}`,
      };
    }
  }
  return {
    message: `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1).split('\n')[0]}`,
  };
}
