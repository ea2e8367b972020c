import { parseArgs } from 'node:util';

export const usage = `Usage: npm run bench -- [flags]

  --quick            a smaller part of the rows, in about a minute
  --only NAME…       only the rows whose names begin so
  --list             print the names of the rows, and measure nothing
  --against REV      build this revision as well, measure both in turn, and tell what became worse
  --outputs          with --against: compare what over 100 command lines print, and measure nothing
  --node PATH…       measure the starts with each of these as well
  --peers DIR        compare with the command lines that are installed in this directory
  --json FILE        write all numbers to this file, after each row
  --resume           with --json: keep the numbers that the file has, and measure the other rows
  --markdown         print the results for docs/performance.md at the end
  --page             write them into docs/performance.md as well
`;

/** Throws an error with a message for the user. */
export function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args: spread(args),
    options: {
      quick: { type: 'boolean' },
      list: { type: 'boolean' },
      outputs: { type: 'boolean' },
      markdown: { type: 'boolean' },
      page: { type: 'boolean' },
      resume: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      only: { type: 'string', multiple: true },
      node: { type: 'string', multiple: true },
      against: { type: 'string' },
      peers: { type: 'string' },
      json: { type: 'string' },
    },
    allowPositionals: true,
  });
  if (positionals.length > 0) throw new Error(`Unknown argument: ${positionals[0]}`);
  if (values.outputs && values.against === undefined) throw new Error('--outputs needs --against REV');
  if (values.resume && values.json === undefined) throw new Error('--resume needs --json FILE');
  return values;
}

/** `--only a b` as `--only a --only b`. */
function spread(args) {
  let last = '';
  return args
    .flatMap((word) => {
      if (word.startsWith('--')) {
        last = word;
        return [word];
      }
      const isFurther = ['--only', '--node'].includes(last);
      return isFurther ? [`${last}=${word}`] : [word];
    })
    .filter(
      (word, index, all) => !(['--only', '--node'].includes(word) && all[index + 1]?.startsWith(`${word}=`)),
    );
}

/** The rows that were asked for. Throws for a name that no row begins with. */
export function chooseRows(rows, { only, quick }) {
  const unknown = only?.find((name) => !rows.some((row) => row.name.startsWith(name)));
  if (unknown !== undefined) throw new Error(`No row begins with ${unknown}. See npm run bench -- --list`);
  const named = only ? rows.filter(({ name }) => only.some((begin) => name.startsWith(begin))) : rows;
  return {
    chosen: named.filter((row) => row.quick || !quick),
    leftOut: quick ? named.filter((row) => !row.quick) : [],
  };
}
