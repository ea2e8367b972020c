import { escapeAll } from './escape.ts';
import { arePlain, type Measure } from './text-width.ts';

/** The texts of some rows in one column. Those of the same key are the same, and so are made once. */
export interface CellTexts {
  readonly keys: readonly unknown[];
  /** @param row from 0 */
  textOf(row: number): string;
}

/** Texts of a block of rows that are stored as one string: one for each of 100,000 cells would take several times the memory. */
interface JoinedBlock {
  /** Texts divided by line ends. */
  readonly joined: string;
  readonly arePlain: boolean;
  readonly maxLength: number;
}

/** Texts that recur, by their index among those that the column has had. */
type Indexes = Uint16Array;

/** A column with more texts than this has too few that recur, as one of SIDs. A list may begin with each user once. */
const maxRecurring = 10_000;

/**
 * The texts of a column, without characters that a terminal obeys. Most columns have a few texts again and again, such as roles:
 * each is escaped, measured and laid out once. The texts of the others are kept as one string for each block of rows.
 */
export class ColumnTexts {
  readonly #blocks: (JoinedBlock | Indexes)[] = [];
  /** The index of each text by its key; undefined once too few recur. */
  #indexes: Map<unknown, number> | undefined = new Map();
  /** Texts that may recur, escaped, by index. */
  readonly #recurring: string[] = [];

  /** Adds the texts of a block of rows. */
  add({ keys, textOf }: CellTexts): void {
    this.#blocks.push(
      this.#indexed(keys, textOf) ?? joinedBlock(escapeAll(keys.map((_, row) => textOf(row)))),
    );
  }

  #indexed(keys: readonly unknown[], textOf: CellTexts['textOf']): Indexes | undefined {
    const indexes = this.#indexes;
    if (indexes === undefined) return undefined;
    const fresh: string[] = [];
    const block = new Uint16Array(keys.length);
    for (let row = 0; row < keys.length; row += 1) {
      const key = keys[row];
      let index = indexes.get(key);
      if (index === undefined) {
        index = indexes.size;
        indexes.set(key, index);
        fresh.push(textOf(row));
      }
      block[row] = index;
    }
    for (const text of escapeAll(fresh)) this.#recurring.push(text);
    if (indexes.size > maxRecurring) this.#indexes = undefined;
    return block;
  }

  get blockCount(): number {
    return this.#blocks.length;
  }

  /** The texts of a block, from 0. */
  block(index: number): readonly string[] {
    return this.blocksAs((text) => text)(index);
  }

  /**
   * A function that gives the blocks with something in place of each text, which is made once for texts that recur.
   *
   * @param make is told whether the text takes as many columns of the terminal as it has characters
   */
  blocksAs<T>(make: (text: string, isPlain: boolean) => T): (index: number) => readonly T[] {
    const made = this.#recurring.map((text) => make(text, arePlain(text)));
    return (index) => {
      const block = this.#blocks[index];
      if (block === undefined) return [];
      if (block instanceof Uint16Array) {
        // `Array.from` asks such an array for an iterator, and takes six times as long.
        const texts: T[] = [];
        for (let row = 0; row < block.length; row += 1) texts.push(made[block[row] as number] as T);
        return texts;
      }
      const { joined, arePlain } = block;
      return joined.split('\n').map((text) => make(text, arePlain));
    };
  }

  /** The columns of the terminal that the widest text takes. */
  widest(measure: Measure): number {
    return this.#most(measure, (block) => (block.arePlain ? block.maxLength : longest(block, measure)));
  }

  /** The largest size of a text. */
  longest(size: Measure): number {
    return this.#most(size, (block) => longest(block, size));
  }

  #most(size: Measure, sizeOf: (block: JoinedBlock) => number): number {
    let most = 0;
    for (const text of this.#recurring) most = Math.max(most, size(text));
    for (const block of this.#blocks)
      if (!(block instanceof Uint16Array)) most = Math.max(most, sizeOf(block));
    return most;
  }
}

function joinedBlock(texts: readonly string[]): JoinedBlock {
  const joined = texts.join('\n');
  const maxLength = texts.reduce((most, { length }) => Math.max(most, length), 0);
  return { joined, arePlain: arePlain(joined), maxLength };
}

function longest({ joined }: JoinedBlock, size: Measure): number {
  return joined.split('\n').reduce((most, text) => Math.max(most, size(text)), 0);
}

/** The texts of each row. */
export function* rowsOf(columns: readonly ColumnTexts[]): Generator<readonly string[]> {
  const blocksOf = columns.map((column) => column.blocksAs((text) => text));
  for (let index = 0; index < (columns[0]?.blockCount ?? 0); index += 1) {
    const blocks = blocksOf.map((blockAt) => blockAt(index));
    for (const row of blocks[0]?.keys() ?? []) yield blocks.map((texts) => texts[row] ?? '');
  }
}
