import type { Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { similarTo } from '../../platform/core/similar.ts';
import { alternatives } from '../../platform/core/text.ts';
import type { FileProblem, Located, Position } from './model.ts';
import type { PositionOf } from './read-yaml.ts';

/** Kinds of nodes, so that a module that is loaded lazily is not needed for them. */
interface NodeTests {
  isMap(node: unknown): node is YAMLMap<ParsedNode, ParsedNode | null>;
  isSeq(node: unknown): node is YAMLSeq<ParsedNode>;
  isScalar(node: unknown): node is Scalar;
  isAlias(node: unknown): boolean;
}

type Node = ParsedNode | null;

/** The members of a map by key. */
type Members = Map<string, { key: Position; value: Node }>;

/** Reads the nodes of one file, and collects its problems. */
export class YamlReader {
  readonly #tests: NodeTests;
  readonly #positionOf: PositionOf;
  readonly #problems: FileProblem[];
  readonly #texts: Map<string, string>;
  readonly #aliasAdvice: string;

  /**
   * @param texts the texts of all files: most are repeated, and are kept once
   * @param aliasAdvice what to write in place of an alias
   */
  constructor(
    tests: NodeTests,
    positionOf: PositionOf,
    problems: FileProblem[],
    texts: Map<string, string>,
    aliasAdvice = 'Name people in a group',
  ) {
    this.#aliasAdvice = aliasAdvice;
    this.#tests = tests;
    this.#positionOf = positionOf;
    this.#problems = problems;
    this.#texts = texts;
  }

  refuse(at: Position, message: string, advice?: string): undefined {
    this.#problems.push({ at, message, advice });
    return undefined;
  }

  /** The place of a node; of `otherwise` for one that is left out. */
  at(node: Node, otherwise?: Position): Position {
    const offset = node?.range?.[0];
    return offset === undefined && otherwise !== undefined ? otherwise : this.#positionOf(offset ?? 0);
  }

  /** True for a value that is left out, or null. */
  isAbsent(node: Node): boolean {
    return node === null || (this.#tests.isScalar(node) && node.value === null);
  }

  isList(node: Node): boolean {
    return this.#tests.isSeq(node);
  }

  isMap(node: Node): boolean {
    return this.#tests.isMap(node);
  }

  /** The members of a map whose keys are free. */
  members(node: Node, what: string, otherwise?: Position): Members | undefined {
    if (!this.#isPlain(node)) return undefined;
    if (!this.#tests.isMap(node)) {
      return this.refuse(this.at(node, otherwise), `${what} must be a map (name: value)`);
    }
    const members: Members = new Map();
    for (const { key, value } of node.items as Pair<ParsedNode, Node>[]) {
      if (!this.#isPlain(key)) continue;
      const name = String(this.#tests.isScalar(key) ? (key.source ?? key.value) : key);
      const at = this.at(key);
      if (!members.has(name)) members.set(name, { key: at, value });
      else
        this.refuse(
          at,
          `the key "${name}" is there twice; the first is in line ${members.get(name)?.key.line}`,
        );
    }
    return members;
  }

  /** The members of a map with known keys. */
  record<K extends string>(
    node: Node,
    what: string,
    known: readonly K[],
    otherwise?: Position,
  ): Map<K, { key: Position; value: Node }> | undefined {
    const members = this.members(node, what, otherwise);
    for (const [name, { key }] of members ?? []) {
      if ((known as readonly string[]).includes(name)) continue;
      const similar = similarTo(name, known).map((each) => `"${each}"`);
      const advice =
        similar.length > 0 ? `Did you mean ${alternatives(similar)}?` : `Known keys: ${known.join(', ')}`;
      this.refuse(key, `unknown key "${name}" in ${what}`, advice);
      members?.delete(name);
    }
    return members as Map<K, { key: Position; value: Node }> | undefined;
  }

  list(node: Node, what: string, otherwise: Position): readonly ParsedNode[] | undefined {
    if (!this.#isPlain(node)) return undefined;
    if (this.#tests.isSeq(node)) return node.items;
    const advice = this.isAbsent(node)
      ? 'To say that it is empty, write []'
      : 'Write [a, b], or a line "- a" for each';
    return this.refuse(this.at(node, otherwise), `${what} must be a list`, advice);
  }

  /** A text without blanks around it. A number counts as the text that stands in the file. */
  text(node: Node, what: string, otherwise: Position): Located<string> | undefined {
    if (!this.#isPlain(node)) return undefined;
    const at = this.at(node, otherwise);
    if (this.isAbsent(node)) return this.refuse(at, `${what} needs a value`);
    if (!this.#tests.isScalar(node)) return this.refuse(at, `${what} must be one text`);
    const { value, source } = node;
    if (typeof value === 'boolean')
      return this.refuse(at, `${what} must be a text`, `Write "${source}" in quotes`);
    const text = (typeof value === 'string' ? value : (source ?? String(value))).trim();
    if (text === '') return this.refuse(at, `${what} must not be empty`);
    return located(at, this.#shared(text));
  }

  /** A positive whole number. */
  count(node: Node, what: string, otherwise: Position): number | undefined {
    if (!this.#isPlain(node)) return undefined;
    const value = this.#tests.isScalar(node) ? node.value : undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    return this.refuse(this.at(node, otherwise), `${what} must be a whole number above 0`);
  }

  isFalse(node: Node): boolean {
    return this.#tests.isScalar(node) && node.value === false;
  }

  isTrue(node: Node): boolean {
    return this.#tests.isScalar(node) && node.value === true;
  }

  /** False, and a problem, for what a reader of the file could not see through. */
  #isPlain(node: Node): boolean {
    if (node === null) return true;
    const found = node as { anchor?: string; tag?: string };
    if (this.#tests.isAlias(node) || found.anchor !== undefined)
      this.refuse(this.at(node), 'anchors (&) and aliases (*) are not supported', this.#aliasAdvice);
    else if (found.tag !== undefined) this.refuse(this.at(node), `the tag ${found.tag} is not supported`);
    else return true;
    return false;
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    // A part of a text keeps the whole file in memory; a copy does not.
    const copy = text.split('').join('');
    this.#texts.set(copy, copy);
    return copy;
  }
}

export function located<T>({ file, line, column }: Position, value: T): Located<T> {
  return { file, line, column, value };
}
