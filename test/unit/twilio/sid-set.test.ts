import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SidSet } from '../../../src/twilio/sid-set.ts';
import { collectGarbage } from '../../support/timers.ts';

const sid = (prefix: string, number: number): string => prefix + number.toString(16).padStart(32, '0');

test('a set of SIDs finds the same values as a set of texts', () => {
  const value = fc.oneof(
    fc.tuple(fc.constantFrom('IY', 'US', 'iy'), fc.nat(40)).map(([prefix, number]) => sid(prefix, number)),
    fc.nat(15).map((number) => `IY${number.toString(16).repeat(32)}`),
    fc.nat(15).map((number) => `IY${number.toString(16).toUpperCase().repeat(32)}`),
    fc.constantFrom<unknown>(
      '',
      'IY',
      'IY1',
      `IY${'g'.repeat(32)}`,
      `IY${'0'.repeat(33)}`,
      1,
      null,
      Number.NaN,
    ),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 300 }), (values) => {
      const [sids, texts] = [new SidSet(), new Set<unknown>()];
      for (const each of values) {
        const isNew = !texts.has(each);
        texts.add(each);
        expect(sids.add(each)).toBe(isNew);
      }
    }),
  );
});

test('a set of SIDs takes a third of the memory of the texts', async () => {
  const count = 20_000;
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const sids = new SidSet();
  // Scattered, as those of Twilio are.
  const scattered = (number: number) =>
    sid('IY', 0).slice(0, 10) +
    Math.imul(number, 0x9e3779b1).toString(16).replace('-', 'f').padStart(24, 'a');
  for (let number = 0; number < count; number += 1) expect(sids.add(scattered(number))).toBe(true);
  for (let number = 0; number < count; number += 1) expect(sids.add(scattered(number))).toBe(false);
  const bytesOfEach = () => {
    collectGarbage();
    return (process.memoryUsage().arrayBuffers - before) / count;
  };
  // A thread of its own gives the memory back, which a busy machine may run later.
  await expect.poll(bytesOfEach).toBeLessThan(50);
  // It is in use until here, so that it is none of the garbage.
  expect(sids.add(scattered(count))).toBe(true);
});
