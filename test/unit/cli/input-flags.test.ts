import { expect, test } from 'vitest';
import { columnPolicy, parseMapping } from '../../../src/cli/input-flags.ts';

test('a mapping is divided at its last equals sign', () => {
  expect(parseMapping('Work Email = email')).toEqual(['Work Email', 'email']);
  expect(parseMapping('a=b=email')).toEqual(['a=b', 'email']);
});

test.each(['email', '=email', 'Work Email=', ' = '])('a mapping has two sides: %j', (text) => {
  expect(() => parseMapping(text)).toThrow('Give a column of the input and one of ours');
});

test('flags that contradict each other are refused', () => {
  const map: [string, string][] = [
    ['Contact', 'email'],
    ['contact', 'displayName'],
  ];
  expect(() => columnPolicy({ map })).toThrow('--map reads "contact" both as email and as displayName');
  expect(() => columnPolicy({ map: map.slice(0, 1), ignoreColumns: ['A,CONTACT'] })).toThrow(
    '"Contact" is both in --map and in --ignore-columns',
  );
});
