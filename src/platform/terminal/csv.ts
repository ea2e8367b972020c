// Leading apostrophes are part of the pattern, so that an added one can be told from one that was there.
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/;
const escaped = /^'+[=+\-@\t\r\n＝＋－＠]/;

/**
 * A cell that a spreadsheet would run as a formula gets an apostrophe in front and is shown as text instead; every other
 * cell stays as it is. `unescapeFormula` undoes it exactly. Source: OWASP, "CSV Injection".
 */
export function escapeFormula(cell: string): string {
  return !beginsPlainly(cell) && formula.test(cell) ? `'${cell}` : cell;
}

/** The cell before `escapeFormula`. */
export function unescapeFormula(cell: string): string {
  return escaped.test(cell) ? cell.slice(1) : cell;
}

/** A function that formats a row of `width` cells as a record of RFC 4180, with its line end. */
export async function csvRecordWriter(width: number): Promise<(cells: readonly string[]) => string> {
  const { stringify } = await import('csv-stringify/sync');
  const options = {
    record_delimiter: '\r\n',
    // A single CR or LF divides records for many readers, a semicolon or tab cells in the spreadsheets of some countries.
    // Blanks at the ends are lost on readers that trim, as import does. A log of CI jobs may obey a line that begins with ::.
    quoted_match: /[\r\n;\t]|^\s|\s$|^::/,
    // A record of one empty cell would be an empty line, which readers skip.
    quoted_empty: width === 1,
  };
  return (cells) =>
    width === cells.length && width > 1 && cells.every(isBare)
      ? `${cells.join(',')}\r\n`
      : stringify([[...cells]], options);
}

/** A function that formats columns of the same length as such records. */
export async function csvRecordsWriter(
  width: number,
): Promise<(columns: readonly (readonly string[])[]) => string> {
  const record = await csvRecordWriter(width);
  return (columns) => {
    const [first = []] = columns;
    const rows = first.map((_, row) => columns.map((cells) => cells[row] ?? ''));
    if (width < 2 || !columns.every(areBare)) return rows.map(record).join('');
    return rows.map((cells) => `${cells.join(',')}\r\n`).join('');
  };
}

/** True for cells that need no quotes for certain. Most cells are, and calling the library for them takes ten times as long. */
function areBare(cells: readonly string[]): boolean {
  return bare.test(cells.join(' ')) && cells.every(hasBareEnds);
}

function isBare(cell: string): boolean {
  return bare.test(cell) && hasBareEnds(cell);
}

function hasBareEnds(cell: string): boolean {
  return (
    cell === '' ||
    ((beginsPlainly(cell) || !(cell.startsWith('::') || cell.startsWith(' '))) && !cell.endsWith(' '))
  );
}

/** True for a digit or an ASCII letter. */
function beginsPlainly(cell: string): boolean {
  const code = cell.charCodeAt(0);
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** ASCII without control characters, double quotes, commas and semicolons; Latin and Cyrillic letters. */
const bare = /^[\x20\x21\x23-\x2b\x2d-\x3a\x3c-\x7e\xc0-\u02ff\u0400-\u047f]*$/;
