import { describe, expect, test } from 'vitest';
import {
  InvalidValue,
  notBlank,
  parseList,
  parseMegabytes,
  parsePositiveInt,
  parseSeconds,
  parseWholeNumber,
} from '../../../src/cli/flag-values.ts';

describe.each<[name: string, parse: (text: string) => unknown, good: [string, unknown][], bad: string[]]>([
  ['notBlank', notBlank, [['  a b ', 'a b']], ['', '  ', '\t\n']],
  [
    'parseList',
    parseList,
    [
      ['a', ['a']],
      ['a, b.c ,d', ['a', 'b.c', 'd']],
    ],
    ['', 'a,', ',a', 'a,,b', ' '],
  ],
  [
    'parseWholeNumber',
    parseWholeNumber,
    [
      ['0', 0],
      ['007', 7],
      ['999999999', 999_999_999],
    ],
    ['', '-1', '1.5', '1e3', 'x', '1000000000', ' 1'],
  ],
  ['parsePositiveInt', parsePositiveInt, [['1', 1]], ['0', '00', '-1', '']],
  [
    'parseMegabytes',
    parseMegabytes,
    [
      ['1', 1],
      ['500', 500],
    ],
    ['0', '501', '1.5', '', '1000'],
  ],
  [
    'parseSeconds',
    parseSeconds,
    [
      ['0.5', 0.5],
      ['86400', 86_400],
    ],
    ['0', '0.0', '86401', '-1', '1e2', '.5', '', 'Infinity'],
  ],
])('%s', (_, parse, good, bad) => {
  test.each(good)('reads "%s" as %j', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  test.each(bad)('refuses "%s"', (text) => {
    expect(() => parse(text)).toThrow(InvalidValue);
  });
});
