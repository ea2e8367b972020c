import { isCalendarDay } from '../../platform/core/calendar.ts';
import type { ColumnPolicy } from './columns.ts';
import { columnOf } from './columns.ts';
import { type PersonRow, personColumns } from './people.ts';
import type { Row } from './row.ts';
import type { RowError } from './row-errors.ts';

/** The column with the last day of a person's access. */
export const endsColumn = {
  ends: [
    'end',
    'endson',
    'enddate',
    'contractend',
    'contractends',
    'contractenddate',
    'lastday',
    'lastdayofwork',
    'lastworkingday',
  ],
};

/** Databases write an empty date as the first day that they know, such as 0001-01-01, 1900-01-01 or 1970-01-01. */
const earliestEnd = '2000-01-01';

/** Refuses days that mean none, and all but ISO dates: 3/4/2026 is another day in each country. */
export function endErrors({ line, cells }: Row): RowError[] {
  const text = cells.get('ends');
  if (text === undefined) return [];
  const isDay = isCalendarDay(text);
  if (isDay && text >= earliestEnd) return [];
  const problem = isDay
    ? `"${text}" is too long ago to be a last day. Databases write such days for no end. Leave the cell empty where there is none, or correct the year`
    : `"${text}" is not a day of the form YYYY-MM-DD, such as 2026-12-31`;
  return [{ line, column: 'ends', problem }];
}

/** The input's own titles of the column, even if all of its cells are empty. */
export function titlesOfEnds(people: readonly PersonRow[], policy: ColumnPolicy): string[] {
  const columns = personColumns(endsColumn);
  const titles = new Set<string>();
  for (const { given } of people) for (const title of Object.keys(given)) titles.add(title);
  return [...titles].filter((title) => {
    const use = columnOf(title, columns, policy);
    return 'name' in use && use.name === 'ends';
  });
}

/** True when the person's last day of access is before the day. Somebody without an end is never due. */
export function isDue({ cells }: Pick<PersonRow, 'cells'>, day: string): boolean {
  const ends = cells.get('ends');
  return ends !== undefined && ends < day;
}
