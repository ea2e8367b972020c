import { expect, test } from 'vitest';
import { withFlags } from '../../../../src/cli/review/refusals.ts';

test.each<[command: string, flags: string[], expected: string]>([
  ['runs undo last', ['--max-removals 200'], 'runs undo last --max-removals 200'],
  ['x --max-removals 30 --yes', ['--max-removals 200'], 'x --yes --max-removals 200'],
  [
    'x --max-removals=30 --yes',
    ['--max-removals 200', '--including-myself'],
    'x --yes --max-removals 200 --including-myself',
  ],
  ['x', ['--max-removal-fraction 0.9', '--max-removal-fraction 0.4'], 'x --max-removal-fraction 0.9'],
  ['x --max-removals 3', ['--max-removal-fraction 0.9'], 'x --max-removals 3 --max-removal-fraction 0.9'],
  ['x --max-removals 0 -- -1 2', ['--max-removals 1', '--yes'], 'x --max-removals 1 --yes -- -1 2'],
  ['x --override-guards', ['--override-guards'], 'x --override-guards'],
])('the command %j with %j is one that can be given', (command, flags, expected) => {
  expect(withFlags(command, flags)).toBe(expected);
});
