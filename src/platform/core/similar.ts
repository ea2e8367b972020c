/** The candidates that are spelled most like the word, each once; empty where none is close. */
export function similarTo(word: string, candidates: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  const ranked = [...new Set(candidates)].map((name) => ({
    name,
    edits: distance(wanted, name.toLowerCase()),
  }));
  const close = ranked.filter(({ name, edits }) => edits <= maxEdits(Math.max(wanted.length, name.length)));
  const fewest = Math.min(...close.map(({ edits }) => edits));
  return close.filter(({ edits }) => edits === fewest).map(({ name }) => name);
}

/** A short word has no room for a second mistake. */
function maxEdits(length: number): number {
  if (length <= 2) return 0;
  return length <= 5 ? 1 : length <= 8 ? 2 : 3;
}

/** Letters to insert, drop, replace or swap with their neighbour: Damerau and Levenshtein's distance. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return Number.POSITIVE_INFINITY;
  let [beforeLast, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const edits = [
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
      ];
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        edits.push(at(beforeLast, column - 2) + 1);
      current.push(Math.min(...edits));
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(row: readonly number[] | undefined, column: number): number {
  return row?.[column] ?? Number.POSITIVE_INFINITY;
}
