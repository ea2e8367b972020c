import type { OutputFormat } from './format.ts';

/** One JSON value a line. */
export const jsonl: OutputFormat<'jsonl'> = {
  name: 'jsonl',
  description: 'the same, one object a line, written as they arrive',
  forPeople: false,
  structured: true,
  streams: true,
  writeList: (target, _view, rows) =>
    target.writeBlocks<unknown>(rows, (block) => target.jsonLines(block.map(target.select))),
  async writeItem(target, view, row) {
    await jsonl.writeList(target, view, [row]);
  },
};
