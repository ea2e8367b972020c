import { usageError } from '../../platform/core/errors.ts';
import { defaultFormats } from '../../platform/terminal/formats/index.ts';
import { createOutput, type Output, type View } from '../../platform/terminal/output.ts';
import { changeRows, firstRows, type Rows } from '../../platform/terminal/rows.ts';
import type { Context } from '../context.ts';
import { defineFlags, type FlagsOf } from '../flag-spec.ts';
import type { Selection } from './selection.ts';

interface ListOptions {
  limit?: number | undefined;
  /** The rows, in the plural. */
  noun: string;
  /** False where the rows come from changes, which a person who quits the pager would stop. */
  mayPage?: boolean;
  /** The rows to print, and their order. */
  selection?: Selection | undefined;
  /** The form in which a selected row is printed. */
  shown?: ((row: unknown) => unknown) | undefined;
}

/** Prints the selected rows up to `limit`; says on stderr when there was nothing, or more than the limit. */
export async function printList(
  ctx: Context,
  view: View,
  rows: Rows,
  { limit, noun, mayPage = true, selection, shown }: ListOptions,
): Promise<void> {
  let cut = false;
  let excluded = 0;
  const onExcluded = () => {
    excluded += 1;
  };
  const selected = selection === undefined ? rows : selection.of(rows, onExcluded);
  const first = firstRows(selected, limit, () => {
    cut = true;
  });
  const printed = await ctx.out.list(view, shown === undefined ? first : changeRows(first, shown), {
    mayPage,
  });
  if (cut)
    ctx.messages.note(
      `Only the first ${printed === 1 ? `of the ${noun} is` : `${printed} ${noun} are`} shown (--limit ${limit}): there are more`,
    );
  else if (printed === 0)
    ctx.messages.note(excluded === 0 ? `No ${noun}` : `No ${noun} fit --filter (${excluded} were compared)`);
}

/** The view for `--sids`: with SIDs even where a table has no room for them. */
export function withSids(view: View, showsIds: boolean | undefined): View {
  return view.people === undefined ? view : { ...view, people: { ...view.people, showsIds } };
}

/** `--excel` of an export. */
export const excelFlag = defineFlags({
  excel: { summary: 'write CSV that Excel opens without damage to names: with a byte order mark' },
});

/** Output that is meant for a file: CSV, unless the command line says otherwise. */
export function exportOutput(
  { runtime, flags, spinner, query }: Context,
  { excel }: FlagsOf<typeof excelFlag>,
): Output {
  const { output: format = defaultFormats.file, fields } = flags;
  if (excel && flags.output !== undefined && flags.output !== 'csv') {
    throw usageError(`--excel writes CSV, but -o asks for ${flags.output}`, 'Leave out one of the two');
  }
  return createOutput({
    stdout: runtime.stdout,
    env: runtime.env,
    format,
    fields,
    query,
    color: false,
    byteOrderMark: excel === true,
    beforeWrite: spinner.clear,
  });
}
