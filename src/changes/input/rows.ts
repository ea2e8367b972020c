import { composedAddress } from '../../twilio/address.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import {
  type ColumnPolicy,
  type Columns,
  columnOf,
  isInstructed,
  isSameTitle,
  ranks,
  validatePolicy,
} from './columns.ts';
import { damageIn, suspectIn } from './damage.ts';
import { signOfLeaving } from './leavers.ts';
import { listRecords } from './list-records.ts';
import { rivalColumns } from './rivals.ts';
import {
  columnErrors,
  encodingProblem,
  malformedRow,
  notAnObject,
  type RawCell,
  type RawRecord,
  type Row,
  type Source,
} from './row.ts';
import type { RowError } from './row-errors.ts';
import { isSlip, plainTitle } from './slips.ts';
import {
  addressesIn,
  differing,
  looksLikeUser,
  oppositeOf,
  parseYesNo,
  type UnusedColumn,
  unknownColumns,
} from './values.ts';

/** So many records are read before the use of a column whose values must fit is decided. */
const sampleSize = 200;

/**
 * Makes rows of the records that a format reads. All rules about columns and cells are here, so that they hold for every
 * format and every command.
 *
 * @throws usage where --map names a column that the program does not have
 */
export async function* readRows(
  records: AsyncIterable<RawRecord>,
  columns: Columns,
  policy: ColumnPolicy,
  source: Pick<Source, 'isUtf8'>,
): AsyncGenerator<Row> {
  validatePolicy(policy, columns);
  const reader = new RowReader(columns, policy, source);
  let sample: RawRecord[] | undefined = [];
  const { headerless } = columns;
  const read = headerless === undefined ? records : listRecords(records, headerless, policy);
  for await (const record of read) {
    if (sample === undefined) yield* reader.read(record);
    else if (sample.push(record) === sampleSize) {
      reader.decideUses(sample);
      yield* reader.readAll(sample);
      sample = undefined;
    }
    if (reader.unusable) return;
  }
  reader.decideUses(sample ?? []);
  yield* reader.readAll(sample ?? []);
  if (!reader.unusable) yield* reader.end();
}

interface Candidate {
  name: string;
  rank: number;
  title: string;
  value: string;
}

class RowReader {
  /** True when reading the rows would add nothing. */
  unusable = false;
  readonly #columns: Columns;
  readonly #policy: ColumnPolicy;
  readonly #source: Pick<Source, 'isUtf8'>;
  readonly #uses = new Map<string, ReturnType<typeof columnOf>>();
  readonly #reported = new Set<string>();
  readonly #seen = new Set<string>();
  /** The line of the header, where there is one. */
  #header: number | undefined;

