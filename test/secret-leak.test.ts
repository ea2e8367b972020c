import { expect, it } from 'vitest';
import { lookThrough } from './support/transcript.ts';

it('no output and no file of the program in any test holds a secret', () => {
  expect(lookThrough(1_000)).toEqual([]);
});
