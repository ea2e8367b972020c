/** A title as lower-case letters and digits, by which titles are compared. */
export function plainTitle(title: string): string {
  return title
    .normalize('NFC')
    .toLowerCase()
    .replace(/#/g, 'number')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** True for a word that is probably a misspelling of another: a letter missing, added, exchanged or swapped with its neighbour. */
export function isSlip(word: string, known: string): boolean {
  if (word === known || known.length < 4) return false;
  // A number tells columns apart: Email 2 is another column than Email.
  if (word.replace(/\D/g, '') !== known.replace(/\D/g, '')) return false;
  const max = known.length < 7 ? 1 : 2;
  return Math.abs(word.length - known.length) <= max && editDistance(word, known) <= max;
}

/** The number of single edits between two words; two neighbours that are swapped are one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      const edits = [
        at(last, column) + 1,
        at(now, column - 1) + 1,
        at(last, column - 1) + cost,
        ...(row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? [at(before, column - 2) + 1]
          : []),
      ];
      now.push(Math.min(...edits));
    }
    [before, last] = [last, now];
  }
  return at(last, b.length);
}

function at(numbers: readonly number[] | undefined, index: number): number {
  return numbers?.[index] ?? Number.POSITIVE_INFINITY;
}
