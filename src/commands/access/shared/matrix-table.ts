import { shortSid } from '../../../cli/output/scope-names.ts';
import type { Entry } from '../../../organization/permissions/matrix.ts';
import { gap } from '../../../platform/terminal/layout.ts';
import { cut, loadMeasure, longestWord, type Measure } from '../../../platform/terminal/text-width.ts';
import type { Column } from '../../../platform/terminal/view.ts';
import { resourceInWords, shortResourceInWords } from '../../../twilio/resources.ts';
import {
  type NamedColumn,
  type NamedMatrix,
  type NamedRow,
  subjectOf,
  tallyInWords,
} from './named-matrix.ts';

/** Below this width a table has a block of lines for each row, which needs no column left out. */
const minMatrixWidth = 60;
/** Longer cells are wrapped for the sake of further columns. */
const comfortableWidth = 16;
const maxHeadingWidth = 24;

/** The columns of a table for people, and the number of those of the matrix that it has no room for. */
export async function matrixTable(
  matrix: NamedMatrix,
  width: number | undefined,
): Promise<{ columns: Column[]; hidden: number }> {
  const measure = await loadMeasure();
  const isShort = width !== undefined;
  const { question, rows, columns } = matrix;
  const own: Column<NamedRow>[] = [
    { heading: question.rows === 'roles' ? 'Role' : 'E-mail', value: ({ name }) => name },
    { heading: 'Status', value: ({ user }) => (user?.active === false ? 'Inactive' : '') },
    { heading: countHeading(question), value: ({ tally }) => tallyInWords(tally) },
  ];
  const shown = width === undefined || width < minMatrixWidth ? columns.length : await fitting(width);
  return {
    columns: [...own, ...columns.slice(0, shown).map(columnOf)],
    hidden: columns.length - shown,
  };

  async function fitting(width: number): Promise<number> {
    let left = width;
    for (const { heading, value } of own) {
      const texts = rows.map((row) => String((value as (row: NamedRow) => string)(row)));
      const longest = texts.reduce((most, text) => Math.max(most, measure(text)), 0);
      if (longest > 0) left -= Math.max(longest, measure(heading)) + gap.length;
    }
    let count = 0;
    for (const column of columns) {
      left -= widthOf(column, measure);
      if (left < 0) break;
      left -= gap.length;
      count += 1;
    }
    return Math.max(count, 1);
  }

  function widthOf(column: NamedColumn, measure: Measure): number {
    const texts = rows.map((row) => cellWords(row, column, matrix, isShort));
    const full = texts.reduce((most, text) => Math.max(most, measure(text)), 0);
    const word = texts.reduce((most, text) => Math.max(most, longestWord(text, measure)), 0);
    return Math.max(measure(headingOf(column)), word, Math.min(full, comfortableWidth));
  }

  function columnOf(column: NamedColumn): Column<NamedRow> {
    return {
      heading: headingOf(column),
      value: (row) => cellWords(row, column, matrix, isShort),
      isWhole: true,
    };
  }

  function headingOf({ sid, name, tally }: NamedColumn): string {
    const words = isShort ? cut(name === sid ? shortSid(sid) : name, maxHeadingWidth, measure) : name;
    return `${words} (${tallyInWords(tally)})`;
  }
}

/** The heading of the number of columns of a user, or of people of a role. */
export function countHeading({ rows, columns }: NamedMatrix['question']): string {
  if (rows === 'roles') return 'People';
  return columns === 'roles' ? 'Roles' : 'Scopes';
}

/** The words of a cell; for a role the number of people. */
function cellWords(
  row: NamedRow,
  column: NamedColumn,
  { question, names }: NamedMatrix,
  isShort: boolean,
): string {
  const entries = row.cell(column);
  if (question.rows === 'roles') return entries.length === 0 ? '' : peopleInWords(entries);
  return entries.map((entry) => entryWords(entry, subjectOf(entry, question, names), isShort)).join(', ');
}

/** The words of an entry; a question mark stands for undecided. */
function entryWords(entry: Entry, subject: string, isShort: boolean): string {
  const { assignment, how, answer } = entry.holding;
  const resource = isShort ? shortResourceInWords(assignment) : resourceInWords(assignment);
  const isUndecided = answer === 'undecided';
  // Nearly every undecided entry is organization-wide, so that the question mark says enough.
  const note = resource || (how === 'organization-wide' && !isUndecided ? how : '');
  const words = subject === '' ? (isUndecided ? '' : 'Yes') : subject;
  return `${[words, note && `(${note})`].filter(Boolean).join(' ')}${isUndecided ? '?' : ''}`;
}

function peopleInWords(entries: readonly Entry[]): string {
  const certain = new Set<string>();
  const all = new Set<string>();
  for (const { holding } of entries) {
    all.add(holding.assignment.identity);
    if (holding.answer === 'yes') certain.add(holding.assignment.identity);
  }
  return tallyInWords({ certain: certain.size, undecided: all.size - certain.size });
}
