import { escapeAll } from '../escape.ts';
import { textOf, valuesAt } from '../projection.ts';
import type { OutputFormat } from './format.ts';

/** One line a row, without a header and never cut: for `cut`, `awk` and other programs that read lines. */
export const tsv: OutputFormat<'tsv'> = {
  name: 'tsv',
  description:
    'a line for each row, cells divided by tabs, without a header and never cut; the default off a terminal',
  forPeople: false,
  structured: false,
  streams: true,
  writeList(target, view, rows) {
    const paths = target.fields ?? view.columns;
    return target.writeBlocks<unknown>(rows, (block) => {
      const columns = paths.map((path) => escapeAll(valuesAt(block, path).map(textOf)));
      return target.lines(block.map((_, row) => columns.map((texts) => texts[row]).join('\t')));
    });
  },
  async writeItem(target, view, row) {
    await tsv.writeList(target, view, [row]);
  },
};
