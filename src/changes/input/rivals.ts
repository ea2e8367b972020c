import { shellQuote } from '../../platform/core/text.ts';
import { type ColumnPolicy, type Columns, type ColumnUse, isSameTitle } from './columns.ts';
import type { RowError } from './row-errors.ts';

/** The errors of names that only one column may mean and that several do. */
export function rivalColumns(
  line: number,
  columns: readonly { title: string; use: ColumnUse }[],
  { single = [] }: Columns,
  { map = [] }: ColumnPolicy,
): RowError[] {
  return single.flatMap((name) => {
    const titles = columns.flatMap(({ title, use }) => ('name' in use && use.name === name ? title : []));
    return titles.length > 1 ? rivalry(line, name, titles, map) : [];
  });
}

type Mapping = NonNullable<ColumnPolicy['map']>;

function rivalry(line: number, name: string, titles: readonly string[], map: Mapping): RowError {
  const quoted = titles.map((title) => `"${title}"`).join(' and ');
  const problem = `${quoted} ${titles.length === 2 ? 'both' : 'all'} mean ${name}, so an empty cell of one would be read from another`;
  return { line, problem, advice: adviceFor(titles, map) };
}

function adviceFor(titles: readonly string[], map: Mapping): string {
  // A flag would mean all columns of one title.
  const twin = titles.find((title) => titles.filter((other) => isSameTitle(other, title)).length > 1);
  if (twin !== undefined) return `Rename or remove all but one "${twin}"`;
  const isMapped = titles.every((title) => map.some(([theirs]) => isSameTitle(theirs, title)));
  if (isMapped) return 'Leave out all but one --map, and skip the other columns with --ignore-columns';
  return titles
    .map((title) => {
      const others = titles.filter((other) => other !== title);
      return `To read only "${title}": ${others.map((other) => `--ignore-columns ${shellQuote(other)}`).join(' ')}`;
    })
    .join('. ');
}
