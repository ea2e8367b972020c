/**
 * The SIDs that a list has had, or any other values. A SID takes about 20 bytes instead of the 290 of a text in a `Set`.
 */
export class SidSet {
  /** By the two letters of the prefix, as a number. */
  readonly #tables = new Map<number, DigitsTable>();
  readonly #others = new Set<unknown>();
  readonly #words = new Int32Array(wordCount);

  /** Adds a value; returns false if it is there already. */
  add(value: unknown): boolean {
    if (typeof value === 'string' && readDigits(value, this.#words)) {
      const prefix = value.charCodeAt(0) * 0x10000 + value.charCodeAt(1);
      const table = this.#tables.get(prefix) ?? new DigitsTable();
      this.#tables.set(prefix, table);
      return table.add(this.#words);
    }
    const { size } = this.#others;
    return this.#others.add(value).size > size;
  }
}

const prefixLength = 2;
/** The words of 32 bits that the digits of a SID fill. */
const wordCount = 4;
const digitsInWord = 8;

/**
 * Reads the 32 digits of a SID as numbers. Returns false for any other text, and for a SID with capital digits, which is
 * another text than that with small ones.
 */
function readDigits(text: string, words: Int32Array): boolean {
  if (text.length !== prefixLength + wordCount * digitsInWord) return false;
  let at = prefixLength;
  /** Negative as soon as one digit is. */
  let all = 0;
  for (let word = 0; word < wordCount; word += 1) {
    let value = 0;
    for (const end = at + digitsInWord; at < end; at += 1) {
      const digit = digits[text.charCodeAt(at)] ?? notDigit;
      all |= digit;
      value = (value << 4) | digit;
    }
    words[word] = value;
  }
  return all >= 0;
}

const notDigit = -1;
/** The value of each hexadecimal digit by its ASCII code; looking it up takes half the time of comparing. */
const digits = new Int8Array(128).fill(notDigit);
for (const [value, digit] of [...'0123456789abcdef'].entries()) digits[digit.charCodeAt(0)] = value;

const partCount = 64;
const minCapacity = 8;
/** Fuller tables search for long. */
const maxLoad = 0.85;
const growth = 1.3;

/**
 * A hash table with open addressing. It is divided into parts that grow one by one, so that growing never needs twice the
 * memory.
 */
class DigitsTable {
  readonly #parts: Part[] = Array.from({ length: partCount }, () => new Part());
  /** Zeros mark an empty place of a part. */
  #hasZeros = false;

  add(words: Int32Array): boolean {
    if (!isEmpty(words, 0)) {
      const hash = hashAt(words, 0);
      return this.#parts[hash % partCount]?.add(words, hash) ?? false;
    }
    const isNew = !this.#hasZeros;
    this.#hasZeros = true;
    return isNew;
  }
}

class Part {
  #places = new Int32Array(minCapacity * wordCount);
  #capacity = minCapacity;
  #count = 0;

  add(words: Int32Array, hash: number): boolean {
    if (!this.#put(words, 0, hash)) return false;
    this.#count += 1;
    if (this.#count > maxLoad * this.#capacity) this.#grow();
    return true;
  }

  /** Copies four words to the first empty place after that of their hash; returns false where they are there already. */
  #put(words: Int32Array, from: number, hash: number): boolean {
    const places = this.#places;
    let place = (((hash / partCount) | 0) % this.#capacity) * wordCount;
    while (!isEmpty(places, place)) {
      if (isSame(places, place, words, from)) return false;
      place += wordCount;
      if (place === places.length) place = 0;
    }
    for (let word = 0; word < wordCount; word += 1) places[place + word] = words[from + word] as number;
    return true;
  }

  #grow(): void {
    const old = this.#places;
    this.#capacity = Math.ceil(this.#capacity * growth);
    this.#places = new Int32Array(this.#capacity * wordCount);
    for (let place = 0; place < old.length; place += wordCount) {
      if (!isEmpty(old, place)) this.#put(old, place, hashAt(old, place));
    }
  }
}

function isEmpty(words: Int32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0;
}

function isSame(one: Int32Array, at: number, other: Int32Array, from: number): boolean {
  for (let word = 0; word < wordCount; word += 1) if (one[at + word] !== other[from + word]) return false;
  return true;
}

/** Mixes four words (MurmurHash3), because the SIDs of a test may count up. 31 bits. */
function hashAt(words: Int32Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + wordCount; word += 1) {
    const mixed = Math.imul(words[word] as number, 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x7fffffff;
}
