import { Readable } from 'node:stream';
import type { CsvError, Info } from 'csv-parse';
import { unescapeFormula } from '../../../platform/terminal/csv.ts';
import { type Columns, columnOf } from '../columns.ts';
import { encodingProblem, malformedRow, type Row, readCell, type Source } from '../row.ts';
import type { RowError } from '../row-errors.ts';
import type { InputFormat } from './format.ts';

/** A record as the parser passes it with `info: true`. */
interface Given {
  record: string[];
  info: Info;
}

interface Placed {
  line: number;
  cells: string[];
}

/** Cells divided by commas, semicolons or tabs, below a line with the names of the columns (RFC 4180). */
export const csv: InputFormat = {
  name: 'CSV',
  example: 'email,givenName\nada@example.com,Ada\n',
  detect: () => true,
  rows: csvRows,
};

async function* csvRows(source: Source, columns: Columns, head: string): AsyncGenerator<Row> {
  const { parse } = await import('csv-parse');
  const problems = new Problems();
  const parser = parse({
    delimiter: delimiterOf(head),
    record_delimiter: ['\r\n', '\n', '\r'],
    // Trims around a cell, not within its quotes.
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    info: true,
    // The parser's types do not cover `info` together with another form of record.
    on_record: (given) => problems.placed(given as unknown as Given) as unknown as string[],
    on_skip: (error) => problems.add(error),
  });
  const text = Readable.from(source.text());
  text.on('error', (error) => parser.destroy(error)).pipe(parser);
  let header: Header | undefined;
  try {
    for await (const { line, cells } of parser as AsyncIterable<Placed>) {
      // Spreadsheets write empty rows as separators.
      if (cells.every((cell) => cell.trim() === '')) continue;
      if (header !== undefined) {
        yield asRow(line, header, cells, columns, source);
        continue;
      }
      header = readHeader(line, cells, columns, source);
      if (header.faults.length > 0) yield malformedRow(line, ...header.faults);
      if (header.unusable) return;
    }
  } finally {
    text.destroy();
  }
  for (const [line, problem] of problems.found) yield malformedRow(line, problem);
}

/** Keeps the lines of records and the problems with their quotes. */
class Problems {
  /** The first problem of each line. */
  readonly found = new Map<number, string>();
  /** The parser counts a CRLF within quotes as two lines. */
  #tooMany = 0;
  #last = { line: 0, empty: 0 };
  /** True when the parser can't find further records: after text behind a closing quote, or without a header. */
  #lost = false;

  placed({ record: cells, info }: Given): Placed | undefined {
    if (this.#lost) return undefined;
    const text = cells.join('\0');
    this.#tooMany += text.split('\r\n').length - 1;
    const line = info.lines - this.#tooMany;
    this.#last = { line, empty: info.empty_lines };
    return { line: line - (text.split(/\r\n|\n|\r/).length - 1), cells };
  }

  add(error: CsvError | undefined): undefined {
    if (error === undefined || this.#lost) return;
    const { lines = 0, empty_lines = 0 } = error as { lines?: number; empty_lines?: number };
    // The parser notices an open quote only at the end.
    const open = error.code === 'CSV_QUOTE_NOT_CLOSED';
    const line = open ? this.#last.line + 1 + empty_lines - this.#last.empty : lines - this.#tooMany;
    this.#lost = error.code !== 'INVALID_OPENING_QUOTE' || this.#last.line === 0;
    if (!this.found.has(line)) this.found.set(line, problems[error.code] ?? error.message);
    if (!open) this.#last = { line, empty: empty_lines };
  }
}

const afterQuote =
  'text after a closing quote: double the quotes inside a cell. The lines after this one were not checked';
const problems: Readonly<{ [code: string]: string }> = {
  INVALID_OPENING_QUOTE: 'a quote inside a cell: put the whole cell in quotes, and double the quotes inside',
  CSV_INVALID_CLOSING_QUOTE: afterQuote,
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: afterQuote,
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
};

/** The most frequent separator in the first line, outside quotes. */
function delimiterOf(head: string): string {
  const [line = ''] = head
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split(/\r\n|\n|\r/);
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: line.split(mark).length }));
  return counts.reduce((best, other) => (other.count > best.count ? other : best)).mark;
}

interface Header {
  titles: string[];
  /** The program's name of each column; undefined for an ignored one. */
  names: (string | undefined)[];
  faults: RowError[];
  /** True when reading the rows would add nothing. */
  unusable: boolean;
}

function readHeader(line: number, record: readonly string[], columns: Columns, source: Source): Header {
  const faults: RowError[] = [];
  const titles = record.map((cell) => unescapeFormula(cell).trim());
  const names: (string | undefined)[] = [];
  for (const title of titles) {
    const say = (problem: string) => faults.push({ line, column: title, problem });
    // Spreadsheets write separators for empty columns.
    const known = title === '' ? { name: undefined } : columnOf(title, columns);
    const name = 'name' in known ? known.name : undefined;
    const unreadable = encodingProblem(title, source);
    if (unreadable !== undefined) say(unreadable);
    else if ('problem' in known) faults.push({ line, problem: known.problem });
    else if (name !== undefined && names.includes(name)) say(`there are two columns for ${name}`);
    names.push(name);
  }
  const missing = columns.required.filter((name) => !names.includes(name));
  for (const name of missing) faults.push({ line, problem: `there is no column ${name}` });
  return { titles, names, faults, unusable: missing.length > 0 };
}

function asRow(
  line: number,
  { titles, names }: Header,
  record: readonly string[],
  columns: Columns,
  source: Source,
): Row {
  if (record.length !== titles.length) {
    return malformedRow(line, `${record.length} cells, but the header has ${titles.length}`);
  }
  const row: Row = { line, cells: new Map(), given: Object.create(null), faults: [] };
  for (const [index, name] of names.entries()) {
    const title = titles[index] ?? '';
    const text = unescapeFormula(record[index] ?? '');
    const cell = readCell(row, { name, title: title || `column ${index + 1}`, text }, columns, source);
    if (title !== '') row.given[title] = text;
    else if (cell !== undefined) {
      row.faults.push({
        line,
        column: `column ${index + 1}`,
        problem: 'the column has no name in the header',
      });
    }
    if (name !== undefined && cell !== undefined && !row.cells.has(name)) row.cells.set(name, cell);
  }
  return row;
}
