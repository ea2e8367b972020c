import { hash } from 'node:crypto';

/** Random numbers in [0, 1), the same series for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A SID that derives from the seed: two letters and 32 hex digits. */
export function seededSid(prefix: string, seed: number, index: number): string {
  return prefix + hash('sha256', `${seed}/${prefix}/${index}`).slice(0, 32);
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
