import type { DeclaredEntry, DeclaredResource, Located, Position } from './model.ts';

/** The texts of an entry, without its own place. */
export type EntryParts = Omit<DeclaredEntry, keyof Position>;

export function createEntry(at: Position, texts: EntryParts): DeclaredEntry {
  return new CompactEntry(at, texts);
}

/** An entry of a list that may have 100,000: a number stands for the place of each text, until somebody asks for it. */
class CompactEntry implements DeclaredEntry {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly #who: string;
  readonly #whoAt: number;
  readonly #role: string;
  readonly #roleAt: number;
  readonly #where: string;
  readonly #whereAt: number;
  readonly #because: string | undefined;
  readonly #becauseAt: number;
  /** Undefined for most entries. */
  readonly #rare: Pick<EntryParts, 'resource' | 'from' | 'until'> | undefined;

  constructor({ file, line, column }: Position, texts: EntryParts) {
    const { who, role, where, resource, from, until, because } = texts;
    this.file = file;
    this.line = line;
    this.column = column;
    this.#who = who.value;
    this.#whoAt = this.#packed(who);
    this.#role = role.value;
    this.#roleAt = this.#packed(role);
    this.#where = where.value;
    this.#whereAt = this.#packed(where);
    this.#because = because?.value;
    this.#becauseAt = because === undefined ? 0 : this.#packed(because);
    const isUsual = resource === undefined && from === undefined && until === undefined;
    this.#rare = isUsual ? undefined : { resource, from, until };
  }

  get who(): Located<string> {
    return this.#located(this.#who, this.#whoAt);
  }

  get role(): Located<string> {
    return this.#located(this.#role, this.#roleAt);
  }

  get where(): Located<string> {
    return this.#located(this.#where, this.#whereAt);
  }

  get because(): Located<string> | undefined {
    return this.#because === undefined ? undefined : this.#located(this.#because, this.#becauseAt);
  }

  get resource(): Located<DeclaredResource> | undefined {
    return this.#rare?.resource;
  }

  get from(): Located<string> | undefined {
    return this.#rare?.from;
  }

  get until(): Located<string> | undefined {
    return this.#rare?.until;
  }

  /** A small number for a text near the beginning of the entry: V8 stores larger ones as objects. */
  #packed({ line, column }: Position): number {
    return (line - this.line) * maxColumns + column;
  }

  #located(value: string, at: number): Located<string> {
    const line = this.line + Math.floor(at / maxColumns);
    return { file: this.file, line, column: at % maxColumns, value };
  }
}

/** More than the characters of the largest file that is read. */
const maxColumns = 2 ** 27;