  constructor(columns: Columns, policy: ColumnPolicy, source: Pick<Source, 'isUtf8'>) {
    [this.#columns, this.#policy, this.#source] = [columns, policy, source];
  }

  /** A login column counts only where its values are users; beside a proper column, only where all of them are. */
  decideUses(sample: readonly RawRecord[]): void {
    const values = new Map<string, string[]>();
    const note = (title: string, text?: string) => {
      const before = values.get(title) ?? [];
      values.set(title, text === undefined || text.trim() === '' ? before : [...before, text.trim()]);
    };
    for (const record of sample) {
      if ('titles' in record) for (const title of record.titles) note(title);
      if ('cells' in record) for (const { title, text } of record.cells) note(title, text);
    }
    const uses = [...values.keys()].map((title) => this.#useOf(title));
    for (const [title, texts] of values) {
      const use = this.#useOf(title);
      if (!('rank' in use) || use.rank !== ranks.login || texts.length === 0) continue;
      const hasBetter = uses.some(
        (other) => 'rank' in other && other.name === use.name && other.rank > use.rank,
      );
      const fits = hasBetter ? texts.every(looksLikeUser) : texts.some(looksLikeUser);
      if (!fits) this.#uses.set(title, this.#unused(title));
    }
  }

  *readAll(records: readonly RawRecord[]): Generator<Row> {
    for (const record of records) {
      yield* this.read(record);
      if (this.unusable) return;
    }
  }

  *read(record: RawRecord): Generator<Row> {
    if ('problem' in record) yield malformedRow(record.line, record.problem);
    else if ('item' in record) yield malformedRow(record.line, notAnObject);
    else if ('cells' in record) yield this.#row(record);
    else if (record.titles.some((title) => this.#isData(title))) yield this.#withoutHeader(record);
    else yield* this.#readHeader(record);
  }

  /** Reports columns of flags that no row has. The header has shown those of a table. */
  *end(): Generator<Row> {
    if (this.#header !== undefined) return;
    const { unmapped, unskipped } = this.#absent([...this.#seen], 1);
    if (unmapped.length > 0) yield malformedRow(1, ...unmapped);
    const known = [...unskipped, ...this.#rivals([...this.#seen], 1)];
    if (known.length > 0 && this.#seen.size > 0) yield columnErrors(1, known);
  }

  /** The errors of columns that --map and --ignore-columns name, and that the input does not have. */
  #absent(titles: readonly string[], line: number): { unmapped: RowError[]; unskipped: RowError[] } {
    const has = (asked: string) => titles.some((title) => isSameTitle(asked, title));
    const error = (asked: string, flag: string): RowError => {
      const meant = titles.find((title) => this.#isMeantBy(title, asked));
      const way = meant === undefined ? '' : `. Did you mean "${meant}"?`;
      return { line, problem: `there is no column "${asked}" (${flag})${way}` };
    };
    const { map = [], ignore = [] } = this.#policy;
    const unmapped = map.filter(([theirs]) => !has(theirs)).map(([theirs]) => error(theirs, '--map'));
    const skipped = ignore
      .filter((entry) => !has(entry))
      .flatMap((entry) => entry.split(',').map((each) => each.trim()))
      .filter((each) => each !== '' && !has(each));
    return { unmapped, unskipped: [...new Set(skipped)].map((each) => error(each, '--ignore-columns')) };
  }

  #isMeantBy(title: string, asked: string): boolean {
    const use = this.#useOf(title);
    return (
      isSlip(plainTitle(asked), plainTitle(title)) ||
      ('name' in use && plainTitle(use.name) === plainTitle(asked))
    );
  }

  #useOf(title: string): ReturnType<typeof columnOf> {
    const known = this.#uses.get(title) ?? columnOf(title, this.#columns, this.#policy);
    this.#uses.set(title, known);
    return known;
  }

  #unused(title: string): ReturnType<typeof columnOf> {
    const isWanted = columnOf(title, { names: {}, required: [] }, this.#policy);
    return 'skipped' in isWanted ? isWanted : { unused: true };
  }

  *#readHeader({ line, titles }: { line: number; titles: readonly string[] }): Generator<Row> {
    this.#header = line;
    const unreadableTitles: RowError[] = [];
    const readable: string[] = [];
    for (const title of titles) {
      const problem = encodingProblem(title, this.#source);
      if (problem !== undefined) unreadableTitles.push({ line, column: title, problem });
      else if (title !== '') readable.push(title);
      this.#seen.add(title);
    }
    const { unmapped, unskipped } = this.#absent(readable, line);
    const unused = readable
      .filter((title) => this.#isReportable(title))
      .map((title) => this.#unusedColumn(title))
      // Without the column of --map, that one is the mistake.
      .filter(({ instead }) => instead === undefined || unmapped.length === 0);
    const known = [
      ...unskipped,
      ...unknownColumns(line, unused, this.#columns),
      ...this.#rivals(readable, line),
    ];
    const absent = unmapped.length > 0 ? unmapped : this.#missingColumns(line, titles);
    this.unusable = absent.length > 0;
    if (known.length > 0) yield columnErrors(line, known);
    const others = [...unreadableTitles, ...absent];
    if (others.length > 0) yield malformedRow(line, ...others);
  }

  #rivals(titles: readonly string[], line: number): RowError[] {
    const uses = titles.map((title) => ({ title, use: this.#useOf(title) }));
    return rivalColumns(line, uses, this.#columns, this.#policy);
  }

  #missingColumns(line: number, titles: readonly string[]): RowError[] {
    const names = titles.flatMap((title) => {
      const use = this.#useOf(title);
      return 'name' in use ? [use.name] : [];
    });
    return this.#columns.required.flatMap((required) => {
      const alternatives = [required].flat();
      if (alternatives.some((name) => names.includes(name))) return [];
      return [{ line, problem: `there is no column ${alternatives.join(' or ')}` }];
    });
  }

  /** True for a title that is a value: an address that no flag calls a column. */
  #isData(title: string): boolean {
    return title.includes('@') && !isInstructed(title, this.#policy);
  }

  /** A first line with an address holds data: it is the first of a list, or the header is missing. */
  #withoutHeader({ line }: { line: number }): Row {
    this.unusable = true;
    const example = Object.keys(this.#columns.names).slice(0, 2).join(',');
    return malformedRow(
      line,
      `this line holds data, but the first line must name the columns, such as ${example}`,
    );
  }

  /** True for a column to report: nothing uses it, no flag skips it, and it has not been reported yet. */
  #isReportable(title: string): boolean {
    const use = this.#useOf(title);
    if (!('unused' in use) || this.#reported.has(title)) return false;
    if (this.#policy.ignoreUnknown && use.slipOf === undefined) return false;
    this.#reported.add(title);
    return true;
  }

  #unusedColumn(title: string): UnusedColumn {
    const use = this.#useOf(title);
    return { title, ...('unused' in use ? use : {}) };
  }

  #row({ line, cells }: { line: number; cells: readonly RawCell[] }): Row {
    const row: Row = { line, cells: new Map(), given: Object.create(null), faults: [] };
    const unused: string[] = [];
    const candidates = cells.flatMap((cell, index): Candidate[] => {
      const { title, text } = cell;
      this.#seen.add(title);
      if (title !== '' && cell.notText === undefined) row.given[title] = text;
      const use = title === '' ? undefined : this.#useOf(title);
      const name = use !== undefined && 'name' in use ? use.name : undefined;
      const column = title || `column ${index + 1}`;
      const problem = this.#problemWith(cell, use);
      if (problem !== undefined) row.faults.push({ line, column, problem, ...(name && { damaged: name }) });
      if (use !== undefined && 'unused' in use && this.#isReportable(title)) unused.push(title);
      if (use === undefined || !('name' in use) || text.trim() === '') return [];
      const value = this.#valueOf(text, use);
      return value === undefined ? [] : [{ name: use.name, rank: use.rank, title, value }];
    });
    this.#merge(row, candidates);
    row.faults.push(...this.#otherAddresses(row, cells));
    const columns = unused.map((title) => this.#unusedColumn(title));
    row.faults.push(...unknownColumns(this.#header ?? line, columns, this.#columns));
    return row;
  }

  /** The fault of form of a cell. Damage counts only where the cell is used. */
  #problemWith(
    { title, text, problem, notText }: RawCell,
    use: ReturnType<typeof columnOf> | undefined,
  ): string | undefined {
    const found = problem ?? encodingProblem(text, this.#source);
    if (found !== undefined) return found;
    if (use === undefined) {
      const isSkipped = text.trim() === '' || this.#policy.ignoreUnknown === true;
      return isSkipped ? undefined : 'the column has no name in the header';
    }
    if ('unused' in use) return this.#leaverIn(title, text);
    if (!('name' in use)) return undefined;
    if (notText !== undefined) return notText;
    if (use.opposite && text.trim() !== '' && oppositeOf(text.trim()) === undefined) {
      return `"${text.trim()}" is neither yes nor no`;
    }
    const isKept = this.#columns.untrimmed?.includes(use.name) === true;
    return damageIn(text) ?? (isKept ? undefined : suspectIn(text, use.name));
  }

  #leaverIn(title: string, text: string): string | undefined {
    const { mayHaveLeft, names } = this.#columns;
    if (!this.#policy.ignoreUnknown || mayHaveLeft) return undefined;
    const sign = signOfLeaving(title, text, this.#policy.today);
    if (sign === undefined) return undefined;
    // Only a value that can be read below that name: "Left" can't.
    const cell = text.trim();
    const isRead = sign === 'disabled' ? oppositeOf(cell) === 'false' : parseYesNo(cell) === false;
    const read =
      'active' in names && sign !== 'date' && isRead ? `To read the column: --map "${title}=${sign}". ` : '';
    const list =
      sign === 'date' ? 'Take them out of the list: users offboard --due deactivates those who left. ' : '';
    return `"${cell}" may mean that they have left. ${read}${list}To skip it: --ignore-columns "${title}"`;
  }

  #valueOf(text: string, { name, opposite }: { name: string; opposite?: true }): string | undefined {
    const value = this.#columns.untrimmed?.includes(name) ? text : text.trim();
    if (opposite) return oppositeOf(value);
    if (name === 'id' || name === 'sid') return canonicalSid(value);
    return name === 'email' || name === 'user' ? composedAddress(value) : value;
  }

  /** Lists of addresses are skipped, but one without the row's own address is about somebody else. */
  #otherAddresses({ line, cells: own }: Row, cells: readonly RawCell[]): RowError[] {
    const email = own.get('email') ?? own.get('user') ?? '';
    if (!email.includes('@')) return [];
    return cells.flatMap(({ title, text, list = text }): RowError[] => {
      const use = this.#useOf(title);
      if (!('skipped' in use) || use.skipped !== 'own' || !/^emails/.test(plainTitle(title))) return [];
      const addresses = addressesIn(list);
      if (addresses.length === 0 || addresses.some((each) => !differing('email', each, email))) return [];
      const problem = `it holds ${addresses[0]}, but the e-mail address of the row is ${email}. To skip it: --ignore-columns "${title}"`;
      return [{ line, column: title, problem }];
    });
  }

  /** Takes the best value for each name. Columns that disagree are an error. */
  #merge(row: Row, candidates: readonly Candidate[]): void {
    for (const candidate of candidates.toSorted((a, b) => b.rank - a.rank)) {
      const best = candidates
        .filter(({ name }) => name === candidate.name)
        .reduce((one, other) => (other.rank > one.rank ? other : one));
      if (best === candidate) row.cells.set(candidate.name, candidate.value);
      else if (differing(candidate.name, best.value, candidate.value)) {
        const { title, value } = candidate;
        // A flag would skip both columns of one title.
        const way =
          title === best.title ? 'Rename one, or remove it' : `To skip one: --ignore-columns "${title}"`;
        const problem = `"${value}", but ${best.title} is "${best.value}", and both mean ${candidate.name}. ${way}`;
        row.faults.push({ line: row.line, column: title, problem });
      }
    }
  }
}
