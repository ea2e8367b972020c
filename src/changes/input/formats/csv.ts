import { Readable } from 'node:stream';
import type { CsvError, InfoRecord } from 'csv-parse';
import { unescapeFormula } from '../../../platform/terminal/csv.ts';
import { quotedFormula } from '../damage.ts';
import type { RawRecord, Source } from '../row.ts';
import type { InputFormat } from './format.ts';

interface Placed {
  line: number;
  cells: string[];
}

/** Cells divided by commas, semicolons or tabs, below a line with the names of the columns (RFC 4180). */
export const csv: InputFormat = {
  name: 'CSV',
  example: 'email,givenName\nada@example.com,Ada\n',
  detect: () => true,
  records: csvRecords,
};

async function* csvRecords(source: Source, head: string): AsyncGenerator<RawRecord> {
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
    // The parser's types do not cover another form of record.
    on_record: (cells, info) => problems.placed(cells, info) as unknown as string[],
    on_skip: (error) => problems.add(error),
  });
  const text = Readable.from(source.text());
  text.on('error', (error) => parser.destroy(error)).pipe(parser);
  let titles: string[] | undefined;
  try {
    for await (const { line, cells } of parser as AsyncIterable<Placed>) {
      // Spreadsheets write empty rows as separators, and notes for themselves or for an import above the header.
      if (cells.every((cell) => cell.trim() === '')) continue;
      if (titles === undefined && isNote(cells)) continue;
      if (titles === undefined) {
        titles = cells.map((cell) => unescapeFormula(cell).trim());
        yield { line, titles };
      } else yield rowOf(line, titles, cells);
    }
  } finally {
    text.destroy();
  }
  for (const [line, problem] of problems.found) yield { line, problem };
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

  placed(cells: string[], info: InfoRecord): Placed | undefined {
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
    const isFormula = error.code === 'INVALID_OPENING_QUOTE' && (error as { field?: unknown }).field === '=';
    const problem = isFormula ? quotedFormula : (problems[error.code] ?? error.message);
    if (!this.found.has(line)) this.found.set(line, problem);
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

/** The first line of Excel, which names the separator, and the first line of Entra's templates. */
const separatorNote = /^"?sep=(.?)"?$/i;
const versionNote = /^version:v\d[\d.]*$/i;

function isNote([first = '', ...others]: readonly string[]): boolean {
  const isAlone = others.every((cell) => cell.trim() === '');
  return isAlone && (separatorNote.test(first.trim()) || versionNote.test(first.trim()));
}

/** The separator that Excel's first line names, or the most frequent one in the header, outside quotes. */
function delimiterOf(head: string): string {
  const text = head.trimStart();
  const [first = ''] = text.split(/\r\n|\n|\r/);
  const named = separatorNote.exec(first.trim().replace(/[,;\t]+$/, (marks) => marks.slice(0, 1)))?.[1];
  if (named) return named;
  const from = isNote(first.split(/[,;\t]/)) ? text.slice(first.length) : text;
  // Tabs at the beginning are separators where the titles were in quotes.
  const lines = from
    .trimStart()
    .replace(/"[^"]*"/g, '')
    .split(/\r\n|\n|\r/);
  return mostFrequent(lines[0] ?? '');
}

function mostFrequent(line: string): string {
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: line.split(mark).length }));
  return counts.reduce((best, other) => (other.count > best.count ? other : best)).mark;
}

/** Rows may be shorter or longer than the header by empty cells, which Excel drops or adds. */
function rowOf(line: number, titles: readonly string[], cells: readonly string[]): RawRecord {
  const isLonger = cells.slice(titles.length).some((cell) => cell.trim() !== '');
  if (isLonger) return { line, problem: `${cells.length} cells, but the header has ${titles.length}` };
  return {
    line,
    cells: titles.map((title, index) => ({ title, text: unescapeFormula(cells[index] ?? '') })),
  };
}
