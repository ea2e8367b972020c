import { expect, it } from 'vitest';
import { lookThrough } from './support/transcript.ts';

it('no secret is in anything that the program printed in all tests, with --debug or without, nor in any file that it left', () => {
  expect(lookThrough(1_000)).toEqual([]);
});
